"""Alarms of a PostgreSQL instance, and its events that people are notified of."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from ..monitoring.alarm import Expression, Metric, alarm
from .settings import DatabaseSettings

GIB = 2**30
# `ReplicaLag` of PostgreSQL is the time since the last transaction was replayed, and grows to five minutes
# while nobody writes:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html
# So it counts while the replica itself writes what it replays, at a rate of several transactions a second.
# Past those minutes it counts in any case, as where RDS cannot tell (-1). All is measured at the replica: a
# metric of the primary is out of reach of an alarm in another region. A missing lag is missing in the result,
# and missing writes count as none ("Comparison and logical operators" and "Using IF expressions"):
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
LAG_WHILE_WRITING = "IF(lag < 0, 3600, IF(writes > 100 OR lag > 360, lag, 0))"


# Of RDS's event categories those that somebody is notified of: without backups, creation and restoration.
EVENT_CATEGORIES = (
    "availability",
    "configuration change",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "notification",
    "read replica",
    "recovery",
    "security patching",
)


def instance_alarms(
    name: str,
    identifier: str,
    settings: DatabaseSettings,
    *,
    is_replica: bool,
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Watch an instance's processor, connections, storage and, of a replica, its lag."""

    def metric(metric_name: str, statistic: str = "Average") -> Metric:
        return Metric(
            namespace="AWS/RDS",
            name=metric_name,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic=statistic,
        )

    alarm(
        f"{name}-cpu",
        metric("CPUUtilization"),
        alarm_name=f"{identifier}-cpu",
        description="The processor is busy for over 80 %, or the instance reports nothing: look at its top "
        "statements, then at its class.",
        above=80,
        minutes=10,
        missing="breaching",
        topic_arn=topic_arn,
        opts=opts,
    )
    alarm(
        f"{name}-connections",
        metric("DatabaseConnections", "Maximum"),
        alarm_name=f"{identifier}-connections",
        description=f"Over 80 % of {settings.max_connections} connections are taken: find who opens them "
        "past the pool.",
        above=settings.max_connections * 0.8,
        minutes=5,
        topic_arn=topic_arn,
        opts=opts,
    )
    alarm(
        f"{name}-storage",
        metric("FreeStorageSpace", "Minimum"),
        alarm_name=f"{identifier}-storage",
        description="Under 10 % of the first size is free and the storage has not grown: it is at its "
        "maximum, or has grown within six hours. Raise the maximum before it is full.",
        below=settings.allocated_storage_gib * GIB * 0.1,
        minutes=15,
        topic_arn=topic_arn,
        opts=opts,
    )
    alarm(
        f"{name}-iops",
        Expression(
            expression="reads + writes", metrics={"reads": metric("ReadIOPS"), "writes": metric("WriteIOPS")}
        ),
        alarm_name=f"{identifier}-iops",
        description=f"Over 90 % of {settings.iops} operations per second: statements wait for the storage. "
        "Provision more, or find what reads past the cache.",
        above=settings.iops * 0.9,
        minutes=10,
        topic_arn=topic_arn,
        opts=opts,
    )
    if is_replica:
        alarm(
            f"{name}-replica-lag",
            Expression(
                expression=LAG_WHILE_WRITING,
                metrics={"lag": metric("ReplicaLag"), "writes": metric("WriteIOPS")},
            ),
            alarm_name=f"{identifier}-replica-lag",
            description="The replica is over a second behind, or does not replicate: reports are stale, and "
            "a promotion would lose that much.",
            above=1,
            minutes=5,
            missing="breaching",
            topic_arn=topic_arn,
            opts=opts,
        )


def event_pattern(instance_arns: Sequence[str]) -> Mapping[str, Any]:
    """Match the events of some instances that somebody is notified of."""
    return {
        "source": ["aws.rds"],
        "detail-type": ["RDS DB Instance Event"],
        "resources": list(instance_arns),
        "detail": {"EventCategories": list(EVENT_CATEGORIES)},
    }
