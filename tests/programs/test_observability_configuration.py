"""Configuration files of the observability services, by the programs that read them.

Debian's Prometheus is 2.53, to which the retention in the file, the discovery of ECS's tasks and the escaping
of names are unknown: it reads the rest. What is deployed, and Loki, take long to compile: `make nightly`.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from components.observability.configuration.alert_manager import alert_manager_configuration
from components.observability.configuration.loki import loki_configuration
from components.observability.configuration.prometheus import prometheus_configuration
from components.observability.configuration.rules import rule_files
from tests.observability import topology
from tests.programs.conftest import Program
from tests.programs.place import compiled

TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"
WORKSPACE = "https://aps-workspaces.ap-northeast-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
PORTAL = {
    "__meta_ecs_ip_address": "10.0.1.5",
    "__meta_ecs_service": "mpac-prod-svc-portal",
    "__meta_ecs_task_arn": "arn:aws:ecs:ap-northeast-1:123456789012:task/mpac-prod/0123abcd",
    "__meta_ecs_availability_zone": "ap-northeast-1a",
    "__meta_ecs_last_status": "RUNNING",
    "__meta_ecs_tag_service_prometheus_io_scrape": "true",
    "__meta_ecs_tag_service_prometheus_io_port": "9464",
    "__meta_ecs_tag_service_prometheus_io_path": "/actuator/prometheus",
}


def run(path: str, *arguments: str) -> str:
    """Run a program; what it refuses fails the test."""
    ran = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def prometheus(tmp_path: Path) -> str:
    """The text of its file, with its rules beside it."""
    rules = tmp_path / "rules"
    rules.mkdir()
    for name, content in rule_files().items():
        (rules / f"{name}.yml").write_text(content)
    text = prometheus_configuration(topology(), remote_write_url=WORKSPACE)
    return text.replace("/etc/mpac/", f"{tmp_path}/")


@pytest.fixture
def older(prometheus: str, tmp_path: Path) -> Path:
    """The file without what Prometheus 2.53 does not know, and with tasks in the place of their discovery."""
    document = yaml.safe_load(prometheus)
    del document["storage"]["tsdb"]["retention"], document["otlp"]
    del document["global"]["metric_name_escaping_scheme"]
    (job,) = document["scrape_configs"]
    del job["aws_sd_configs"]
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"__meta_ecs_last_status": "STOPPED"},
        {"__meta_ecs_tag_service_prometheus_io_scrape": ""},
    )
    job["static_configs"] = [{"targets": ["10.0.1.5"], "labels": PORTAL | change} for change in changes]
    path = tmp_path / "older.yml"
    path.write_text(yaml.safe_dump(document))
    return path


class TestPrometheus:
    def test_rules_relabelling_and_remote_write_are_read(self, program: Program, older: Path) -> None:
        assert "2 rule files found" in run(program("promtool"), "check", "config", str(older))

    def test_a_running_task_with_the_tag_is_scraped_under_its_services_name(
        self, program: Program, older: Path
    ) -> None:
        # It waits as long as that for what may yet be discovered.
        asked = ("check", "service-discovery", "--timeout=1s", str(older), "ecs")
        found = json.loads(run(program("promtool"), *asked))
        (labels,) = [each["labels"] for each in found if each["labels"]]
        assert {key: value for key, value in labels.items() if "scrape" not in key} == {
            "__address__": "10.0.1.5:9464",
            "__metrics_path__": "/actuator/prometheus",
            "__scheme__": "http",
            "job": "svc-portal",
            "instance": "0123abcd",
            "zone": "ap-northeast-1a",
        }

    @pytest.mark.nightly
    def test_the_whole_file_is_read_by_the_version_deployed(self, prometheus: str, tmp_path: Path) -> None:
        path = tmp_path / "prometheus.yml"
        path.write_text(prometheus)
        assert "2 rule files found" in run(compiled("promtool"), "check", "config", str(path))


class TestAlertmanager:
    @pytest.fixture
    def path(self, tmp_path: Path) -> str:
        document = yaml.safe_load(alert_manager_configuration(TOPIC, "ap-northeast-1"))
        path = tmp_path / "alertmanager.yml"
        path.write_text(document["alertmanager_config"])
        return str(path)

    def test_is_read(self, program: Program, path: str) -> None:
        assert "2 receivers" in run(program("amtool"), "check-config", path)

    @pytest.mark.parametrize(
        ("alert", "receiver"), [("MetricsArrive", "nobody"), ("ServiceIsSlow", "alarms")]
    )
    def test_people_hear_of_all_but_the_heartbeat(
        self, program: Program, path: str, alert: str, receiver: str
    ) -> None:
        arguments = ("config", "routes", "test", f"--config.file={path}", f"alertname={alert}")
        assert run(program("amtool"), *arguments).strip() == receiver


class TestLoki:
    @pytest.mark.nightly
    @pytest.mark.parametrize("replicas", [1, 3])
    def test_is_read(self, tmp_path: Path, replicas: Literal[1, 3]) -> None:
        path = tmp_path / "loki.yml"
        path.write_text(loki_configuration(topology(loki=replicas), bucket="mpac-loki-prod", memory_mib=4096))
        run(compiled("loki"), f"-config.file={path}", "-config.expand-env=true", "-verify-config")
