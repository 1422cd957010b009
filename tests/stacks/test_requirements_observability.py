"""Requirements: Observability Services, Elastic File System. What production's plan says, a figure a test."""

import json
import re
from typing import Any

import pytest
import yaml

from operations.plan import Plan
from tests.stacks.reading import named, sources

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
PROGRAMS = ("alloy", "prometheus", "loki", "tempo", "grafana")
WITH_FILES = ("prometheus", "loki", "tempo", "grafana")


def of(plan: Plan, type_: str, program: str) -> list[Any]:
    """Inputs of a program's resources: one, or one for each replica that has files of its own."""
    own = re.compile(rf"{program}(-\d+)?")
    return [each for name, each in named(plan, type_).items() if own.fullmatch(name)]


def volume(plan: Plan, program: str) -> Any:  # noqa: ANN401 (a document)
    (found,) = (each for each in of(plan, TASK, program)[0]["volumes"] if each["name"] == program)
    return found["efsVolumeConfiguration"]


def configuration(plan: Plan, program: str) -> Any:  # noqa: ANN401
    name = f"{program}-files-{program}.yml"
    return yaml.safe_load(named(plan, "aws:s3/bucketObjectv2:BucketObjectv2")[name]["content"])


@pytest.mark.parametrize(
    ("program", "mib"),
    [("alloy", 2048), ("prometheus", 4096), ("loki", 4096), ("tempo", 4096), ("grafana", 2048)],
)
def test_memory(prod: Plan, program: str, mib: int) -> None:
    assert {task["memory"] for task in of(prod, TASK, program)} == {str(mib)}


@pytest.mark.parametrize(
    ("program", "units"),
    [("alloy", 1024), ("prometheus", 2048), ("loki", 2048), ("tempo", 2048), ("grafana", 1024)],
)
def test_cpu(prod: Plan, program: str, units: int) -> None:
    assert {task["cpu"] for task in of(prod, TASK, program)} == {str(units)}


@pytest.mark.parametrize(
    ("program", "tasks"), [("alloy", 2), ("prometheus", 2), ("loki", 3), ("tempo", 3), ("grafana", 2)]
)
def test_replicas(prod: Plan, program: str, tasks: int) -> None:
    assert sum(service["desiredCount"] for service in of(prod, SERVICE, program)) == tasks


@pytest.mark.parametrize(
    ("program", "zones"),
    [
        ("alloy", [{"1a", "1c", "1d"}]),
        ("grafana", [{"1a", "1c", "1d"}]),
        ("prometheus", [{"1a"}, {"1c"}]),
        ("loki", [{"1a"}, {"1c"}, {"1d"}]),
        ("tempo", [{"1a"}, {"1c"}, {"1d"}]),
    ],
)
def test_programs_are_spread_over_the_zones(prod: Plan, program: str, zones: list[set[str]]) -> None:
    """A replica that is a service of its own stays in a zone, and another replica in another."""
    services = sorted(name for name in named(prod, SERVICE) if name.partition("-")[0] == program)
    found = [sources(prod, SERVICE, name, "networkConfiguration") for name in services]
    assert [
        {name.rpartition("-")[2] for type_, name in each if type_ == "aws:ec2/subnet:Subnet"}
        for each in found
    ] == zones


def test_services_carry_the_tag_that_prometheus_looks_for(prod: Plan) -> None:
    services = named(prod, SERVICE)
    for name in ("svc-portal", "svc-smarttab", "mpac-pgw", "alloy"):
        assert services[name]["tags"].get("prometheus.io/scrape") == "true"


@pytest.mark.parametrize("service", ["svc-portal", "svc-smarttab", "mpac-pgw"])
def test_services_speak_grpc_to_the_port_of_grpc(prod: Plan, service: str) -> None:
    (container,) = json.loads(named(prod, TASK)[service]["containerDefinitions"])
    environment = {each["name"]: each["value"] for each in container["environment"]}
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://alloy.prod.mpac.internal:4317"
    assert environment["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc"


def test_prometheus_finds_services_by_their_tag(prod: Plan) -> None:
    (job,) = configuration(prod, "prometheus")["scrape_configs"]
    kept = [rule for rule in job["relabel_configs"] if rule.get("action") == "keep"]
    assert {
        "action": "keep",
        "source_labels": ["__meta_ecs_tag_service_prometheus_io_scrape"],
        "regex": "true",
    } in kept


def test_alloy_hands_each_signal_to_what_stores_it(prod: Plan) -> None:
    text = named(prod, "aws:s3/bucketObjectv2:BucketObjectv2")["alloy-files-config.alloy"]["content"]
    pipeline = text.partition('otelcol.processor.batch "services"')[2].partition("\n}\n")[0]
    handed = dict(re.findall(r"(\w+) += \[([\w.]*)", pipeline))
    assert handed == {
        "metrics": "otelcol.exporter.otlphttp.prometheus_0.input",
        "logs": "otelcol.exporter.otlphttp.loki.input",
        "traces": "otelcol.exporter.otlp.tempo.input",
    }


@pytest.mark.parametrize("program", WITH_FILES)
def test_file_system(prod: Plan, program: str) -> None:
    assert named(prod, FILE_SYSTEM)[program]["creationToken"] == f"mpac-obs-{program}-prod"


@pytest.mark.parametrize(
    ("key", "figure"),
    [("performanceMode", "generalPurpose"), ("throughputMode", "elastic"), ("encrypted", True)],
)
def test_every_file_system(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401 (of any input)
    assert {each[key] for each in named(prod, FILE_SYSTEM).values()} == {figure}


def test_files_become_infrequent_access_after_30_days(prod: Plan) -> None:
    for each in named(prod, FILE_SYSTEM).values():
        assert {"transitionToIa": "AFTER_30_DAYS"} in each["lifecyclePolicies"]


def test_files_are_backed_up_daily(prod: Plan) -> None:
    (rule,) = named(prod, "aws:backup/plan:Plan")["backups-daily"]["rules"]
    assert rule["schedule"] == "cron(0 17 * * ? *)"


def test_backups_of_files_are_kept_for_14_days(prod: Plan) -> None:
    (rule,) = named(prod, "aws:backup/plan:Plan")["backups-daily"]["rules"]
    assert rule["lifecycle"]["deleteAfter"] == 14


def test_each_zone_has_a_mount_target(prod: Plan) -> None:
    targets = named(prod, "aws:efs/mountTarget:MountTarget")
    assert set(targets) == {f"{program}-{zone}" for program in WITH_FILES for zone in range(3)}


def test_files_are_reached_over_tls(prod: Plan) -> None:
    assert volume(prod, "prometheus")["transitEncryption"] == "ENABLED"


def test_files_are_reached_with_the_role_of_the_task(prod: Plan) -> None:
    assert volume(prod, "prometheus")["authorizationConfig"]["iam"] == "ENABLED"


def test_a_writer_has_a_directory_of_its_own(prod: Plan) -> None:
    points = named(prod, "aws:efs/accessPoint:AccessPoint")
    assert points["prometheus-prometheus-0"]["rootDirectory"]["path"] == "/prometheus-0"


def test_metrics_are_kept_for_14_days(prod: Plan) -> None:
    assert configuration(prod, "prometheus")["storage"]["tsdb"]["retention"]["time"] == "14d"


def test_logs_are_kept_for_14_days(prod: Plan) -> None:
    assert configuration(prod, "loki")["limits_config"]["retention_period"] == f"{14 * 24}h"


def test_traces_are_kept_for_7_days(prod: Plan) -> None:
    assert configuration(prod, "tempo")["compactor"]["compaction"]["block_retention"] == f"{7 * 24}h"
