"""Configuration of Tempo."""

from math import ceil
from typing import Any

from ..settings import TRACE_LIVE_SECONDS
from .documents import to_yaml
from .membership import memberlist
from .topology import (
    GRPC_PORT,
    HEADROOM,
    OTLP_GRPC_PORT,
    REPLICA,
    TASK_INTERFACES,
    TEMPO_PATH,
    TEMPO_PORT,
    Topology,
)

# Tempo's defaults (modules/overrides/config.go of 2.9) of burst and traces; a small load lowers neither.
LEAST_BYTES, LEAST_TRACES = 20_000_000, 10_000


def tempo_configuration(topology: Topology, *, bucket: str) -> str:
    """Write `tempo.yml`.

    Blocks are in S3, the write-ahead log on the file system of the instance, which keeps its id in every ring
    and its tokens, as Loki's does. The ring of the metrics generator and those of Kafka have no members here.

    Args:
        topology: What runs where.
        bucket: Bucket of the blocks.
    """
    load, tempo, region = topology.settings.load, topology.settings.tempo, topology.context.region
    limit = max(LEAST_BYTES, ceil(HEADROOM * load.stored_trace_bytes_per_second))
    kvstore = {"store": "memberlist"}
    ring = {
        "kvstore": kvstore,
        "instance_id": REPLICA,
        "instance_interface_names": TASK_INTERFACES,
    }
    document: dict[str, Any] = {
        # Several of "all" would each know their own traces only. The other is gone in Tempo 3.
        "target": "all" if tempo.replicas == 1 else "scalable-single-binary",
        "server": {"http_listen_port": TEMPO_PORT, "grpc_listen_port": GRPC_PORT, "log_format": "json"},
        "distributor": {
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{OTLP_GRPC_PORT}"}}}},
            "ring": ring,
        },
        "ingester": {
            "trace_live_period": f"{TRACE_LIVE_SECONDS}s",
            "lifecycler": {
                "ring": {"kvstore": kvstore, "replication_factor": tempo.replicas},
                # Without a tag its name is that of the field: `LifecyclerConfig` of dskit.
                "id": REPLICA,
                "tokens_file_path": f"{TEMPO_PATH}/ingester.tokens",
                "interface_names": TASK_INTERFACES,
            },
        },
        "querier": {"frontend_worker": {"frontend_address": topology.address("tempo", GRPC_PORT)}},
        "compactor": {
            "ring": ring,
            "compaction": {"block_retention": f"{24 * tempo.retention_days}h"},
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
                        LEAST_TRACES, ceil(HEADROOM * load.stored_traces_per_second * TRACE_LIVE_SECONDS)
                    ),
                }
            }
        },
        "storage": {
            "trace": {
                "backend": "s3",
                "s3": {
                    "bucket": bucket,
                    "endpoint": f"s3.{region}.amazonaws.com",
                    "region": region,
                },
                "wal": {"path": f"{TEMPO_PATH}/wal"},
            }
        },
        "usage_report": {"reporting_enabled": False},
    }
    return to_yaml(document)
