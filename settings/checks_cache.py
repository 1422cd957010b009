"""Rules about the cache."""

from collections.abc import Iterator

from settings.models import Settings
from settings.problems import Problem
from settings.regions import DURABLE_CACHE_FAMILIES
from settings.windows import daily_window, overlap, weekly_window

# What ElastiCache still creates, by engine: lowest and highest version. 9.9 leaves room for what comes.
VERSIONS = {"valkey": ("7.2", "9.9"), "redis": ("7.0", "7.1")}
# "Nodes per cluster (cluster mode enabled)" before AWS is asked for more.
NODES_PER_CLUSTER = 90


def cache_version_is_of_its_engine(settings: Settings) -> Iterator[Problem]:
    """Valkey began where Redis OSS ended."""
    engine, version = settings.cache.engine, settings.cache.engine_version
    lowest, highest = VERSIONS[engine]
    if not lowest <= version <= highest:
        yield Problem(
            key="mpac:cache.engineVersion",
            value=version,
            rule=f"is no version of {engine} that ElastiCache offers",
            remedy="write 7.0 or 7.1" if engine == "redis" else f"write {lowest} or a later one",
        )


def durability_has_its_engine(settings: Settings) -> Iterator[Problem]:
    """The transaction log came with Valkey 9."""
    cache = settings.cache
    old = cache.engine != "valkey" or cache.engine_version < "9.0"
    if cache.durability != "disabled" and old:
        yield Problem(
            key="mpac:cache.durability",
            value=cache.durability,
            rule=f"needs valkey 9.0 or later, not {cache.engine} {cache.engine_version}",
            remedy="write disabled, or choose valkey 9.0",
        )


def durability_has_its_nodes(settings: Settings) -> Iterator[Problem]:
    """AWS refuses it on other node types."""
    cache = settings.cache
    families = ", ".join(sorted(DURABLE_CACHE_FAMILIES))
    if cache.durability != "disabled" and cache.node_type.split(".")[1] not in DURABLE_CACHE_FAMILIES:
        yield Problem(
            key="mpac:cache.durability",
            value=cache.durability,
            rule=f"needs nodes of the families {families}, not {cache.node_type}",
            remedy="write disabled, or choose another mpac:cache.nodeType",
        )


def cache_has_nodes_to_spare(settings: Settings) -> Iterator[Problem]:
    """AWS refuses a cluster of more nodes."""
    nodes = settings.cache.shards * (1 + settings.cache.replicas_per_shard)
    if nodes > NODES_PER_CLUSTER:
        yield Problem(
            key="mpac:cache.shards",
            value=settings.cache.shards,
            rule=f"makes {nodes} nodes with mpac:cache.replicasPerShard; AWS allows {NODES_PER_CLUSTER}",
            remedy="lower one of the two",
        )


def snapshots_are_taken_apart_from_maintenance(settings: Settings) -> Iterator[Problem]:
    """AWS refuses windows that overlap."""
    cache = settings.cache
    if overlap(daily_window(cache.snapshot_window), weekly_window(cache.maintenance_window)):
        yield Problem(
            key="mpac:cache.maintenanceWindow",
            value=cache.maintenance_window,
            rule=f"overlaps mpac:cache.snapshotWindow ({cache.snapshot_window})",
            remedy="move one of the two",
        )
