"""The function that sets the failover latch."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import boto3
import pytest
from moto import mock_aws

from components.dns.latch_function import handler

Client: TypeAlias = Any
"""A boto3 client; boto3 ships no types."""

OSAKA = "ap-northeast-3"
WENT_OFF = {
    "source": "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    "region": "us-east-1",
    "detail": {
        "alarmName": "mpac-prod-portal-endpoint",
        "state": {"value": "ALARM"},
        "previousState": {"value": "OK"},
    },
}


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """CloudWatch of the function's own region."""
    monkeypatch.setenv("AWS_REGION", OSAKA)
    monkeypatch.setenv("AWS_DEFAULT_REGION", OSAKA)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("LATCH", "mpac-prod-latch")
    with mock_aws():
        yield boto3.client("cloudwatch", OSAKA)


def metrics(cloudwatch: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloudwatch.list_metrics()["Metrics"]
    return found


def test_it_writes_one_to_the_metric_in_its_own_region(cloudwatch: Client) -> None:
    handler.handle(WENT_OFF, None)
    dimensions = [{"Name": "Latch", "Value": "mpac-prod-latch"}]
    assert metrics(cloudwatch) == [
        {"Namespace": "MPAC/Failover", "MetricName": "Latched", "Dimensions": dimensions}
    ]
    assert latest(cloudwatch) == 1
    assert metrics(boto3.client("cloudwatch", "us-east-1")) == []


def latest(cloudwatch: Client) -> float:
    """The metric's highest value since it exists."""
    answer = cloudwatch.get_metric_statistics(
        Namespace="MPAC/Failover",
        MetricName="Latched",
        Dimensions=[{"Name": "Latch", "Value": "mpac-prod-latch"}],
        StartTime="2020-01-01T00:00:00Z",
        EndTime="2099-01-01T00:00:00Z",
        Period=60,
        Statistics=["Maximum"],
    )
    value: float = max(point["Maximum"] for point in answer["Datapoints"])
    return value


def test_its_log_tells_who_set_the_latch(cloudwatch: Client, capsys: pytest.CaptureFixture[str]) -> None:
    del cloudwatch
    told = {"latched": True, "alarm": "mpac-prod-portal-endpoint", "region": "us-east-1"}
    assert handler.handle(WENT_OFF, None) == told
    assert json.loads(capsys.readouterr().out) == told


def test_an_event_twice_does_no_more_than_once(cloudwatch: Client) -> None:
    """EventBridge delivers at least once."""
    handler.handle(WENT_OFF, None)
    handler.handle(WENT_OFF, None)
    assert latest(cloudwatch) == 1


@pytest.mark.parametrize("missing", ["detail", "region"])
def test_the_latch_is_set_before_anything_else_can_fail(cloudwatch: Client, missing: str) -> None:
    strange = {key: value for key, value in WENT_OFF.items() if key != missing}
    with pytest.raises(KeyError):
        handler.handle(strange, None)
    assert latest(cloudwatch) == 1


def test_without_the_name_of_its_latch_it_fails(cloudwatch: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda then tries again, and puts the event away in the end."""
    monkeypatch.delenv("LATCH")
    with pytest.raises(KeyError):
        handler.handle(WENT_OFF, None)
    assert metrics(cloudwatch) == []
