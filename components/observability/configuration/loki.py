"""Configuration of Loki."""

from components.observability.configuration.documents import to_yaml
from components.observability.configuration.topology import (
    GRPC_PORT,
    LOKI_PATH,
    LOKI_PORT,
    MEMBERLIST_PORT,
    TASK_INTERFACES,
    Topology,
)


def loki_configuration(topology: Topology, *, bucket: str, retention_days: int) -> str:
    """Write `loki.yml`.

    Chunks and index lie in S3; the write-ahead log, the index that is being written and caches on the file
    system of the instance.

    Args:
        topology: What runs where.
        bucket: Bucket of chunks and index.
        retention_days: Days that logs are kept.
    """
    return to_yaml(
        {
            # Whoever reaches it is in the security group of the observability services.
            "auth_enabled": False,
            "server": {"http_listen_port": LOKI_PORT, "grpc_listen_port": GRPC_PORT, "log_format": "json"},
            "common": {
                "path_prefix": LOKI_PATH,
                "replication_factor": topology.loki_replicas,
                "instance_interface_names": TASK_INTERFACES,
                "ring": {"kvstore": {"store": "memberlist"}},
                "storage": {"s3": {"bucketnames": bucket, "region": topology.region}},
            },
            "memberlist": {
                "bind_port": MEMBERLIST_PORT,
                "join_members": [f"dns+{topology.address('loki', MEMBERLIST_PORT)}"],
                # The first instance is alone at first.
                "abort_if_cluster_join_fails": False,
                "rejoin_interval": "60s",
            },
            "ingester": {
                "wal": {"enabled": True, "dir": f"{LOKI_PATH}/wal", "flush_on_shutdown": True},
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
                "retention_period": f"{24 * retention_days}h",
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
