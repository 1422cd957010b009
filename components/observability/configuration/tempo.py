"""Configuration of Tempo."""

from typing import Any

from components.observability.configuration.documents import to_yaml
from components.observability.configuration.topology import (
    GRPC_PORT,
    MEMBERLIST_PORT,
    OTLP_GRPC_PORT,
    TASK_INTERFACES,
    TEMPO_PATH,
    TEMPO_PORT,
    Topology,
)


def tempo_configuration(topology: Topology, *, bucket: str, retention_days: int) -> str:
    """Write `tempo.yml`.

    Blocks lie in S3, the write-ahead log on the file system of the instance.

    Args:
        topology: What runs where.
        bucket: Bucket of the blocks.
        retention_days: Days that traces are kept.
    """
    ring = {"kvstore": {"store": "memberlist"}}
    document: dict[str, Any] = {
        # Several of "all" would each know their own traces only. The other is gone in Tempo 3.
        "target": "all" if topology.tempo_replicas == 1 else "scalable-single-binary",
        "server": {"http_listen_port": TEMPO_PORT, "grpc_listen_port": GRPC_PORT, "log_format": "json"},
        "distributor": {
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{OTLP_GRPC_PORT}"}}}},
            "ring": {**ring, "instance_interface_names": TASK_INTERFACES},
        },
        "ingester": {
            "lifecycler": {
                "ring": {**ring, "replication_factor": topology.tempo_replicas},
                "interface_names": TASK_INTERFACES,
            }
        },
        "querier": {"frontend_worker": {"frontend_address": topology.address("tempo", GRPC_PORT)}},
        "compactor": {
            "ring": {**ring, "instance_interface_names": TASK_INTERFACES},
            "compaction": {"block_retention": f"{24 * retention_days}h"},
        },
        "memberlist": {
            "bind_port": MEMBERLIST_PORT,
            "join_members": [f"dns+{topology.address('tempo', MEMBERLIST_PORT)}"],
            # The first instance is alone at first.
            "abort_if_cluster_join_fails": False,
            "rejoin_interval": "60s",
        },
        "storage": {
            "trace": {
                "backend": "s3",
                "s3": {
                    "bucket": bucket,
                    "endpoint": f"s3.{topology.region}.amazonaws.com",
                    "region": topology.region,
                },
                "wal": {"path": f"{TEMPO_PATH}/wal"},
            }
        },
        "usage_report": {"reporting_enabled": False},
    }
    return to_yaml(document)
