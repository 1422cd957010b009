"""Settings of the cache."""

from collections.abc import Iterator
from typing import Annotated

from ..field_types import (
    CacheNodeType,
    CacheReplicas,
    CacheShards,
    CacheVersion,
    LogRetentionDays,
    SnapshotDays,
    daily,
    weekly,
)
from ..problems import Problem
from ..regions import DURABLE_CACHE_FAMILIES
from ..section import Section, check
from ..windows import daily_window, overlap, weekly_window
from .engine import Durability, Engine


class CacheSettings(Section):
    """Requirements: ElastiCache Redis."""

    engine: Engine = "valkey"
    """valkey, or redis, which ends with version 7.1 and has no durability"""
    engine_version: CacheVersion = "9.0"
    """major and minor version of the engine, in quotes; it can be raised, never lowered; AWS
    does not raise it"""
    durability: Durability = "async"
    """async, where the last 10 seconds of writes may be lost; sync, where none is, but each takes
    milliseconds; or disabled"""
    node_type: CacheNodeType = "cache.r6g.large"
    """a node type of ElastiCache"""
    shards: CacheShards = 3
    """primaries from 1 to 90 that share the data"""
    replicas_per_shard: CacheReplicas = 2
    """replicas of each primary, from 1 to 5"""
    snapshot_window: Annotated[str, daily(60)] = "04:00-05:00"
    """the hour or more of the day, in UTC, in which snapshots are taken"""
    snapshot_retention_days: SnapshotDays = 7
    """days from 1 to 35 for which a snapshot is kept"""
    maintenance_window: Annotated[str, weekly(60)] = "sun:19:00-sun:20:00"
    """the hour or more of the week, in UTC, in which AWS may replace nodes"""
    log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


# What ElastiCache still creates, by engine: lowest and highest version. 9.9 leaves room for what comes.
VERSIONS = {"valkey": ("7.2", "9.9"), "redis": ("7.0", "7.1")}
# "Nodes per cluster (cluster mode enabled)" before AWS is asked for more.
NODES_PER_CLUSTER = 90


@check
def cache_version_is_of_its_engine(cache: CacheSettings) -> Iterator[Problem]:
    """Valkey began where Redis OSS ended."""
    engine, version = cache.engine, cache.engine_version
    lowest, highest = VERSIONS[engine]
    if not lowest <= version <= highest:
        yield Problem(
            key="engineVersion",
            value=version,
            rule=f"is no version of {engine} that ElastiCache offers",
            remedy="write 7.0 or 7.1" if engine == "redis" else f"write {lowest} or a later one",
        )


@check
def durability_has_its_engine(cache: CacheSettings) -> Iterator[Problem]:
    """The transaction log came with Valkey 9."""
    old = cache.engine != "valkey" or cache.engine_version < "9.0"
    if cache.durability != "disabled" and old:
        yield Problem(
            key="durability",
            value=cache.durability,
            rule=f"needs valkey 9.0 or later, not {cache.engine} {cache.engine_version}",
            remedy="write disabled, or choose valkey 9.0",
        )


@check
def durability_has_its_nodes(cache: CacheSettings) -> Iterator[Problem]:
    """AWS refuses it on other node types."""
    families = ", ".join(sorted(DURABLE_CACHE_FAMILIES))
    if cache.durability != "disabled" and cache.node_type.split(".")[1] not in DURABLE_CACHE_FAMILIES:
        yield Problem(
            key="durability",
            value=cache.durability,
            rule=f"needs nodes of the families {families}, not {cache.node_type}",
            remedy="write disabled, or choose another nodeType",
        )


@check
def cache_has_nodes_to_spare(cache: CacheSettings) -> Iterator[Problem]:
    """AWS refuses a cluster of more nodes."""
    nodes = cache.shards * (1 + cache.replicas_per_shard)
    if nodes > NODES_PER_CLUSTER:
        yield Problem(
            key="shards",
            value=cache.shards,
            rule=f"makes {nodes} nodes with replicasPerShard; AWS allows {NODES_PER_CLUSTER}",
            remedy="lower one of the two",
        )


@check
def snapshots_are_taken_apart_from_maintenance(cache: CacheSettings) -> Iterator[Problem]:
    """AWS refuses windows that overlap."""
    if overlap(daily_window(cache.snapshot_window), weekly_window(cache.maintenance_window)):
        yield Problem(
            key="maintenanceWindow",
            value=cache.maintenance_window,
            rule=f"overlaps snapshotWindow ({cache.snapshot_window})",
            remedy="move one of the two",
        )
