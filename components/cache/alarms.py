"""Alarms of a cluster, shard by shard.

An alarm per shard and not per node: a shard is what loses data or stops, and one cause notifies once.
CloudWatch cannot search for nodes in an alarm, so they are named, and calculates with at most ten metrics:
six nodes are the most that a shard has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..monitoring.alarm import Expression, Metric
from .engine import Durability

# The worst of all nodes; a node without data (a primary has no replication lag) counts as zero.
WORST = "MAX(FILL(METRICS(), 0))"
TOTAL = "SUM(FILL(METRICS(), 0))"
# A node whose role differs from the minute before.
CHANGED = "MAX(ABS(DIFF(METRICS())))"


@dataclass(frozen=True, kw_only=True)
class ShardAlarm:
    """An alarm on one value of every node of a shard.

    Attributes:
        name: Last part of the alarm's name.
        metric: Metric of ElastiCache.
        statistic: Its statistic over a minute.
        expression: How the nodes' values become one.
        above: Threshold, in the metric's unit.
        minutes: Consecutive minutes past the threshold.
        description: What it means and what to do.
    """

    name: str
    metric: str
    statistic: str = "Maximum"
    expression: str = WORST
    above: float
    minutes: int
    description: str

    def watched(self, nodes: Sequence[str]) -> Expression:
        """Calculate the value from the nodes of a shard."""
        metrics = {
            f"m{number}": Metric(
                namespace="AWS/ElastiCache",
                name=self.metric,
                # A node of such a cluster is a cache cluster with a single node.
                dimensions={"CacheClusterId": node, "CacheNodeId": "0001"},
                statistic=self.statistic,
            )
            for number, node in enumerate(nodes, start=1)
        }
        return Expression(expression=self.expression, metrics=metrics)


def shard_alarms(durability: Durability) -> Iterator[ShardAlarm]:
    """List the alarms of every shard."""
    yield ShardAlarm(
        name="engine-cpu",
        metric="EngineCPUUtilization",
        above=80,
        minutes=5,
        description=(
            "The engine's thread is busy for more than 80 percent of the time: add shards, or look "
            "for slow commands in the slow log."
        ),
    )
    yield ShardAlarm(
        name="memory",
        metric="DatabaseMemoryUsageCountedForEvictPercentage",
        above=80,
        minutes=5,
        description=(
            "More than 80 percent of the memory is used: at 100 keys that are about to expire are "
            "dropped, then writes refused. Add shards, or choose larger nodes."
        ),
    )
    yield ShardAlarm(
        name="evictions",
        metric="Evictions",
        statistic="Sum",
        expression=TOTAL,
        above=0,
        minutes=1,
        description=(
            "The memory is full and keys are dropped before they expire: sessions, idempotency keys "
            "and revoked tokens may be among them."
        ),
    )
    yield ShardAlarm(
        name="replication-lag",
        metric="ReplicationLag",
        above=1,
        minutes=5,
        description=(
            "A replica is more than a second behind: reads from it are stale, and a failover to it "
            "loses that much."
        ),
    )
    yield ShardAlarm(
        name="failover",
        metric="IsMaster",
        expression=CHANGED,
        above=0,
        minutes=1,
        description=(
            "A replica has become the primary, or will when the old one is gone: see the events of "
            "the cluster for the reason."
        ),
    )
    if durability == "async":
        yield ShardAlarm(
            name="durability-lag",
            metric="DurabilityLag",
            above=5_000,
            minutes=1,
            description=(
                "Writes reach the transaction log more than 5 seconds late; at 10 seconds the primary "
                "refuses them."
            ),
        )
