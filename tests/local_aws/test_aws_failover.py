"""From an alarm to a function and on to the answer of Route 53, in the local AWS."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.local_aws.harness import OSAKA, VIRGINIA, Aws, Client, Server

CODE = """
import boto3

def handle(event, context):
    boto3.client("cloudwatch").put_metric_data(
        Namespace="Test/Latch", MetricData=[{"MetricName": "Set", "Value": 1}]
    )
"""
FAILURES = f"arn:aws:sqs:{OSAKA}:123456789012:failures"
ENDPOINT = "portal-tokyo.latch.example"


def alarm(client: Client, name: str, **watched: Any) -> None:  # noqa: ANN401 (boto3 has no types)
    client.put_metric_alarm(
        AlarmName=name,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        **{"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, **watched},
    )


@pytest.fixture(scope="module")
def checks(aws: Aws) -> dict[str, str]:
    """An endpoint, a latch that its alarm sets, and the check of both; returns their ids."""
    route53 = aws("route53")
    endpoint = route53.create_health_check(
        CallerReference="endpoint",
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": ENDPOINT,
            "RequestInterval": 10,
            "FailureThreshold": 3,
            "Regions": ["us-west-2", "ap-southeast-1", "ap-southeast-2"],
        },
    )["HealthCheck"]["Id"]
    alarm(
        aws("cloudwatch", VIRGINIA),
        "latch-endpoint",
        Namespace="AWS/Route53",
        MetricName="HealthCheckStatus",
        Dimensions=[{"Name": "HealthCheckId", "Value": endpoint}],
        ComparisonOperator="LessThanThreshold",
        Threshold=1,
    )
    _function(aws)
    alarm(aws("cloudwatch", OSAKA), "latch-set", Namespace="Test/Latch", MetricName="Set")
    latch = route53.create_health_check(
        CallerReference="latch",
        HealthCheckConfig={
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": OSAKA, "Name": "latch-set"},
            "InsufficientDataHealthStatus": "LastKnownStatus",
        },
    )["HealthCheck"]["Id"]
    both = route53.create_health_check(
        CallerReference="both",
        HealthCheckConfig={
            "Type": "CALCULATED",
            "ChildHealthChecks": [endpoint, latch],
            "HealthThreshold": 2,
        },
    )["HealthCheck"]["Id"]
    return {"endpoint": endpoint, "latch": latch, "both": both}


def _role(aws: Aws, name: str, service: str, **allow: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **allow}]})
    aws("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return str(role["Arn"])


def _function(aws: Aws) -> None:
    role = _role(aws, "latch-test", "lambda.amazonaws.com", Action="sqs:SendMessage", Resource=FAILURES)
    bus = f"arn:aws:events:{OSAKA}:123456789012:event-bus/default"
    forward = _role(aws, "latch-forward", "events.amazonaws.com", Action="events:PutEvents", Resource=bus)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", CODE)
    function = aws("lambda", OSAKA).create_function(
        FunctionName="latch-test",
        Runtime="python3.13",
        Role=role,
        Handler="handler.handle",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail": {"alarmName": ["latch-endpoint"], "state": {"value": ["ALARM"]}},
    }
    for region, target in ((VIRGINIA, {"Arn": bus, "RoleArn": forward}), (OSAKA, {"Arn": function})):
        events = aws("events", region)
        events.put_rule(Name="latch-test", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="latch-test", Targets=[{"Id": "latch", **target}])


def test_where_failures_and_logs_go_is_read_back(aws: Aws, checks: dict[str, str]) -> None:
    del checks
    client = aws("lambda", OSAKA)
    failures = {"TargetArn": FAILURES}
    client.update_function_configuration(FunctionName="latch-test", DeadLetterConfig=failures)
    assert client.get_function(FunctionName="latch-test")["Configuration"]["DeadLetterConfig"] == failures


def healthy(aws: Aws, check: str) -> bool:
    answer = aws("route53").get_health_check_status(HealthCheckId=check)
    return all(
        each["StatusReport"]["Status"].startswith("Success") for each in answer["HealthCheckObservations"]
    )


def test_what_a_check_follows_is_read_back(aws: Aws, checks: dict[str, str]) -> None:
    config = aws("route53").get_health_check(HealthCheckId=checks["latch"])["HealthCheck"][
        "HealthCheckConfig"
    ]
    assert config["AlarmIdentifier"] == {"Region": OSAKA, "Name": "latch-set"}
    assert config["InsufficientDataHealthStatus"] == "LastKnownStatus"


def test_a_short_outage_is_not_noticed(server: Server, aws: Aws, checks: dict[str, str]) -> None:
    assert server.control(f"/endpoints/outage/{ENDPOINT}/29", "POST")["noticedBy"] == []
    assert healthy(aws, checks["both"])


def test_an_outage_latches_until_it_is_cleared(server: Server, aws: Aws, checks: dict[str, str]) -> None:
    assert healthy(aws, checks["both"])
    assert server.control(f"/endpoints/outage/{ENDPOINT}/45", "POST")["noticedBy"] == [checks["endpoint"]]
    assert healthy(aws, checks["endpoint"])
    assert not healthy(aws, checks["latch"])
    assert not healthy(aws, checks["both"])
    aws("cloudwatch", OSAKA).put_metric_data(
        Namespace="Test/Latch", MetricData=[{"MetricName": "Set", "Value": 0}]
    )
    assert healthy(aws, checks["both"])


def test_an_endpoint_that_is_away_fails_its_check(server: Server, aws: Aws, checks: dict[str, str]) -> None:
    server.control(f"/endpoints/down/{ENDPOINT}", "POST")
    assert not healthy(aws, checks["endpoint"])
    server.control(f"/endpoints/up/{ENDPOINT}", "POST")
    assert healthy(aws, checks["endpoint"])
    server.control("/functions/finish", "POST")
