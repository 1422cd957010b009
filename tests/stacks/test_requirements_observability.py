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
    own = re.compile(rf"obs-{program}(-\d+)?")
    return [each for name, each in named(plan, type_).items() if own.fullmatch(name)]


def volume(plan: Plan, program: str) -> Any:  # noqa: ANN401 (a document)
    (found,) = (each for each in of(plan, TASK, program)[0]["volumes"] if each["name"] == program)
    return found["efsVolumeConfiguration"]


def configuration(plan: Plan, program: str) -> Any:  # noqa: ANN401
    name = f"obs-{program}-files-{program}.yml"
    return yaml.safe_load(named(plan, "aws:s3/bucketObjectv2:BucketObjectv2")[name]["content"])


def container(plan: Plan, program: str) -> Any:  # noqa: ANN401 (a document)
    """The main container of a program's first task."""
    containers = json.loads(of(plan, TASK, program)[0]["containerDefinitions"])
    (found,) = (each for each in containers if each["name"] == program)
    return found


def environment(plan: Plan, program: str) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(plan, program)["environment"]}


def on_files(plan: Plan, program: str) -> str:
    """Path at which a program has its file system."""
    mounts = container(plan, program)["mountPoints"]
    (path,) = (each["containerPath"] for each in mounts if each["sourceVolume"] == program)
    return str(path)


@pytest.mark.parametrize(
    ("program", "image"),
    [
        ("alloy", "grafana/alloy:v1.12.0"),
        ("prometheus", "prom/prometheus:v3.8.0"),
        ("loki", "grafana/loki:3.6.0"),
        ("tempo", "grafana/tempo:2.9.0"),
        ("grafana", "grafana/grafana:12.3.0"),
    ],
)
def test_image(prod: Plan, program: str, image: str) -> None:
    # Through the cache of Docker Hub.
    assert container(prod, program)["image"].split("/", 2)[2] == image


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


def test_programs_are_spread_over_the_zones(prod: Plan) -> None:
    """A replica that is a service of its own stays in a zone, and another replica in another; one moves."""
    for program in PROGRAMS:
        services = [name for name in named(prod, SERVICE) if name.split("-")[:2] == ["obs", program]]
        zones = [
            {
                subnet.rpartition("-")[2]
                for type_, subnet in sources(prod, SERVICE, name, "networkConfiguration")
                if type_ == "aws:ec2/subnet:Subnet"
            }
            for name in services
        ]
        assert all(len(each) == (1 if len(services) > 1 else 3) for each in zones), program
        assert len(set[str]().union(*zones)) == (len(services) if len(services) > 1 else 3), program


def test_services_carry_the_tag_that_prometheus_looks_for(prod: Plan) -> None:
    services = named(prod, SERVICE)
    for name in ("svc-portal", "svc-smarttab", "mpac-pgw", "obs-alloy"):
        assert services[name]["tags"].get("prometheus.io/scrape") == "true"


@pytest.mark.parametrize("service", ["svc-portal", "svc-smarttab", "mpac-pgw"])
def test_services_speak_grpc_to_the_port_of_grpc(prod: Plan, service: str) -> None:
    (container,) = json.loads(named(prod, TASK)[service]["containerDefinitions"])
    environment = {each["name"]: each["value"] for each in container["environment"]}
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://alloy.cluster.prod.mpac.internal:4317"
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
    text = named(prod, "aws:s3/bucketObjectv2:BucketObjectv2")["obs-alloy-files-config.alloy"]["content"]
    pipeline = text.partition('otelcol.processor.batch "services"')[2].partition("\n}\n")[0]
    handed = dict(re.findall(r"(\w+) += \[([\w.]*)", pipeline))
    assert handed == {
        "metrics": "otelcol.exporter.otlphttp.prometheus_0.input",
        "logs": "otelcol.exporter.otlphttp.loki.input",
        "traces": "otelcol.exporter.otlp.tempo.input",
    }


@pytest.mark.parametrize("program", WITH_FILES)
def test_file_system(prod: Plan, program: str) -> None:
    assert named(prod, FILE_SYSTEM)[f"obs-{program}"]["creationToken"] == f"mpac-prod-obs-{program}"


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
    assert set(targets) == {f"obs-{program}-{zone}" for program in WITH_FILES for zone in range(3)}


def test_files_are_reached_by_the_name_that_efs_gives(prod: Plan) -> None:
    """ECS makes the name of a file system's id, and the network's own DNS knows it only with both switches.

    https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html
    """
    for program in WITH_FILES:
        assert volume(prod, program)["fileSystemId"]["$unknown"].endswith(f"{FILE_SYSTEM}::obs-{program}")
    vpc = named(prod, "aws:ec2/vpc:Vpc")["vpc"]
    assert (vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (True, True)


def test_loki_keeps_its_log_index_and_cache_on_files_and_chunks_in_s3(prod: Plan) -> None:
    loki = configuration(prod, "loki")
    shipper = loki["storage_config"]["tsdb_shipper"]
    kept = [loki["ingester"]["wal"]["dir"], shipper["active_index_directory"], shipper["cache_location"]]
    assert on_files(prod, "loki") == "/mnt/loki"
    assert kept == ["/mnt/loki/wal", "/mnt/loki/index", "/mnt/loki/cache"]
    assert {each["object_store"] for each in loki["schema_config"]["configs"]} == {"s3"}


def test_tempo_keeps_its_log_on_files_and_blocks_in_s3(prod: Plan) -> None:
    trace = configuration(prod, "tempo")["storage"]["trace"]
    assert on_files(prod, "tempo") == "/mnt/tempo"
    assert (trace["wal"]["path"], trace["backend"]) == ("/mnt/tempo/wal", "s3")


def test_grafana_keeps_plugins_on_files(prod: Plan) -> None:
    assert on_files(prod, "grafana") == "/var/lib/grafana"
    assert environment(prod, "grafana")["GF_PATHS_PLUGINS"] == "/var/lib/grafana/plugins"


def test_dashboards_are_files_of_the_project_and_what_people_make_is_in_the_database(prod: Plan) -> None:
    given = environment(prod, "grafana")
    assert (given["GF_DATABASE_TYPE"], given.get("GF_DATABASE_NAME")) == ("postgres", "grafana")
    provided = [
        json.loads(each["content"])
        for name, each in named(prod, "aws:s3/bucketObjectv2:BucketObjectv2").items()
        if name.startswith("obs-grafana-files-") and name.endswith(".json")
    ]
    assert provided
    assert all(each["panels"] for each in provided)


def test_files_are_reached_over_tls(prod: Plan) -> None:
    assert volume(prod, "prometheus")["transitEncryption"] == "ENABLED"


def test_files_are_reached_with_the_role_of_the_task(prod: Plan) -> None:
    assert volume(prod, "prometheus")["authorizationConfig"]["iam"] == "ENABLED"


def test_a_writer_has_a_directory_of_its_own(prod: Plan) -> None:
    points = named(prod, "aws:efs/accessPoint:AccessPoint")
    assert points["obs-prometheus-prometheus-0"]["rootDirectory"]["path"] == "/prometheus-0"


def test_metrics_are_kept_for_14_days(prod: Plan) -> None:
    assert configuration(prod, "prometheus")["storage"]["tsdb"]["retention"]["time"] == "14d"


def test_logs_are_kept_for_14_days(prod: Plan) -> None:
    assert configuration(prod, "loki")["limits_config"]["retention_period"] == f"{14 * 24}h"


def test_traces_are_kept_for_7_days(prod: Plan) -> None:
    assert configuration(prod, "tempo")["compactor"]["compaction"]["block_retention"] == f"{7 * 24}h"
