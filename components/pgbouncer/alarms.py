"""Alarms on what PgBouncer says of itself once a minute.

It logs a line of statistics (`log_stats`, every `stats_period`, 60 seconds), and a warning for each client
that it turns away (`log_pooler_errors`); both by default. CloudWatch Logs makes metrics of them.
"""

import pulumi
import pulumi_aws as aws

from ..monitoring.alarm import Metric, alarm

# The end of `stats: ... xacts/s, ..., xact 812 us, query 402 us, wait 17 us`; what comes before is up to the
# version. The wait is the average of the minute, of those that were given a connection (src/stats.c).
STATISTICS = '[..., is_query="query", query, comma="us,", is_wait="wait", wait, end="us"]'
# Who is given none in time is in no average.
TURNED_AWAY = '"pooler error: query_wait_timeout"'
# A tenth of the p95 latency that services may have (mpac:services.<name>.latencySeconds).
WAIT_ALARM_MICROSECONDS = 50_000


def waiting_alarms(
    name: str,
    full_name: str,
    *,
    namespace: str,
    log_group_name: pulumi.Input[str],
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Notify when clients wait for connections, or are turned away.

    Args:
        name: Name of the resources.
        full_name: Name of the service, with which the alarms' names begin.
        namespace: Of the metrics: one's own, for these take no dimension that is not in the line.
        log_group_name: The log group of PgBouncer.
        topic_arn: Topic that is notified; None for none.
        opts: Options, with the parent.
    """
    for kind, pattern, metric, value, unit in (
        ("wait", STATISTICS, "Wait", "$wait", "Microseconds"),
        ("turned-away", TURNED_AWAY, "TurnedAway", "1", "Count"),
    ):
        aws.cloudwatch.LogMetricFilter(
            f"{name}-{kind}",
            name=f"{full_name}-{kind}",
            log_group_name=log_group_name,
            pattern=pattern,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace, name=metric, value=value, unit=unit
            ),
            opts=opts,
        )
    alarm(
        f"{name}-wait",
        Metric(namespace=namespace, name="Wait", statistic="Maximum"),
        alarm_name=f"{full_name}-wait",
        description=f"Clients wait over {WAIT_ALARM_MICROSECONDS // 1000} ms for a connection: transactions "
        "have become slow, or a pool is too small: see the database's top statements, then PgBouncer's "
        "settings.",
        above=WAIT_ALARM_MICROSECONDS,
        minutes=3,
        out_of=5,
        topic_arn=topic_arn,
        opts=opts,
    )
    alarm(
        f"{name}-turned-away",
        Metric(namespace=namespace, name="TurnedAway", statistic="Sum"),
        alarm_name=f"{full_name}-turned-away",
        description="Clients were turned away after waiting for a connection in vain: the database does not "
        "answer, or all connections of a pool are held.",
        above=0,
        minutes=1,
        missing="notBreaching",
        topic_arn=topic_arn,
        opts=opts,
    )
