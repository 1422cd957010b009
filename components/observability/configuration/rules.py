"""Alert rules on what Prometheus measures: services as their callers see them, and the observability itself.

What AWS measures (database, cache, load balancers, CDN, failover, running tasks) has CloudWatch alarms, which
its own components create: they go off whatever becomes of Prometheus.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .documents import to_yaml

# Series that Alloy makes of spans.
CALLS = "traces_span_metrics_calls_total"
SECONDS = "traces_span_metrics_duration_seconds_bucket"
SERVER = 'span_kind="SPAN_KIND_SERVER"'
FAILED = 'status_code="STATUS_CODE_ERROR"'
HEARTBEAT = "MetricsArrive"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert rule.

    Attributes:
        name: Its name, unique.
        expression: PromQL; each series of its result is an alert.
        minutes: Minutes for which it has to hold.
        severity: `page` when somebody has to get up, `ticket` when it can wait.
        summary: What it means, in a line.
        description: What to do.
    """

    name: str
    expression: str
    minutes: int
    severity: Literal["page", "ticket"]
    summary: str
    description: str

    def document(self) -> dict[str, Any]:
        """Write the rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": f"{self.minutes}m",
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.description},
        }


@dataclass(frozen=True, kw_only=True)
class Objective:
    """Share of the requests that have to succeed.

    Attributes:
        percent: The share, over 28 days.
        burn_rates: How many times too fast the allowed failures may be used up, by the window in which that
            is measured. Google's "Site Reliability Workbook", chapter 5, has them for 30 days: 2 percent of
            a month's failures in an hour, 5 percent in six.
    """

    percent: float = 99.9
    burn_rates: Mapping[str, float] = field(default_factory=lambda: {"1h": 13.44, "6h": 5.6})

    @property
    def allowed(self) -> float:
        """Share that may fail."""
        return round(1 - self.percent / 100, 6)


def rule_files(objective: Objective | None = None) -> dict[str, str]:
    """Write the rules, by name of the file."""
    objective = objective or Objective()
    groups = {
        "services": [*_recorded(objective), *(each.document() for each in service_alerts(objective))],
        "observability": [each.document() for each in observability_alerts()],
    }
    return {
        name: to_yaml({"groups": [{"name": name, "interval": "30s", "rules": rules}]})
        for name, rules in groups.items()
    }


def _recorded(objective: Objective) -> list[dict[str, Any]]:
    """Calculate the share of failed requests once for each window that rules and dashboards look at."""
    windows = sorted({*objective.burn_rates, *map(_short, objective.burn_rates)})
    return [
        {
            "record": f"service:failures:ratio_rate{window}",
            "expr": f"sum by (service_name) (rate({CALLS}{{{SERVER}, {FAILED}}}[{window}]))"
            f" / sum by (service_name) (rate({CALLS}{{{SERVER}}}[{window}]))",
        }
        for window in windows
    ]


def _short(window: str) -> str:
    """Tell the window that shows whether it still goes on: a twelfth."""
    return {"1h": "5m", "6h": "30m"}[window]


def service_alerts(objective: Objective) -> list[Alert]:
    """List the alerts about the application services."""
    burns = [
        Alert(
            name=f"ServiceFailsTooOften{window}",
            expression=(
                f"service:failures:ratio_rate{window} > {round(rate * objective.allowed, 6):g}"
                f" and service:failures:ratio_rate{_short(window)} > {round(rate * objective.allowed, 6):g}"
            ),
            minutes=2,
            severity="page",
            summary="{{ $labels.service_name }} fails {{ $value | humanizePercentage }} of its requests",
            description=f"At this rate, {rate:g} times what {objective.percent:g} percent allow, a month's "
            "failures are used up in days. See the service's dashboard, then its traces with errors.",
        )
        for window, rate in objective.burn_rates.items()
    ]
    return [
        *burns,
        Alert(
            name="ServiceIsSlow",
            expression=(
                f"histogram_quantile(0.95, sum by (service_name, le) (rate({SECONDS}{{{SERVER}}}[5m]))) > 1"
            ),
            minutes=10,
            severity="ticket",
            summary="{{ $labels.service_name }} takes {{ $value | humanizeDuration }} for 1 request in 20",
            description="See its dashboard for the slow operations, then their traces.",
        ),
        Alert(
            name="TargetDown",
            expression="avg by (job) (up) < 1",
            minutes=5,
            severity="ticket",
            summary="{{ $value | humanizePercentage }} of the tasks of {{ $labels.job }} can be scraped",
            description="Tasks run without answering at their metrics' port and path: see the service's tags "
            "prometheus.io/... and its security group.",
        ),
    ]


def observability_alerts() -> list[Alert]:
    """List the alerts about what everything else is watched with."""
    return [
        Alert(
            name="NoTargets",
            expression='absent(up{job=~"svc-.+|mpac-.+"})',
            minutes=10,
            severity="page",
            summary="Prometheus finds no application service",
            description="Its discovery fails: see its log for refused calls of ECS.",
        ),
        Alert(
            name="DiscoveryFails",
            expression="rate(prometheus_sd_refresh_failures_total[10m]) > 0",
            minutes=15,
            severity="ticket",
            summary="{{ $labels.job }} cannot list the tasks",
            description="New tasks are not scraped: see its log for refused calls of ECS.",
        ),
        Alert(
            name="RuleEvaluationFails",
            expression="rate(prometheus_rule_evaluation_failures_total[5m]) > 0",
            minutes=5,
            severity="page",
            summary="{{ $labels.job }} cannot evaluate {{ $labels.rule_group }}",
            description="Alerts of the group do not go off: see its log.",
        ),
        Alert(
            name="ConfigurationNotLoaded",
            expression="prometheus_config_last_reload_successful == 0",
            minutes=5,
            severity="ticket",
            summary="{{ $labels.job }} runs with an older configuration",
            description="See its log, and put the last change right.",
        ),
        Alert(
            name="StorageDamaged",
            expression=(
                "increase(prometheus_tsdb_wal_corruptions_total[1h]) > 0"
                " or increase(prometheus_tsdb_compactions_failed_total[1h]) > 0"
            ),
            minutes=5,
            severity="ticket",
            summary="Files of {{ $labels.job }} are damaged",
            description="Prometheus does not support EFS. Empty its directory and deploy it again: the other "
            "instance and the managed workspace have the samples.",
        ),
        Alert(
            name="RemoteWriteBehind",
            expression=(
                "max by (job) (prometheus_remote_storage_highest_timestamp_in_seconds)"
                " - max by (job) (prometheus_remote_storage_queue_highest_sent_timestamp_seconds) > 300"
            ),
            minutes=10,
            severity="ticket",
            summary="{{ $labels.job }} is {{ $value | humanizeDuration }} behind with the workspace",
            description="See its log for refused or throttled writes.",
        ),
        Alert(
            name="TelemetryRefused",
            expression=_any_rate("otelcol_receiver_refused_{}_total"),
            minutes=10,
            severity="ticket",
            summary="Alloy on {{ $labels.instance }} has no memory for what services send",
            description="Raise its tasks or their memory.",
        ),
        Alert(
            name="MetricsWithoutInstance",
            expression="sum(rate(otelcol_processor_filter_datapoints_filtered_total[5m])) > 0",
            minutes=10,
            severity="ticket",
            summary="A service sends metrics without service.instance.id, which are dropped",
            description="Its tasks would write the same series. Give OTEL_RESOURCE_ATTRIBUTES of the service "
            "a service.instance.id that each task has for itself.",
        ),
        Alert(
            name="TelemetryLost",
            expression=_any_rate("otelcol_exporter_send_failed_{}_total"),
            minutes=10,
            severity="ticket",
            summary="Alloy on {{ $labels.instance }} cannot deliver to {{ $labels.exporter }}",
            description="See its log, and whether Prometheus, Loki and Tempo are up.",
        ),
        Alert(
            name="LokiFails",
            expression=(
                'sum by (route) (rate(loki_request_duration_seconds_count{status_code=~"5.."}[5m]))'
                " / sum by (route) (rate(loki_request_duration_seconds_count[5m])) > 0.05"
            ),
            minutes=10,
            severity="ticket",
            summary="Loki fails {{ $value | humanizePercentage }} of the requests to {{ $labels.route }}",
            description="See its log, and whether two of its instances know each other at /ring.",
        ),
        Alert(
            name="TempoFails",
            expression=(
                'sum by (route) (rate(tempo_request_duration_seconds_count{status_code=~"5.."}[5m]))'
                " / sum by (route) (rate(tempo_request_duration_seconds_count[5m])) > 0.05"
            ),
            minutes=10,
            severity="ticket",
            summary="Tempo fails {{ $value | humanizePercentage }} of the requests to {{ $labels.route }}",
            description="See its log, and whether two of its instances know each other at /ingester/ring.",
        ),
        Alert(
            name="RetentionStopped",
            expression=(
                "time() - max("
                "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds) > 10800"
            ),
            minutes=30,
            severity="ticket",
            summary="Loki has not compacted for {{ $value | humanizeDuration }}",
            description="Old logs are not deleted and queries become slow: see the log of its compactor.",
        ),
    ]


def heartbeat_rules() -> str:
    """Write the alert that goes off as long as metrics arrive, and of which nobody is notified."""
    rule = {"alert": HEARTBEAT, "expr": "count(up) > 0"}
    return to_yaml({"groups": [{"name": "heartbeat", "interval": "30s", "rules": [rule]}]})


def _any_rate(name: str) -> str:
    """Tell whether any of a metric's three kinds, one for each signal, is counted up."""
    kinds = ("spans", "log_records", "metric_points")
    return " or ".join(f"rate({name.format(kind)}[5m]) > 0" for kind in kinds)
