"""CloudWatch alarms and EventBridge rules that notify a topic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

Missing = Literal["missing", "notBreaching", "breaching", "ignore"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A CloudWatch metric.

    Attributes:
        namespace: Such as `AWS/RDS`.
        name: Such as `CPUUtilization`.
        dimensions: What it is measured at.
        statistic: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p95`.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    statistic: str = "Average"


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A value calculated from metrics.

    Attributes:
        expression: In CloudWatch's metric math, such as `100 * errors / requests`.
        metrics: The metrics by the names that the expression has for them.
    """

    expression: str
    metrics: Mapping[str, Metric]


def alarm(
    name: str,
    watched: Metric | Expression,
    *,
    alarm_name: str,
    description: str,
    above: float | pulumi.Output[float] | None = None,
    below: float | pulumi.Output[float] | None = None,
    minutes: int,
    out_of: int | None = None,
    missing: Missing = "missing",
    topic_arn: pulumi.Input[str] | None,
    further_actions: Sequence[pulumi.Input[str]] = (),
    region: str | None = None,
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Create an alarm on a value measured every minute.

    Args:
        name: Name of the resource.
        watched: What is watched.
        alarm_name: Name in AWS, `<prefix>-<environment>-...`; begins the message that people get.
        description: What it means and what to do, in the message too.
        above: Threshold, in the metric's unit, that the value must not go over. Either this or `below`.
        below: Threshold that the value must not go under.
        minutes: Minutes, at least 1, that the value has to be past the threshold.
        out_of: Window in minutes that those are in; without it they follow one another.
        missing: What a minute without data counts as. With `missing` it does not count, and nobody is
            notified that there is no data at all.
        topic_arn: Topic that is notified when the alarm goes off and when it is over; None for none.
        further_actions: ARNs of what else happens when it goes off, such as scaling policies.
        region: Region of the metric when it is not the one of the stack's provider.
        opts: Options, with the parent.

    Returns:
        The alarm.
    """
    if (above is None) == (below is None):
        raise ValueError(f"Alarm {alarm_name} needs one threshold: above or below.")
    return aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name,
        alarm_description=description,
        comparison_operator="GreaterThanThreshold" if below is None else "LessThanThreshold",
        threshold=above if below is None else below,
        evaluation_periods=out_of or minutes,
        datapoints_to_alarm=minutes,
        treat_missing_data=missing,
        alarm_actions=[*([topic_arn] if topic_arn else []), *further_actions],
        ok_actions=[topic_arn] if topic_arn else [],
        region=region,
        **(_metric(watched) if isinstance(watched, Metric) else _queries(watched)),
        opts=opts,
    )


def _metric(metric: Metric) -> dict[str, Any]:
    is_percentile = metric.statistic.startswith("p")
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict(metric.dimensions),
        "extended_statistic" if is_percentile else "statistic": metric.statistic,
        "period": 60,
    }


def _queries(watched: Expression) -> dict[str, Any]:
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=id_,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.statistic,
                period=60,
            ),
            return_data=False,
        )
        for id_, metric in watched.metrics.items()
    ]
    result = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="result", label=watched.expression, expression=watched.expression, return_data=True
    )
    return {"metric_queries": [*queries, result]}


def notify_of_events(
    name: str,
    *,
    rule_name: str,
    description: str,
    pattern: Mapping[str, Any],
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Create an EventBridge rule that sends the events of AWS services to a topic.

    Args:
        name: Name of the resources.
        rule_name: Name in AWS, `<prefix>-<environment>-...`.
        description: What the events say.
        pattern: EventBridge's event pattern.
        topic_arn: Topic that is notified; without one there is no rule either.
        opts: Options, with the parent.
    """
    if topic_arn is None:
        return
    rule = aws.cloudwatch.EventRule(
        name, name=rule_name, description=description, event_pattern=json.dumps(pattern), opts=opts
    )
    # No role: EventBridge then fails to publish to an encrypted topic, which lets it in by its policy.
    aws.cloudwatch.EventTarget(name, rule=rule.name, target_id="alarms", arn=topic_arn, opts=opts)
