"""The cache: a Valkey or Redis OSS cluster on ElastiCache."""

from components.cache.cluster import RedisCluster, RedisClusterArgs
from components.cache.engine import Durability, Engine

__all__ = ["Durability", "Engine", "RedisCluster", "RedisClusterArgs"]
