"""CloudWatch: alarms follow their metric at once, and tell EventBridge when their state changes."""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import Alarm

from local.aws import events
from local.aws.additions.operations import after
from local.aws.additions.patching import wrap
from local.aws.call import Call
from local.aws.untyped import Moto

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@wrap(Alarm, "update_state", digest="9308fec8")
def update_state(
    original: Callable[..., Any], self: Moto, reason: str, reason_data: str, state_value: str
) -> None:
    """With the event that AWS sends when the state is another one."""
    before = self.state_value
    original(self, reason, reason_data, state_value)
    if state_value != before:
        detail = {
            "alarmName": self.name,
            "state": {"value": state_value, "reason": reason},
            "previousState": {"value": before},
        }
        events.publish(
            self.alarm_arn.split(":")[3],
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            detail,
            [self.alarm_arn],
        )


@after("cloudwatch", "PutMetricData")
def follow(call: Call) -> None:
    """Judge the alarms on each metric by its newest value; evaluation periods pass in no time."""
    for datum in call.params.get("MetricData", []):
        if "Value" in datum:
            dimensions = {each["Name"]: each["Value"] for each in datum.get("Dimensions", [])}
            observe(call.region, call.params["Namespace"], datum["MetricName"], dimensions, datum["Value"])


def observe(region: str, namespace: str, metric: str, dimensions: dict[str, str], value: float) -> None:
    """Tell the alarms of a region that a metric has a new value."""
    for alarm in list(_backend(region).alarms.values()):
        watched = {each.name: each.value for each in alarm.dimensions or []}
        if (alarm.namespace, alarm.metric_name, watched) == (namespace, metric, dimensions):
            breaching = _COMPARE[alarm.comparison_operator](value, float(alarm.threshold))
            state = "ALARM" if breaching else "OK"
            alarm.update_state(f"{metric} is {value}", "{}", state)


def _backend(region: str) -> Moto:
    return Call("cloudwatch", "", region, {}).backend("cloudwatch")
