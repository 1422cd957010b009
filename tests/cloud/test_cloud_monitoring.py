"""Alarms of the deployed stacks reach somebody: a topic of their region that takes their messages."""

import json
from collections.abc import Iterator

import pytest

from tests.cloud.conftest import STACKS, Aws, Client
from tests.iam import Request, allowed

ACCOUNT = "123456789012"
TOKYO, OSAKA, GLOBAL = "ap-northeast-1", "ap-northeast-3", "us-east-1"
TOPICS = [
    *((name, place.region) for name, place in STACKS.items()),
    # CloudFront's and Route 53's metrics lie in one region, and so do their alarms.
    *((name, GLOBAL) for name in STACKS),
    # The latch lies where prod stands by.
    ("prod", OSAKA),
]
PUBLISHERS = {
    "backup.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "events.amazonaws.com",
    "aps.amazonaws.com",
}


def arn_of(name: str, region: str) -> str:
    return f"arn:aws:sns:{region}:{ACCOUNT}:mpac-{name}-alarms"


def all_alarms(aws: Aws) -> Iterator[tuple[str, Client]]:
    """Yield every alarm of the stacks with its region; Application Auto Scaling has its own."""
    for region in (TOKYO, OSAKA, GLOBAL):
        pages = aws("cloudwatch", region).get_paginator("describe_alarms").paginate()
        for each in (each for page in pages for each in page["MetricAlarms"] + page["CompositeAlarms"]):
            if each["AlarmName"].startswith("mpac-"):
                yield region, each


@pytest.fixture(params=TOPICS, ids="-".join)
def topic(request: pytest.FixtureRequest, aws: Aws) -> Client:
    """Attributes of each topic in turn."""
    name, region = request.param
    found = aws("sns", region).get_topic_attributes(TopicArn=arn_of(name, region))["Attributes"]
    return found | {"Region": region}


@pytest.fixture
def key(aws: Aws, topic: Client) -> Client:
    return aws("kms", topic["Region"]).describe_key(KeyId=topic["KmsMasterKeyId"])["KeyMetadata"]


def test_there_are_these_topics_and_no_others(aws: Aws) -> None:
    found = {
        each["TopicArn"]
        for region in (TOKYO, OSAKA, GLOBAL)
        for each in aws("sns", region).list_topics()["Topics"]
        if each["TopicArn"].endswith("-alarms")
    }
    assert found == {arn_of(name, region) for name, region in TOPICS}


class TestTopic:
    def test_is_encrypted_with_a_key_of_its_own(self, aws: Aws, topic: Client, key: Client) -> None:
        assert (key["KeyManager"], key["KeyState"]) == ("CUSTOMER", "Enabled")
        rotation = aws("kms", topic["Region"]).get_key_rotation_status(KeyId=key["KeyId"])
        assert rotation["KeyRotationEnabled"] is True

    def test_services_that_publish_may_encrypt(self, aws: Aws, topic: Client, key: Client) -> None:
        policy = json.loads(
            aws("kms", topic["Region"]).get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        )
        (statement,) = [each for each in policy["Statement"] if each["Sid"] == "AllowPublishers"]
        assert set(statement["Principal"]["Service"]) == PUBLISHERS
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}

    def test_services_of_this_account_may_publish_and_nobody_in_plain_text(self, topic: Client) -> None:
        statements = json.loads(topic["Policy"])["Statement"]
        allowing = [each for each in statements if each["Effect"] == "Allow"]
        services: set[str] = set()
        for each in allowing:
            (principals,) = each["Principal"].values()
            own = {principals} if isinstance(principals, str) else set(principals)
            services |= own
            # EventBridge publishes only where its statement has no condition.
            if own != {"events.amazonaws.com"}:
                assert each["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        assert services == PUBLISHERS
        plain = Request("sns:Publish", topic["TopicArn"], {"aws:SecureTransport": "false"})
        documents = [
            {"Statement": [{key: each[key] for key in each if key != "Principal"} for each in statements]}
        ]
        assert not allowed(documents, plain)
        by_tls = {"aws:SecureTransport": "true", "aws:SourceAccount": ACCOUNT}
        assert allowed(documents, Request("sns:Publish", topic["TopicArn"], by_tls))


class TestAlarms:
    def test_every_one_tells_the_topic_of_its_stack_and_region(self, aws: Aws) -> None:
        silent = []
        for region, alarm in all_alarms(aws):
            stack = alarm["AlarmName"].split("-")[1]
            told = arn_of(stack, region)
            if told not in alarm["AlarmActions"] or told not in alarm["OKActions"]:
                silent.append(alarm["AlarmName"])
        assert silent == []

    def test_every_action_is_there(self, aws: Aws) -> None:
        """An alarm with an action that is gone goes off in silence."""
        for region, alarm in all_alarms(aws):
            for action in alarm["AlarmActions"]:
                if ":sns:" in action:
                    assert action.split(":")[3] == region, alarm["AlarmName"]
                    aws("sns", region).get_topic_attributes(TopicArn=action)

    def test_every_one_is_on_and_says_what_to_do(self, aws: Aws) -> None:
        for _, alarm in all_alarms(aws):
            assert alarm["ActionsEnabled"] is True
            assert len(alarm["AlarmDescription"]) > 30, alarm["AlarmName"]

    def test_none_waits_for_more_minutes_than_it_looks_at(self, aws: Aws) -> None:
        for _, alarm in all_alarms(aws):
            if "EvaluationPeriods" in alarm:
                assert 1 <= alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"] <= 60
