"""Names and their failover. Requirements: DNS, "Health Checks for Failover" to "Failover Behavior"."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.dns.failover import Alias, FailoverDns, FailoverDnsArgs, endpoint_alarm_name
from components.dns.latch import FailoverLatch, FailoverLatchArgs
from components.dns.settings import FailoverSettings
from components.problems import SettingsError
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, TOKYO, VIRGINIA, topic_arn
from tests.components.recording import Registration, of_type, record, repeated_names

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CHECK = "aws:route53/healthCheck:HealthCheck"
RECORD = "aws:route53/record:Record"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
GLOBAL = replace(CONTEXT, alarm_topic_arn=topic_arn(VIRGINIA))
RESOLVERS_KEEP_AN_ALIAS = 60

TOKYOS = FailoverDnsArgs(
    context=GLOBAL,
    domain="mpac-cloud.com",
    zone_id="zone",
    city="tokyo",
    names={
        "portal": Alias(dns_name="tokyo.elb", zone_id="elb"),
        "api": Alias(dns_name="tokyo.elb", zone_id="elb"),
    },
    role="PRIMARY",
    latch_health_check_id="latch",
)
OSAKAS = replace(
    TOKYOS,
    context=replace(GLOBAL, environment="dr"),
    city="osaka",
    role="SECONDARY",
    latch_health_check_id=None,
)
LATCH = FailoverLatchArgs(
    context=CONTEXT.in_standby(),
    alarms={VIRGINIA: ["mpac-prod-portal-endpoint"], TOKYO: ["mpac-prod-alb-portal-no-targets"]},
)


def names(args: FailoverDnsArgs) -> list[Registration]:
    return record(lambda: FailoverDns("names", args))


@pytest.fixture(scope="module")
def tokyo() -> list[Registration]:
    return names(TOKYOS)


@pytest.fixture(scope="module")
def osaka() -> list[Registration]:
    return names(OSAKAS)


@pytest.fixture(scope="module")
def latch() -> list[Registration]:
    return record(lambda: FailoverLatch("latch", LATCH))


def records(graph: list[Registration]) -> dict[str, dict[str, Any]]:
    """Records by their DNS name."""
    return {each.inputs["name"]: each.inputs for each in of_type(graph, RECORD).values()}


@pytest.mark.parametrize("name", ["portal.mpac-cloud.com", "api.mpac-cloud.com"])
@pytest.mark.parametrize(
    ("stack", "identifier", "role"),
    [("tokyo", "primary-tokyo", "PRIMARY"), ("osaka", "secondary-osaka", "SECONDARY")],
)
def test_each_name_is_a_failover_pair(
    request: pytest.FixtureRequest, stack: str, name: str, identifier: str, role: str
) -> None:
    half = records(request.getfixturevalue(stack))[name]
    assert half["type"] == "A"
    assert half["setIdentifier"] == identifier
    assert half["failoverRoutingPolicies"] == [{"type": role}]
    assert half["healthCheckId"]
    assert half["aliases"] == [{"name": "tokyo.elb", "zoneId": "elb", "evaluateTargetHealth": True}]


@pytest.mark.parametrize(("stack", "identifier"), [("tokyo", "primary-tokyo"), ("osaka", "secondary-osaka")])
def test_set_identifier(request: pytest.FixtureRequest, stack: str, identifier: str) -> None:
    found = records(request.getfixturevalue(stack))["portal.mpac-cloud.com"]
    assert found["setIdentifier"] == identifier


def test_osaka_is_the_secondary(osaka: list[Registration]) -> None:
    assert records(osaka)["portal.mpac-cloud.com"]["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]


def test_clients_are_elsewhere_within_sixty_to_ninety_seconds(tokyo: list[Registration]) -> None:
    check = of_type(tokyo, CHECK)["names-portal"].inputs
    assert (check["requestInterval"], check["failureThreshold"]) == (10, 3)
    assert 60 <= 10 * 3 + RESOLVERS_KEEP_AN_ALIAS <= 90


@pytest.mark.parametrize(("stack", "city"), [("tokyo", "tokyo"), ("osaka", "osaka")])
def test_a_check_probes_its_region_and_never_the_name_that_it_steers(
    request: pytest.FixtureRequest, stack: str, city: str
) -> None:
    graph = request.getfixturevalue(stack)
    regional = records(graph)[f"portal-{city}.mpac-cloud.com"]
    # Route 53's own opinion must not hide the region from what probes it.
    assert regional["aliases"][0]["evaluateTargetHealth"] is False
    assert not {"setIdentifier", "failoverRoutingPolicies", "healthCheckId"} & regional.keys()
    check = of_type(graph, CHECK)["names-portal"]
    assert check.inputs["fqdn"] == f"names-portal-{city}-fqdn"
    assert (check.inputs["type"], check.inputs["port"]) == ("HTTPS", 443)
    assert check.inputs["resourcePath"] == "/health"
    assert check.inputs["enableSni"] is True


def test_three_regions_check_from_outside_japan(tokyo: list[Registration]) -> None:
    regions = of_type(tokyo, CHECK)["names-portal"].inputs["regions"]
    assert len(set(regions)) == 3
    assert not {TOKYO, OSAKA} & set(regions)


def test_the_primary_is_well_only_while_endpoint_and_latch_are(tokyo: list[Registration]) -> None:
    checks = of_type(tokyo, CHECK)
    assert checks.keys() == {"names-portal", "names-portal-unlatched", "names-api", "names-api-unlatched"}
    both = checks["names-portal-unlatched"].inputs
    assert both["type"] == "CALCULATED"
    assert both["childHealthchecks"] == ["names-portal-id", "latch"]
    assert both["childHealthThreshold"] == 2
    assert records(tokyo)["portal.mpac-cloud.com"]["healthCheckId"] == "names-portal-unlatched-id"


def test_the_secondary_follows_its_endpoint_alone(osaka: list[Registration]) -> None:
    assert of_type(osaka, CHECK).keys() == {"names-portal", "names-api"}
    assert records(osaka)["portal.mpac-cloud.com"]["healthCheckId"] == "names-portal-id"


def test_the_alarm_is_where_health_checks_report(tokyo: list[Registration]) -> None:
    alarm = of_type(tokyo, ALARM)["names-portal"]
    assert alarm.inputs["name"] == endpoint_alarm_name(CONTEXT, "portal") == "mpac-prod-portal-endpoint"
    assert alarm.region == VIRGINIA
    watched = ("AWS/Route53", "HealthCheckStatus", {"HealthCheckId": "names-portal-id"})
    inputs = alarm.inputs
    assert (inputs["namespace"], inputs["metricName"], inputs["dimensions"]) == watched
    # One bad answer within a minute counts, so that an outage of 45 seconds is not averaged away.
    assert (inputs["statistic"], inputs["period"], inputs["evaluationPeriods"]) == ("Minimum", 60, 1)
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("LessThanThreshold", 1)


def test_a_region_that_fails_notifies(tokyo: list[Registration]) -> None:
    for alarm in of_type(tokyo, ALARM).values():
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic_arn(VIRGINIA)]


def test_silence_of_the_reports_moves_nobody(tokyo: list[Registration]) -> None:
    assert {each.inputs["treatMissingData"] for each in of_type(tokyo, ALARM).values()} == {"ignore"}


def test_without_another_region_a_name_is_a_plain_record() -> None:
    graph = names(replace(TOKYOS, role=None, latch_health_check_id=None))
    assert of_type(graph, CHECK) == of_type(graph, ALARM) == {}
    plain = records(graph)["portal.mpac-cloud.com"]
    assert not {"setIdentifier", "failoverRoutingPolicies", "healthCheckId"} & plain.keys()
    assert plain["aliases"][0]["evaluateTargetHealth"] is True


def test_urls(tokyo: list[Registration]) -> None:
    (component,) = of_type(tokyo, "mpac:dns:FailoverDns").values()
    assert component.outputs["urls"] == {
        "portal": "https://portal.mpac-cloud.com",
        "api": "https://api.mpac-cloud.com",
    }


def test_the_latch_is_in_osaka(latch: list[Registration]) -> None:
    alarm = of_type(latch, ALARM)["latch"]
    assert alarm.region == OSAKA
    inputs = alarm.inputs
    assert inputs["name"] == "mpac-prod-latch"
    watched = ("MPAC/Failover", "Latched", {"Latch": "mpac-prod-latch"})
    assert (inputs["namespace"], inputs["metricName"], inputs["dimensions"]) == watched
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanThreshold", 0)
    # Route 53 follows no other kind: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/
    assert (inputs["statistic"], inputs["period"], inputs["evaluationPeriods"]) == ("Maximum", 60, 1)
    assert not {"datapointsToAlarm", "extendedStatistic", "metricQueries"} & inputs.keys()
    for type_ in ("lambda/function:Function", "sqs/queue:Queue", "cloudwatch/logGroup:LogGroup"):
        assert [each.region for each in of_type(latch, f"aws:{type_}").values()] == [OSAKA]


def test_what_is_latched_stays_while_nobody_writes(latch: list[Registration]) -> None:
    check = of_type(latch, CHECK)["latch"].inputs
    assert check["type"] == "CLOUDWATCH_METRIC"
    assert (check["cloudwatchAlarmRegion"], check["cloudwatchAlarmName"]) == (
        OSAKA,
        "mpac-prod-latch",
    )
    assert check["insufficientDataHealthStatus"] == "LastKnownStatus"


def test_alarms_of_both_regions_reach_the_function(latch: list[Registration]) -> None:
    rules = of_type(latch, RULE)
    assert {each.region for each in rules.values()} == {TOKYO, OSAKA, VIRGINIA}
    targets = {each.region: each.inputs for each in of_type(latch, TARGET).values()}
    bus = f"arn:aws:events:{OSAKA}:123456789012:event-bus/default"
    assert targets[OSAKA]["arn"] == "latch-arn"
    assert (targets[TOKYO]["arn"], targets[VIRGINIA]["arn"]) == (bus, bus)
    assert targets[TOKYO]["roleArn"] == targets[VIRGINIA]["roleArn"] == "latch-event-forwarding-arn"


def test_only_an_alarm_that_was_well_sets_the_latch(latch: list[Registration]) -> None:
    """One that is new goes off while the first tasks start."""
    for rule in of_type(latch, RULE).values():
        assert json.loads(rule.inputs["eventPattern"]) == {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {
                "alarmName": ["mpac-prod-alb-portal-no-targets", "mpac-prod-portal-endpoint"],
                "state": {"value": ["ALARM"]},
                "previousState": {"value": ["OK"]},
            },
        }


def test_the_function_may_do_nothing_else(latch: list[Registration]) -> None:
    policies = of_type(latch, "aws:iam/rolePolicy:RolePolicy")
    assert policies.keys() == {"latch-function", "latch-event-forwarding"}
    statements = {
        each["Sid"]: each for each in json.loads(policies["latch-function"].inputs["policy"])["Statement"]
    }
    assert statements.keys() == {"SetLatch", "WriteLog", "SendFailedEvents"}
    assert statements["SetLatch"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "MPAC/Failover"}}
    assert statements["WriteLog"]["Resource"] == statements["SendFailedEvents"]["Resource"] + ":*"
    (forward,) = json.loads(policies["latch-event-forwarding"].inputs["policy"])["Statement"]
    assert forward["Action"] == "events:PutEvents"
    assert forward["Resource"] == f"arn:aws:events:{OSAKA}:123456789012:event-bus/default"


def test_only_the_rule_may_call_the_function(latch: list[Registration]) -> None:
    (permission,) = of_type(latch, "aws:lambda/permission:Permission").values()
    assert permission.inputs["principal"] == "events.amazonaws.com"
    rule = of_type(latch, RULE)[f"latch-{OSAKA}"]
    assert permission.property_dependencies["sourceArn"] == {rule.urn}


def test_what_could_not_be_delivered_is_kept_for_two_weeks(latch: list[Registration]) -> None:
    (queue,) = of_type(latch, "aws:sqs/queue:Queue").values()
    assert queue.inputs["messageRetentionSeconds"] == 1209600
    assert queue.inputs["sqsManagedSseEnabled"] is True
    (function,) = of_type(latch, "aws:lambda/function:Function").values()
    assert queue.urn in function.property_dependencies["deadLetterConfig"]
    (policy,) = of_type(latch, "aws:sqs/queuePolicy:QueuePolicy").values()
    assert policy.region == queue.region
    (refusal,) = json.loads(policy.inputs["policy"])["Statement"]
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", "sqs:*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_latch_notifies_and_so_does_one_that_could_not_be_set(latch: list[Registration]) -> None:
    alarms = of_type(latch, ALARM)
    assert alarms.keys() == {"latch", "latch-failures"}
    for each in alarms.values():
        assert each.region == OSAKA
        assert each.inputs["alarmActions"] == each.inputs["okActions"] == [topic_arn(OSAKA)]
    failures = alarms["latch-failures"].inputs
    assert failures["dimensions"] == {"QueueName": "mpac-prod-latch-failures"}
    assert (failures["metricName"], failures["threshold"]) == ("ApproximateNumberOfMessagesVisible", 0)


def test_the_log_is_encrypted_and_protected(latch: list[Registration]) -> None:
    (group,) = of_type(latch, "aws:cloudwatch/logGroup:LogGroup").values()
    assert group.inputs["kmsKeyId"] == "arn:aws:kms:ap-northeast-3:123456789012:key/logs"
    assert group.inputs["retentionInDays"] == 90
    assert group.protect


@pytest.mark.parametrize("component", ["tokyo", "osaka", "latch"])
def test_nothing_goes_missing_in_a_preview(request: pytest.FixtureRequest, component: str) -> None:
    make = {
        "tokyo": lambda: FailoverDns("names", TOKYOS),
        "osaka": lambda: FailoverDns("names", OSAKAS),
        "latch": lambda: FailoverLatch("latch", LATCH),
    }[component]
    preview = record(make, preview=True)
    assert {each.urn for each in preview} == {each.urn for each in request.getfixturevalue(component)}


def test_two_sets_of_names_stand_side_by_side() -> None:
    def program() -> None:
        FailoverDns("names", TOKYOS)
        shops = {"shop": Alias(dns_name="tokyo.elb", zone_id="elb")}
        FailoverDns("shops", replace(TOKYOS, domain="shop.example", names=shops))

    graph = record(program)
    assert repeated_names(graph) == []
    tags = [each.inputs["tags"]["Name"] for each in of_type(graph, CHECK).values()]
    assert "mpac-prod-names-portal" in tags
    assert len(tags) == len(set(tags)) == 6


def test_two_latches_stand_side_by_side_and_are_set_apart() -> None:
    def program() -> None:
        FailoverLatch("latch", LATCH)
        FailoverLatch("shops-latch", LATCH)

    graph = record(program)
    assert repeated_names(graph) == []
    functions = of_type(graph, "aws:lambda/function:Function")
    written = {name: each.inputs["environment"]["variables"] for name, each in functions.items()}
    assert written == {
        "latch": {"LATCH": "mpac-prod-latch"},
        "shops-latch": {"LATCH": "mpac-prod-shops-latch"},
    }
    for name, latched in written.items():
        assert of_type(graph, ALARM)[name].inputs["dimensions"] == {"Latch": latched["LATCH"]}


def test_another_program_needs_neither_key_nor_topic() -> None:
    graph = record(lambda: FailoverLatch("latch", replace(LATCH, context=PLAIN)))
    (group,) = of_type(graph, "aws:cloudwatch/logGroup:LogGroup").values()
    assert group.inputs["name"] == "/aws/lambda/acme-test-latch"
    assert "kmsKeyId" not in group.inputs
    plain = [*of_type(graph, ALARM).values(), *of_type(names(replace(TOKYOS, context=PLAIN)), ALARM).values()]
    assert {each.inputs["name"] for each in plain} >= {"acme-test-latch", "acme-test-portal-endpoint"}
    assert all(each.inputs["alarmActions"] == each.inputs["okActions"] == [] for each in plain)


def test_a_failover_that_takes_too_long_is_refused() -> None:
    slow = FailoverSettings(interval_seconds=30, failure_threshold=3)
    with pytest.raises(
        SettingsError, match=r"FailoverDns names(.|\n)*failureThreshold(.|\n)*makes 150 seconds"
    ):
        names(replace(TOKYOS, settings=slow))
