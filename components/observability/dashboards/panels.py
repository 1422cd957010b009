"""Panels and dashboards, as Grafana loads them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..configuration.grafana import CLOUDWATCH, LOKI, PROMETHEUS

# Grafana's grid is 24 wide.
COLUMNS, WIDTH, HEIGHT = 3, 8, 8
# The schema of Grafana 12's classic dashboards; older ones are migrated when they are opened.
SCHEMA_VERSION = 41


@dataclass(frozen=True, kw_only=True)
class CloudWatchSearch:
    """Metrics of CloudWatch that have certain words in their dimensions.

    Attributes:
        namespace: Such as `AWS/RDS`.
        dimensions: Names of the dimensions, all of them.
        metric: Name of the metric.
        statistic: `Average`, `Sum`, `Minimum`, `Maximum` or a percentile such as `p95`.
        words: Words of dimensions' values: `mpac prod` finds `mpac-prod-replica-1`. None finds all.
        region: Region of the metrics when it is not the stack's.
    """

    namespace: str
    dimensions: Sequence[str]
    metric: str
    statistic: str = "Average"
    words: str = ""
    region: str = "default"

    @property
    def expression(self) -> str:
        """The search in CloudWatch's metric math."""
        schema = ",".join([self.namespace, *self.dimensions])
        terms = " ".join(filter(None, [f'MetricName="{self.metric}"', self.words]))
        return f"SEARCH('{{{schema}}} {terms}', '{self.statistic}', 60)"

    def target(self, ref_id: str) -> dict[str, Any]:
        """Write the query."""
        return {
            "refId": ref_id,
            "datasource": {"type": "cloudwatch", "uid": CLOUDWATCH},
            "queryMode": "Metrics",
            # A search (0), written as an expression (1).
            "metricQueryType": 0,
            "metricEditorMode": 1,
            "region": self.region,
            "namespace": self.namespace,
            "expression": self.expression,
            "id": "",
            "statistic": self.statistic,
            "period": "60",
        }


@dataclass(frozen=True, kw_only=True)
class PromQl:
    """A query of Prometheus.

    Attributes:
        expression: PromQL.
        legend: Name of each series, with `{{label}}`.
    """

    expression: str
    legend: str = ""

    def target(self, ref_id: str) -> dict[str, Any]:
        """Write the query."""
        return {
            "refId": ref_id,
            # The variable lets a reader change to another instance.
            "datasource": {"type": "prometheus", "uid": "${prometheus}"},
            "expr": self.expression,
            "legendFormat": self.legend or "__auto",
            "range": True,
        }


@dataclass(frozen=True, kw_only=True)
class LogQl:
    """A query of Loki.

    Attributes:
        expression: LogQL.
    """

    expression: str

    def target(self, ref_id: str) -> dict[str, Any]:
        """Write the query."""
        return {
            "refId": ref_id,
            "datasource": {"type": "loki", "uid": LOKI},
            "expr": self.expression,
            "queryType": "range",
        }


Query = CloudWatchSearch | PromQl | LogQl


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A graph.

    Attributes:
        title: What it shows.
        queries: Where that comes from.
        unit: Unit of Grafana, such as `short`, `percent` (of 100), `percentunit` (of 1), `s` or `bytes`.
        limit: Where a line is drawn: a limit that should not be reached.
        description: What to think of it.
        kind: Grafana's panel.
    """

    title: str
    queries: Sequence[Query]
    unit: str = "short"
    limit: float | None = None
    description: str = ""
    kind: str = "timeseries"


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A page of panels.

    Attributes:
        name: Part of its address, which stays.
        title: What it is about.
        panels: Panels, in reading order, three to a row.
    """

    name: str
    title: str
    panels: Sequence[Panel]

    def to_json(self) -> str:
        """Write the dashboard as Grafana's file provider reads it."""
        document = {
            "uid": f"mpac-{self.name}",
            "title": self.title,
            "tags": ["mpac"],
            "timezone": "utc",
            "editable": False,
            "schemaVersion": SCHEMA_VERSION,
            "refresh": "1m",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [_prometheus_variable()]},
            "panels": [_panel(index, panel) for index, panel in enumerate(self.panels)],
        }
        return json.dumps(document, indent=1)


def _prometheus_variable() -> dict[str, Any]:
    return {
        "name": "prometheus",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {"text": PROMETHEUS, "value": PROMETHEUS},
    }


def _panel(index: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(index, COLUMNS)
    targets = [query.target(chr(ord("A") + number)) for number, query in enumerate(panel.queries)]
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    return {
        "id": index + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "datasource": targets[0]["datasource"],
        "targets": targets,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "custom": {"thresholdsStyle": {"mode": "off" if panel.limit is None else "line"}},
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
    }
