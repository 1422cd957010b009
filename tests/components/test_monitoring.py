"""Alarms, and the topic that they reach people by."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.monitoring.alarm import Expression, Metric, alarm, notify_of_events
from components.monitoring.policies import topic_key_policy, topic_policy
from components.monitoring.settings import AlarmSettings
from components.monitoring.topic import AlarmTopic, AlarmTopicArgs
from tests.components.contexts import ACCOUNT, CONTEXT, TOKYO, VIRGINIA, topic_arn
from tests.components.recording import Registration, of_type, only, record
from tests.iam import Request, allowed

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY, TOPIC = "aws:kms/key:Key", "aws:sns/topic:Topic"
TOPIC_ARN = topic_arn(TOKYO)
CPU = Metric(namespace="AWS/RDS", name="CPUUtilization", dimensions={"DBInstanceIdentifier": "mpac"})

ARGS = AlarmTopicArgs(context=CONTEXT, settings=AlarmSettings(emails=("ops@example.com", "boss@example.com")))


def watch(watched: Metric | Expression, **wanted: Any) -> dict[str, Any]:  # noqa: ANN401  inputs of any type
    given: dict[str, Any] = {"above": 80, "minutes": 5, "topic_arn": TOPIC_ARN} | wanted
    graph = record(
        lambda: alarm(
            "cpu",
            watched,
            alarm_name="mpac-prod-cpu",
            description="Busy",
            opts=pulumi.ResourceOptions(),
            **given,
        )
    )
    (found,) = of_type(graph, ALARM).values()
    return found.inputs


class TestAlarm:
    def test_a_metric_is_looked_at_every_minute(self) -> None:
        found = watch(CPU)
        assert (found["namespace"], found["metricName"]) == ("AWS/RDS", "CPUUtilization")
        assert found["dimensions"] == {"DBInstanceIdentifier": "mpac"}
        assert (found["statistic"], found["period"]) == ("Average", 60)
        assert (found["threshold"], found["comparisonOperator"]) == (80, "GreaterThanThreshold")

    def test_minutes_follow_one_another_unless_a_window_is_given(self) -> None:
        assert [watch(CPU)[key] for key in ("evaluationPeriods", "datapointsToAlarm")] == [5, 5]
        found = watch(CPU, minutes=3, out_of=5)
        assert [found[key] for key in ("evaluationPeriods", "datapointsToAlarm")] == [5, 3]

    def test_going_off_and_its_end_notify(self) -> None:
        found = watch(CPU, further_actions=["policy"])
        assert found["alarmActions"] == [TOPIC_ARN, "policy"]
        assert found["okActions"] == [TOPIC_ARN]

    def test_the_other_way_round(self) -> None:
        found = watch(CPU, above=None, below=0)
        assert (found["threshold"], found["comparisonOperator"]) == (0, "LessThanThreshold")

    @pytest.mark.parametrize("thresholds", [{"above": None}, {"above": 1, "below": 2}])
    def test_one_threshold_is_needed(self, thresholds: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="mpac-prod-cpu needs one threshold"):
            watch(CPU, **thresholds)

    def test_a_percentile_is_an_extended_statistic(self) -> None:
        found = watch(replace(CPU, statistic="p95"))
        assert found["extendedStatistic"] == "p95"
        assert "statistic" not in found

    def test_an_expression_returns_nothing_but_its_result(self) -> None:
        reads, writes = replace(CPU, name="ReadIOPS"), replace(CPU, name="WriteIOPS")
        found = watch(Expression(expression="r + w", metrics={"r": reads, "w": writes}))
        queries = {each["id"]: each for each in found["metricQueries"]}
        assert set(queries) == {"r", "w", "result"}
        assert [id_ for id_, each in queries.items() if each["returnData"]] == ["result"]
        assert queries["result"]["expression"] == "r + w"
        assert (queries["r"]["metric"]["metricName"], queries["r"]["metric"]["period"]) == ("ReadIOPS", 60)
        assert "metricName" not in found


def test_events_are_sent_to_the_topic_without_a_role() -> None:
    """With one, EventBridge publishes as that role, which the topic's policy does not let in."""
    graph = record(
        lambda: notify_of_events(
            "events",
            rule_name="mpac-prod-events",
            description="Events",
            pattern={"source": ["aws.rds"]},
            topic_arn=TOPIC_ARN,
            opts=pulumi.ResourceOptions(),
        )
    )
    (rule,) = of_type(graph, "aws:cloudwatch/eventRule:EventRule").values()
    assert json.loads(rule.inputs["eventPattern"]) == {"source": ["aws.rds"]}
    (target,) = of_type(graph, "aws:cloudwatch/eventTarget:EventTarget").values()
    assert (target.inputs["rule"], target.inputs["arn"]) == ("mpac-prod-events", TOPIC_ARN)
    assert "roleArn" not in target.inputs


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return record(lambda: AlarmTopic("alarms", ARGS))


