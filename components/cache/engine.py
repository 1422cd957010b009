"""What ElastiCache calls things, as far as it follows from the shape of a cluster."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Engine = Literal["valkey", "redis"]
Durability = Literal["async", "sync", "disabled"]

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "cluster-enabled": "yes",
        # The default, volatile-lru, drops what was not read for long, such as a revoked token; this drops
        # what is about to expire. Keys without an expiry stay: a full cache refuses writes before it loses
        # those.
        "maxmemory-policy": "volatile-ttl",
    }
)

# What services may do with any key and channel: everything but what stops the cluster, empties it or holds it
# up with a walk through all its keys; SCAN goes step by step. Clients read INFO when they connect. Written as
# ACL LIST writes it, for that is how ElastiCache answers it.
APPLICATION_RULES = "on ~* &* +@all -@dangerous +info"
# Who does not authenticate is the user named "default".
NO_RULES = "off ~* resetchannels -@all"


def family(engine: Engine, version: str) -> str:
    """Name the family of parameter groups: `valkey9` of valkey 9.0."""
    return f"{engine}{version.split('.', maxsplit=1)[0]}"


def node_names(cluster: str, shards: int, replicas_per_shard: int) -> dict[str, list[str]]:
    """Name the nodes of each shard as ElastiCache does at the creation of a cluster.

    Returns:
        By the number of the shard, from `0001`, its primary and its replicas; a failover changes roles, not
        names.
    """
    return {
        f"{shard:04}": [f"{cluster}-{shard:04}-{node:03}" for node in range(1, replicas_per_shard + 2)]
        for shard in range(1, shards + 1)
    }
