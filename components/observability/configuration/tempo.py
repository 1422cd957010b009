"""Configuration of Tempo."""

from math import ceil
from typing import Any

from components.observability.args import HEADROOM, Load
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

# Tempo's defaults (modules/overrides/config.go of 2.9) of burst and traces; a small load lowers neither.
LEAST_BYTES, LEAST_TRACES = 20_000_000, 10_000


def tempo_configuration(topology: Topology, *, bucket: str, retention_days: int, load: Load) -> str:
    """Write `tempo.yml`.

    Blocks lie in S3, the write-ahead log on the file system of the instance, which keeps its id in every ring
    and its tokens, as Loki's does. The ring of the metrics generator and those of Kafka have no members here.

    Args:
        topology: What runs where.
        bucket: Bucket of the blocks.
        retention_days: Days that traces are kept.
        load: What the limits follow from.
    """
    limit = max(LEAST_BYTES, ceil(HEADROOM * load.trace_bytes_per_second))
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
            "trace_live_period": f"{load.trace_live_seconds}s",
            "lifecycler": {
                "ring": {"kvstore": kvstore, "replication_factor": topology.tempo_replicas},
                # Without a tag its name is that of the field: `LifecyclerConfig` of dskit.
                "id": REPLICA,
                "tokens_file_path": f"{TEMPO_PATH}/ingester.tokens",
                "interface_names": TASK_INTERFACES,
            },
        },
        "querier": {"frontend_worker": {"frontend_address": topology.address("tempo", GRPC_PORT)}},
        "compactor": {
            "ring": ring,
            "compaction": {"block_retention": f"{24 * retention_days}h"},
        },
        "memberlist": memberlist(topology, "tempo"),
        "overrides": {
            "defaults": {
                "ingestion": {
                    # Of each replica, which may get it all.
                    "rate_limit_bytes": limit,
                    "burst_size_bytes": limit,
                    # Of each replica, which takes every write.
                    "max_traces_per_user": max(
                        LEAST_TRACES, ceil(HEADROOM * load.traces_per_second * load.trace_live_seconds)
                    ),
                }
            }
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