class TestTopic:
    def test_is_encrypted_with_a_key_of_its_own(self, prod: list[Registration]) -> None:
        assert only(prod, TOPIC).inputs["name"] == "mpac-prod-alarms"
        assert only(prod, TOPIC).inputs["kmsMasterKeyId"] == "alarms-arn"
        key = only(prod, KEY)
        assert (key.inputs["enableKeyRotation"], key.inputs["deletionWindowInDays"]) == (True, 30)
        assert key.protect
        assert key.urn in only(prod, TOPIC).property_dependencies["kmsMasterKeyId"]

    def test_each_address_is_notified(self, prod: list[Registration]) -> None:
        found = of_type(prod, "aws:sns/topicSubscription:TopicSubscription").values()
        assert {(each.inputs["protocol"], each.inputs["endpoint"]) for each in found} == {
            ("email", "ops@example.com"),
            ("email", "boss@example.com"),
        }

    def test_takes_messages_before_anybody_learns_its_arn(self) -> None:
        """An alarm that goes off while the policy is not there goes off in silence."""

        def program() -> None:
            topic = AlarmTopic("alarms", ARGS)
            alarm(
                "cpu",
                CPU,
                alarm_name="mpac-prod-cpu",
                description="Busy",
                above=80,
                minutes=5,
                topic_arn=topic.arn,
                opts=pulumi.ResourceOptions(),
            )

        graph = record(program)
        policy = only(graph, "aws:sns/topicPolicy:TopicPolicy")
        assert policy.urn in only(graph, ALARM).property_dependencies["alarmActions"]

    def test_elsewhere_everything_is_there(self) -> None:
        graph = record(lambda: AlarmTopic("global", replace(ARGS, region=VIRGINIA)))
        assert {each.region for each in graph if each.custom} == {"us-east-1"}
        policy = json.loads(only(graph, "aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
        assert {each["Resource"] for each in policy["Statement"]} == {
            f"arn:aws:sns:us-east-1:{ACCOUNT}:mpac-prod-alarms"
        }


PUBLISHERS = {
    "aps.amazonaws.com",
    "backup.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "events.amazonaws.com",
}


def statements_for(policy: str, service: str) -> list[dict[str, Any]]:
    """Statements of a resource policy that concern a service, without whom they concern."""
    found = []
    for each in json.loads(policy)["Statement"]:
        principals = each.pop("Principal")
        named = principals if isinstance(principals, str) else next(iter(principals.values()))
        if named == "*" or service in ([named] if isinstance(named, str) else named):
            found.append(each)
    return found


class TestLeastPrivilege:
    POLICY = topic_policy(ACCOUNT, TOPIC_ARN)

    def may_publish(self, service: str, account: str = ACCOUNT, *, tls: bool = True) -> bool:
        context = {"aws:SourceAccount": account, "aws:SecureTransport": str(tls).lower()}
        documents = [{"Statement": statements_for(self.POLICY, service)}]
        return allowed(documents, Request("sns:Publish", TOPIC_ARN, context))

    @pytest.mark.parametrize("service", sorted(PUBLISHERS))
    def test_services_that_raise_alarms_may_publish_over_tls(self, service: str) -> None:
        assert self.may_publish(service)
        assert not self.may_publish(service, tls=False)

    # EventBridge publishes only where its statement has no condition.
    @pytest.mark.parametrize("service", sorted(PUBLISHERS - {"events.amazonaws.com"}))
    def test_not_for_other_accounts(self, service: str) -> None:
        assert not self.may_publish(service, "210987654321")

    @pytest.mark.parametrize("service", ["lambda.amazonaws.com", "s3.amazonaws.com", ACCOUNT])
    def test_nobody_else(self, service: str) -> None:
        assert not self.may_publish(service)

    @pytest.mark.parametrize("service", sorted(PUBLISHERS))
    @pytest.mark.parametrize("action", ["sns:Subscribe", "sns:SetTopicAttributes", "sns:DeleteTopic"])
    def test_and_nothing_but_publish(self, service: str, action: str) -> None:
        documents = [{"Statement": statements_for(self.POLICY, service)}]
        assert not allowed(documents, Request(action, TOPIC_ARN, {"aws:SourceAccount": ACCOUNT}))

    @pytest.mark.parametrize("service", sorted(PUBLISHERS))
    def test_publishers_may_use_the_key_and_not_change_it(self, service: str) -> None:
        documents = [{"Statement": statements_for(topic_key_policy(ACCOUNT), service)}]
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            assert allowed(documents, Request(action))
        for action in ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant"):
            assert not allowed(documents, Request(action))
