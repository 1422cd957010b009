"""Alarms of a PostgreSQL instance."""

from dataclasses import dataclass

import pulumi

from components.monitoring import Expression, Metric, alarm

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


@dataclass(frozen=True, kw_only=True)
class InstanceLimits:
    """What an instance can do.

    Attributes:
        max_connections: Connections that PostgreSQL takes.
        storage_gib: Storage that the instance was created with.
        iops: Operations per second that the storage does.
    """

    max_connections: int
    storage_gib: int
    iops: int


def instance_alarms(
    name: str,
    identifier: str,
    limits: InstanceLimits,
    *,
    is_replica: bool,
    topic_arn: pulumi.Input[str],
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
        description=f"Over 80 % of {limits.max_connections} connections are taken: find who opens them past "
        "the pool.",
        above=limits.max_connections * 0.8,
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
        below=limits.storage_gib * GIB * 0.1,
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
        description=f"Over 90 % of {limits.iops} operations per second: statements wait for the storage. "
        "Provision more, or find what reads past the cache.",
        above=limits.iops * 0.9,
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
