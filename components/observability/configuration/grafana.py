"""Configuration of Grafana: data sources, and where dashboards are."""

from typing import Any

from .documents import to_yaml
from .topology import (
    CONFIGURATION_PATH,
    LOKI_PORT,
    PROMETHEUS_PORT,
    TEMPO_PORT,
    Topology,
)

PROVISIONING_PATH = f"{CONFIGURATION_PATH}/provisioning"
DASHBOARD_PATH = f"{CONFIGURATION_PATH}/dashboards"

# Dashboards name data sources by these.
PROMETHEUS = "prometheus-0"
LOKI = "loki"
TEMPO = "tempo"
CLOUDWATCH = "cloudwatch"


def grafana_files(topology: Topology) -> dict[str, str]:
    """Write what Grafana reads at its start, by path under the provisioning directory."""
    return {
        "datasources/platform.yml": data_sources(topology),
        "dashboards/platform.yml": to_yaml(
            {
                "apiVersion": 1,
                "providers": [
                    {
                        "name": "platform",
                        "folder": "Platform",
                        "type": "file",
                        # What is changed by hand would be gone after the next deployment.
                        "allowUiUpdates": False,
                        "disableDeletion": True,
                        "options": {"path": DASHBOARD_PATH},
                    }
                ],
            }
        ),
    }


def data_sources(topology: Topology) -> str:
    """Write the data sources: every instance of Prometheus, Loki, Tempo and CloudWatch."""
    prometheus = [
        _source(
            name,
            "prometheus",
            f"http://{topology.address(name, PROMETHEUS_PORT)}",
            {"httpMethod": "POST", "timeInterval": "30s", "prometheusType": "Prometheus"},
            is_default=name == PROMETHEUS,
        )
        for name in topology.prometheus_names
    ]
    loki = _source(
        LOKI,
        "loki",
        f"http://{topology.address('loki', LOKI_PORT)}",
        {
            "derivedFields": [
                {
                    "name": "Trace",
                    "matcherType": "label",
                    "matcherRegex": "trace_id",
                    # Grafana replaces variables of the environment here: the second $ keeps the first.
                    "url": "$${__value.raw}",
                    "datasourceUid": TEMPO,
                }
            ]
        },
    )
    tempo = _source(
        TEMPO,
        "tempo",
        f"http://{topology.address('tempo', TEMPO_PORT)}",
        {
            "tracesToLogsV2": {
                "datasourceUid": LOKI,
                "spanStartTimeShift": "-5m",
                "spanEndTimeShift": "5m",
                "tags": [{"key": "service.name", "value": "service_name"}],
                "filterByTraceID": True,
            },
            "tracesToMetrics": {
                "datasourceUid": PROMETHEUS,
                "tags": [{"key": "service.name", "value": "service_name"}],
                "queries": [
                    {
                        "name": "Requests",
                        "query": "sum(rate(traces_span_metrics_calls_total{$$__tags}[5m]))",
                    }
                ],
            },
        },
    )
    cloudwatch = _source(
        CLOUDWATCH, "cloudwatch", None, {"authType": "default", "defaultRegion": topology.context.region}
    )
    return to_yaml({"apiVersion": 1, "prune": True, "datasources": [*prometheus, loki, tempo, cloudwatch]})


def _source(
    uid: str, kind: str, url: str | None, options: dict[str, Any], *, is_default: bool = False
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "uid": uid,
        "name": uid,
        "type": kind,
        # The browser reaches Grafana alone.
        "access": "proxy",
        "isDefault": is_default,
        "editable": False,
        "jsonData": options,
    }
    return document | ({"url": url} if url else {})
