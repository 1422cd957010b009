"""Configuration of Tempo."""

from typing import Any

from components.observability.configuration.documents import to_yaml
from components.observability.configuration.membership import memberlist
from components.observability.configuration.topology import (
    GRPC_PORT,
    OTLP_GRPC_PORT,
    REPLICA,
    TASK_INTERFACES,
    TEMPO_PATH,
    TEMPO_PORT,
    Topology,
)


def tempo_configuration(topology: Topology, *, bucket: str, retention_days: int) -> str:
    """Write `tempo.yml`.

    Blocks lie in S3, the write-ahead log on the file system of the instance, which keeps its id in every ring
    and its tokens, as Loki's does. The ring of the metrics generator and those of Kafka have no members here.

    Args:
        topology: What runs where.
        bucket: Bucket of the blocks.
        retention_days: Days that traces are kept.
    """
    kvstore = {"store": "memberlist"}
    ring = {
        "kvstore": kvstore,
        "instance_id": REPLICA,
        "instance_interface_names": TASK_INTERFACES,
    }
    document: dict[str, Any] = {
        # Several of "all" would each know their own traces only. The other is gone in Tempo 3.
        "target": "all" if topology.tempo_replicas == 1 else "scalable-single-binary",
        "server": {"http_listen_port": TEMPO_PORT, "grpc_listen_port": GRPC_PORT, "log_format": "json"},
        "distributor": {
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{OTLP_GRPC_PORT}"}}}},
            "ring": ring,
        },
        "ingester": {
            "lifecycler": {
                "ring": {"kvstore": kvstore, "replication_factor": topology.tempo_replicas},
                # Without a tag its name is that of the field: `LifecyclerConfig` of dskit.
                "id": REPLICA,
                "tokens_file_path": f"{TEMPO_PATH}/ingester.tokens",
                "interface_names": TASK_INTERFACES,
            }
        },
        "querier": {"frontend_worker": {"frontend_address": topology.address("tempo", GRPC_PORT)}},
        "compactor": {
            "ring": ring,
            "compaction": {"block_retention": f"{24 * retention_days}h"},
        },
        "memberlist": memberlist(topology, "tempo"),
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
