"""Configuration of Loki."""

from math import ceil

from .documents import to_yaml
from .membership import memberlist
from .topology import (
    GRPC_PORT,
    HEADROOM,
    LOKI_PATH,
    LOKI_PORT,
    REPLICA,
    TASK_INTERFACES,
    Topology,
)

# Loki's default burst (pkg/validation/limits.go of 3.6), below which a small load sets nothing.
LEAST_MB = 6
# By default 4 MiB, less than a full batch of Alloy's 3,000 lines may have; Tempo's default is this.
MESSAGE_BYTES = 16 * 2**20
# Of its memory, while it reads what it had not stored: beside it, Loki takes writes again.
REPLAY_SHARE = 0.5


def loki_configuration(topology: Topology, *, bucket: str, memory_mib: int) -> str:
    """Write `loki.yml`.

    Chunks and index are in S3; the write-ahead log, the index that is being written and caches on the file
    system of the instance. The instance keeps its id and its tokens: a task has a host name of its own, and
    under that, by default, every task that stopped uncleanly would stay in the rings beside its successor.

    Args:
        topology: What runs where.
        bucket: Bucket of chunks and index.
        memory_mib: Memory of its container.
    """
    settings, region = topology.settings, topology.context.region
    limit = max(LEAST_MB, ceil(HEADROOM * settings.load.stored_log_bytes_per_second / 2**20))
    return to_yaml(
        {
            # Whoever reaches it is in the security group of the observability services.
            "auth_enabled": False,
            "server": {
                "http_listen_port": LOKI_PORT,
                "grpc_listen_port": GRPC_PORT,
                "grpc_server_max_recv_msg_size": MESSAGE_BYTES,
                "log_format": "json",
            },
            "common": {
                "path_prefix": LOKI_PATH,
                "replication_factor": settings.loki.replicas,
                "instance_interface_names": TASK_INTERFACES,
                # Every ring takes its id from here: `applyConfigToRings` in pkg/loki/config_wrapper.go.
                "ring": {"instance_id": REPLICA, "kvstore": {"store": "memberlist"}},
                # Under the path above.
                "persist_tokens": True,
                "storage": {"s3": {"bucketnames": bucket, "region": region}},
            },
            "memberlist": memberlist(topology, "loki"),
            "ingester": {
                # Of an instance that comes no more. Those that are back have their places again.
                "autoforget_unhealthy": True,
                "wal": {
                    "enabled": True,
                    "dir": f"{LOKI_PATH}/wal",
                    "flush_on_shutdown": True,
                    # By default 4 GB, more than it has. Its MB are of 1,024 KB.
                    "replay_memory_ceiling": f"{int(memory_mib * REPLAY_SHARE)}MB",
                },
            },
            "schema_config": {
                "configs": [
                    {
                        # A later schema is another entry, with the day it starts; this one never changes.
                        "from": "2026-01-01",
                        "store": "tsdb",
                        "object_store": "s3",
                        "schema": "v13",
                        "index": {"prefix": "index_", "period": "24h"},
                    }
                ]
            },
            "storage_config": {
                "tsdb_shipper": {
                    "active_index_directory": f"{LOKI_PATH}/index",
                    "cache_location": f"{LOKI_PATH}/cache",
                }
            },
            "limits_config": {
                "retention_period": f"{24 * settings.loki.retention_days}h",
                # By default 4 MB a second for all, shared out among the replicas; but collectors hold on to
                # their connections, and one replica may get it all.
                "ingestion_rate_strategy": "local",
                "ingestion_rate_mb": limit,
                "ingestion_burst_size_mb": limit,
                # A stream is a task of a service; one that gives no service.instance.id is all of its tasks.
                "per_stream_rate_limit": f"{limit}MB",
                "per_stream_rate_limit_burst": f"{limit}MB",
                "allow_structured_metadata": True,
                "volume_enabled": True,
                "otlp_config": {
                    "resource_attributes": {
                        "attributes_config": [
                            {
                                "action": "index_label",
                                "attributes": ["service.name", "deployment.environment"],
                            }
                        ]
                    }
                },
            },
            "compactor": {
                "working_directory": f"{LOKI_PATH}/compactor",
                # Without it nothing is ever deleted.
                "retention_enabled": True,
                "delete_request_store": "s3",
            },
            "analytics": {"reporting_enabled": False},
        }
    )
