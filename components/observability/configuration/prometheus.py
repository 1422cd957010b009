"""Configuration of Prometheus."""

from typing import Any

from .documents import to_yaml
from .topology import CONFIGURATION_PATH, REPLICA, Topology

SERVICE_TAG = "__meta_ecs_tag_service_prometheus_io_"
# Instances of Prometheus receive the same samples; of each pair the workspace keeps one:
# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-ingest-dedupe.html
REPLICA_LABEL = "__replica__"


def prometheus_configuration(topology: Topology, *, remote_write_url: str | None = None) -> str:
    """Write `prometheus.yml`.

    Args:
        topology: What runs where.
        remote_write_url: Where samples are copied to, signed with the task's role; None for nowhere.
    """
    settings, context = topology.settings.prometheus, topology.context
    document: dict[str, Any] = {
        "global": {
            "scrape_interval": "30s",
            "evaluation_interval": "30s",
            # Alloy's own metrics have dots in their names when they are asked for as they are, as Prometheus
            # 3 does (https://github.com/grafana/alloy/issues/6669). Rules would not find them, and the
            # workspace answers every request that has one of them with an error:
            # https://github.com/aws/amazon-managed-service-for-prometheus-roadmap/issues/42
            "metric_name_escaping_scheme": "underscores",
            "external_labels": {"cluster": topology.cluster, REPLICA_LABEL: REPLICA},
        },
        "storage": {
            # Alloy sends what it could not deliver at once a little late.
            "tsdb": {"retention": {"time": f"{settings.retention_days}d"}, "out_of_order_time_window": "10m"}
        },
        # The name of a service is the label job.
        "otlp": {"promote_resource_attributes": ["service.version"]},
        "rule_files": [f"{CONFIGURATION_PATH}/rules/*.yml"],
        # One job for all: up to 3.9.1, all of this kind share the settings of the last.
        "scrape_configs": [_ecs_job(topology)],
    }
    if remote_write_url:
        document["remote_write"] = [
            {
                "url": remote_write_url,
                "sigv4": {"region": context.region},
                "queue_config": {"max_samples_per_send": 1000, "max_shards": 50, "capacity": 2500},
            }
        ]
    return to_yaml(document)


def _ecs_job(topology: Topology) -> dict[str, Any]:
    """Find every task of a service with the tag `prometheus.io/scrape=true`."""
    context = topology.context
    return {
        "job_name": "ecs",
        "aws_sd_configs": [
            {
                "role": "ecs",
                "region": context.region,
                # Its replies are put together by ARN; a name would be found, and its tasks not.
                "clusters": [topology.cluster_arn],
                "refresh_interval": "60s",
            }
        ],
        "relabel_configs": [
            _keep(f"{SERVICE_TAG}scrape", "true"),
            _keep("__meta_ecs_last_status", "RUNNING"),
            {
                "source_labels": ["__meta_ecs_ip_address", f"{SERVICE_TAG}port"],
                "regex": "(.+);([0-9]+)",
                "replacement": "$1:$2",
                "target_label": "__address__",
            },
            _copy(f"{SERVICE_TAG}path", "__metrics_path__", "(/.*)"),
            _copy("__meta_ecs_service", "job", context.name("(.+)")),
            _copy("__meta_ecs_task_arn", "instance", ".*/(.+)"),
            _copy("__meta_ecs_availability_zone", "zone"),
        ],
    }


def _keep(source: str, regex: str) -> dict[str, Any]:
    return {"action": "keep", "source_labels": [source], "regex": regex}


def _copy(source: str, target: str, regex: str = "(.+)") -> dict[str, Any]:
    return {"source_labels": [source], "regex": regex, "target_label": target}
