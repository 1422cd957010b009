"""Alert rules: tried by Prometheus's own tester where there is one."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability.configuration.rules import (
    Objective,
    heartbeat_rules,
    observability_alerts,
    rule_files,
    service_alerts,
)

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool, so rules are not evaluated: run `make programs`"
)
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
    (
        "RemoteWriteBehind",
        [
            series("prometheus_remote_storage_highest_timestamp_in_seconds", "1000x30", job="prometheus-0"),
            series(
                "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
                "600x30",
                job="prometheus-0",
                remote_name="1",
            ),
        ],
        "15m",
        [{"job": "prometheus-0", "severity": "ticket"}],
    ),
    (
        "TelemetryRefused",
        [series("otelcol_receiver_refused_spans_total", "0+1x30", instance="a")],
        "20m",
        [{"instance": "a", "severity": "ticket"}],
    ),
    (
        "TelemetryLost",
        [series("otelcol_exporter_send_failed_log_records_total", "0+1x30", instance="a", exporter="loki")],
        "20m",
        [{"instance": "a", "exporter": "loki", "severity": "ticket"}],
    ),
    (
        "LokiFails",
        [
            series("loki_request_duration_seconds_count", "0+9x30", route="push", status_code="204"),
            series("loki_request_duration_seconds_count", "0+1x30", route="push", status_code="500"),
        ],
        "20m",
        [{"route": "push", "severity": "ticket"}],
    ),
]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = []
    for name, text in {**rule_files(), "heartbeat": heartbeat_rules()}.items():
        (tmp_path / f"{name}.yml").write_text(text)
        paths.append(f"{name}.yml")
    return paths


@needs_promtool
def test_rules_are_what_prometheus_reads(files: list[str], tmp_path: Path) -> None:
    checked = promtool("check", "rules", "--lint=all", *(str(tmp_path / name) for name in files))
    assert checked.returncode == 0, checked.stderr


@needs_promtool
@pytest.mark.parametrize("case", CASES, ids=[f"{alert} {minute}" for alert, _, minute, _ in CASES])
def test_an_alert_goes_off_when_it_should(files: list[str], tmp_path: Path, case: Case) -> None:
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
    result = promtool("test", "rules", str(tmp_path / "test.yml"))
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_says_what_to_do() -> None:
    alerts = [*service_alerts(Objective()), *observability_alerts()]
    assert len({alert.name for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert alert.summary
        assert alert.description.endswith(".")


def test_the_objective_is_999_in_1000() -> None:
    objective = Objective()
    assert (objective.percent, objective.allowed) == (99.9, 0.001)
    # 2 percent of 28 days' failures in an hour, 5 in six: Site Reliability Workbook, chapter 5.
    hours = 28 * 24
    assert objective.burn_rates == {"1h": 0.02 * hours, "6h": pytest.approx(0.05 * hours / 6)}
