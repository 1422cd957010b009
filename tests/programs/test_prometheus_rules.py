"""Alert rules and the queries of dashboards, by Prometheus's own tester."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.configuration.rules import (
    HEARTBEAT,
    Objective,
    heartbeat_rules,
    observability_alerts,
    rule_files,
    service_alerts,
)
from components.observability.dashboards import dashboard_files

COMPACTED = "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds"
DROPPED = "otelcol_processor_filter_datapoints_filtered_total"
PORTAL = {"service_name": "svc-portal"}
Series = dict[str, str]
Case = tuple[str, list[Series], str, list[dict[str, str]]]


def labelled(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"


def series(name: str, values: str, **labels: str) -> Series:
    return {"series": name + labelled(labels), "values": values}


def requests(good: str, bad: str) -> list[Series]:
    """Requests to portal, counted every minute."""
    common = {**PORTAL, "span_kind": "SPAN_KIND_SERVER"}
    return [
        series("traces_span_metrics_calls_total", good, status_code="STATUS_CODE_UNSET", **common),
        series("traces_span_metrics_calls_total", bad, status_code="STATUS_CODE_ERROR", **common),
    ]


def slow(share_over_a_second: str) -> list[Series]:
    common = {**PORTAL, "span_kind": "SPAN_KIND_SERVER"}
    name = "traces_span_metrics_duration_seconds_bucket"
    return [
        series(name, share_over_a_second, le="1.0", **common),
        series(name, "0+100x60", le="2.0", **common),
        series(name, "0+100x60", le="+Inf", **common),
    ]


def behind(sent: int) -> list[Series]:
    """Remote writes, of which the newest sample is of second 1000."""
    name = "prometheus_remote_storage"
    return [
        series(f"{name}_highest_timestamp_in_seconds", "1000x30", job="prometheus-0"),
        series(
            f"{name}_queue_highest_sent_timestamp_seconds", f"{sent}x30", job="prometheus-0", remote_name="1"
        ),
    ]


def answers(program: str, good: str, bad: str) -> list[Series]:
    """Requests that Loki or Tempo answered, counted every minute."""
    name = f"{program}_request_duration_seconds_count"
    return [
        series(name, good, route="push", status_code="204"),
        series(name, bad, route="push", status_code="500"),
    ]


# Alert, series, minute at which it is looked at, labels of what goes off (none: nothing does).
CASES: list[Case] = [
    # 99.9 percent allow 0.1; at 13.44 times that a month's failures are used up in two days.
    (
        "ServiceFailsTooOften1h",
        requests("0+98x70", "0+2x70"),
        "65m",
        [{**PORTAL, "severity": "page"}],
    ),
    ("ServiceFailsTooOften1h", requests("0+990x70", "0+10x70"), "65m", []),
    # It is over: the last five minutes are good again.
    ("ServiceFailsTooOften1h", requests("0+98x70", "0+2x60 120x10"), "70m", []),
    (
        "ServiceFailsTooOften6h",
        requests("0+993x370", "0+7x370"),
        "365m",
        [{**PORTAL, "severity": "page"}],
    ),
    ("ServiceFailsTooOften6h", requests("0+995x370", "0+5x370"), "365m", []),
    ("ServiceIsSlow", slow("0+94x60"), "30m", [{**PORTAL, "severity": "ticket"}]),
    ("ServiceIsSlow", slow("0+96x60"), "30m", []),
    (
        "TargetDown",
        [
            series("up", "1x20", job="svc-portal", instance="a"),
            series("up", "0x20", job="svc-portal", instance="b"),
        ],
        "10m",
        [{"job": "svc-portal", "severity": "ticket"}],
    ),
    ("TargetDown", [series("up", "1x20", job="svc-portal", instance="a")], "10m", []),
    ("NoTargets", [series("up", "1x20", job="loki-0")], "15m", [{"severity": "page"}]),
    ("NoTargets", [series("up", "1x20", job="svc-portal")], "15m", []),
    ("NoTargets", [series("up", "1x20", job="mpac-pgw")], "15m", []),
    ("RemoteWriteBehind", behind(600), "15m", [{"job": "prometheus-0", "severity": "ticket"}]),
    ("RemoteWriteBehind", behind(900), "15m", []),
    *(
        case
        for kind in ("spans", "log_records", "metric_points")
        for case in (
            (
                "TelemetryRefused",
                [series(f"otelcol_receiver_refused_{kind}_total", "0+1x30", instance="a")],
                "20m",
                [{"instance": "a", "severity": "ticket"}],
            ),
            (
                "TelemetryLost",
                [
                    series(
                        f"otelcol_exporter_send_failed_{kind}_total", "0+1x30", instance="a", exporter="loki"
                    )
                ],
                "20m",
                [{"instance": "a", "exporter": "loki", "severity": "ticket"}],
            ),
        )
    ),
    ("TelemetryRefused", [series("otelcol_receiver_refused_spans_total", "7x30", instance="a")], "20m", []),
    ("MetricsWithoutInstance", [series(DROPPED, "0+1x30", instance="a")], "20m", [{"severity": "ticket"}]),
    ("MetricsWithoutInstance", [series(DROPPED, "7x30", instance="a")], "20m", []),
    ("TelemetryLost", [series("otelcol_exporter_send_failed_spans_total", "7x30", instance="a")], "20m", []),
    *(
        case
        for alert, program in (("LokiFails", "loki"), ("TempoFails", "tempo"))
        for case in (
            (alert, answers(program, "0+9x30", "0+1x30"), "20m", [{"route": "push", "severity": "ticket"}]),
            (alert, answers(program, "0+99x30", "0+1x30"), "20m", []),
            (alert, answers(program, "0+9x30", "7x30"), "20m", []),
        )
    ),
    # Compacted never, three and a half hours long; every minute; and once, an hour ago.
    ("RetentionStopped", [series(COMPACTED, "0x240")], "215m", [{"severity": "ticket"}]),
    ("RetentionStopped", [series(COMPACTED, "0+60x240")], "215m", []),
    ("RetentionStopped", [series(COMPACTED, "9300x240")], "215m", []),
    (
        "DiscoveryFails",
        [series("prometheus_sd_refresh_failures_total", "0+1x40", job="prometheus-0")],
        "30m",
        [{"job": "prometheus-0", "severity": "ticket"}],
    ),
    (
        "DiscoveryFails",
        [series("prometheus_sd_refresh_failures_total", "7x40", job="prometheus-0")],
        "30m",
        [],
    ),
    (
        "RuleEvaluationFails",
        [
            series(
                "prometheus_rule_evaluation_failures_total",
                "0+1x30",
                job="prometheus-0",
                rule_group="services",
            )
        ],
        "15m",
        [{"job": "prometheus-0", "rule_group": "services", "severity": "page"}],
    ),
    (
        "RuleEvaluationFails",
        [
            series(
                "prometheus_rule_evaluation_failures_total", "7x30", job="prometheus-0", rule_group="services"
            )
        ],
        "15m",
        [],
    ),
    (
        "ConfigurationNotLoaded",
        [series("prometheus_config_last_reload_successful", "0x20", job="prometheus-0")],
        "10m",
        [{"job": "prometheus-0", "severity": "ticket"}],
    ),
    (
        "ConfigurationNotLoaded",
        [series("prometheus_config_last_reload_successful", "1x20", job="prometheus-0")],
        "10m",
        [],
    ),
    *(
        case
        for metric in ("prometheus_tsdb_wal_corruptions_total", "prometheus_tsdb_compactions_failed_total")
        for case in (
            (
                "StorageDamaged",
                [series(metric, "0x10 1x60", job="prometheus-0")],
                "30m",
                [{"job": "prometheus-0", "severity": "ticket"}],
            ),
            ("StorageDamaged", [series(metric, "1x60", job="prometheus-0")], "30m", []),
        )
    ),
    # Goes off as long as there are metrics: that it is silent is what somebody hears of.
    (HEARTBEAT, [series("up", "1x20", job="svc-portal")], "10m", [{}]),
    (HEARTBEAT, [series("down", "1x20", job="svc-portal")], "10m", []),
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    names = []
    for name, text in {**rule_files(), "heartbeat": heartbeat_rules()}.items():
        (tmp_path / f"{name}.yml").write_text(text)
        names.append(f"{name}.yml")
    return names


def run(promtool: str, *arguments: str) -> None:
    """Run it; what it refuses fails the test."""
    ran = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_rules_are_what_prometheus_reads(promtool: str, files: list[str], tmp_path: Path) -> None:
    run(promtool, "check", "rules", "--lint=all", *(str(tmp_path / name) for name in files))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case[0]} {'goes off' if case[3] else 'is silent'}"
)
def test_an_alert_goes_off_when_it_should(
    promtool: str, files: list[str], tmp_path: Path, case: Case
) -> None:
    alert, given, minute, expected = case
    # What goes off, not what it says: of an alert's own test, annotations are a part.
    firing = f'ALERTS{{alertname="{alert}", alertstate="firing"}}'
    look = {
        "expr": f"count without (alertname, alertstate) ({firing})",
        "eval_time": minute,
        "exp_samples": [{"labels": labelled(labels), "value": 1} for labels in expected],
    }
    test: dict[str, Any] = {
        "rule_files": files,
        "tests": [{"interval": "1m", "input_series": given, "promql_expr_test": [look]}],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test))
    run(promtool, "test", "rules", str(tmp_path / "test.yml"))


def test_every_alert_is_tried_both_ways() -> None:
    alerts = {alert.name for alert in [*service_alerts(Objective()), *observability_alerts()]} | {HEARTBEAT}
    assert {alert for alert, _, _, expected in CASES if expected} == alerts
    assert {alert for alert, _, _, expected in CASES if not expected} == alerts


def test_every_query_of_a_dashboard_is_promql(promtool: str, tmp_path: Path) -> None:
    queries = [
        target["expr"]
        for text in dashboard_files("mpac prod").values()
        for panel in json.loads(text)["panels"]
        for target in panel["targets"]
        if target["datasource"]["uid"] == "${prometheus}"
    ]
    assert len(queries) > 10
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    run(promtool, "check", "rules", str(path))
