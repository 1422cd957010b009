"""The deployed observability services hold the requirement's figures: "Observability Services" and "EFS"."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.cloud.conftest import Aws, Client, Place

# CPU units and MiB of a task, by stack.
SEED = {
    "alloy": ("1024", "2048"),
    "prometheus": ("2048", "4096"),
    "loki": ("2048", "4096"),
    "tempo": ("2048", "4096"),
    "grafana": ("1024", "2048"),
}
SIZES = {
    "prod": SEED,
    "dr": SEED,
    "staging": {
        "alloy": ("256", "1024"),
        "prometheus": ("512", "2048"),
        "loki": ("512", "2048"),
        "tempo": ("512", "2048"),
        "grafana": ("256", "1024"),
    },
}
# Services with their tasks.
TASKS = {
    "prod": {"alloy": 2, "grafana": 2}
    | dict.fromkeys(("prometheus-0", "prometheus-1"), 1)
    | {f"{name}-{number}": 1 for name in ("loki", "tempo") for number in range(3)},
    "dr": {"alloy": 2, "grafana": 1, "prometheus-0": 1, "prometheus-1": 1, "loki-0": 1, "tempo-0": 1},
    "staging": {"alloy": 1, "grafana": 1, "prometheus-0": 1, "loki-0": 1, "tempo-0": 1},
}
IMAGES = {
    "alloy": "grafana/alloy:v1.12.0",
    "prometheus": "prom/prometheus:v3.8.0",
    "loki": "grafana/loki:3.6.0",
    "tempo": "grafana/tempo:2.9.0",
    "grafana": "grafana/grafana:12.3.0",
}
PATHS = {
    "prometheus": "/mnt/prometheus",
    "loki": "/mnt/loki",
    "tempo": "/mnt/tempo",
    "grafana": "/var/lib/grafana",
}


@pytest.fixture
def efs(aws: Aws, stack: Place) -> Client:
    return aws("efs", stack.region)


@pytest.fixture
def file_systems(efs: Client, stack: Place) -> dict[str, dict[str, Any]]:
    """The file systems of the stack, by program."""
    found = {each["Name"]: each for each in efs.describe_file_systems()["FileSystems"]}
    return {name: found[f"mpac-{stack.name}-obs-{name}"] for name in PATHS}


@pytest.fixture
def services(aws: Aws, stack: Place) -> dict[str, dict[str, Any]]:
    """The observability services, by name."""
    ecs, cluster = aws("ecs", stack.region), f"mpac-{stack.name}-cluster"
    arns = [
        arn
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster)
        for arn in page["serviceArns"]
    ]
    found: list[dict[str, Any]] = []
    for start in range(0, len(arns), 10):
        batch = arns[start : start + 10]
        found += ecs.describe_services(cluster=cluster, services=batch, include=["TAGS"])["services"]
    names = {each["serviceName"].removeprefix(f"mpac-{stack.name}-obs-"): each for each in found}
    return {name: each for name, each in names.items() if name.partition("-")[0] in SEED}


def task_of(aws: Aws, stack: Place, service: Mapping[str, Any]) -> dict[str, Any]:
    answer = aws("ecs", stack.region).describe_task_definition(taskDefinition=service["taskDefinition"])
    return dict(answer["taskDefinition"])


def test_services_run_as_the_table_says(aws: Aws, stack: Place, services: dict[str, dict[str, Any]]) -> None:
    assert {name: each["desiredCount"] for name, each in services.items()} == TASKS[stack.name]
    for name, service in services.items():
        program = name.partition("-")[0]
        task = task_of(aws, stack, service)
        assert (task["cpu"], task["memory"]) == SIZES[stack.name][program]
        main = next(each for each in task["containerDefinitions"] if each["name"] == program)
        # A protected stack pulls through its cache of Docker Hub.
        assert main["image"].endswith(IMAGES[program])
        assert ("mpac-" in main["image"]) == (stack.name != "staging")
        assert main["readonlyRootFilesystem"] is True


def test_single_writers_stop_before_their_successors_start(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        deployment = service["deploymentConfiguration"]
        limits = (deployment["minimumHealthyPercent"], deployment["maximumPercent"])
        assert limits == ((100, 200) if name in ("alloy", "grafana") else (0, 100))


def test_prometheus_finds_them_by_tag(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        tags = {tag["key"]: tag["value"] for tag in service["tags"]}
        assert tags.get("prometheus.io/scrape") == (None if name == "grafana" else "true")


def test_file_systems_are_as_required(efs: Client, file_systems: dict[str, dict[str, Any]]) -> None:
    for system in file_systems.values():
        assert system["PerformanceMode"] == "generalPurpose"
        assert system["ThroughputMode"] == "elastic"
        assert system["Encrypted"] is True
        assert system["KmsKeyId"].startswith("arn:aws:kms:")
        assert {"Key": "Backup", "Value": "daily"} in system["Tags"]
        identity = system["FileSystemId"]
        policies = efs.describe_lifecycle_configuration(FileSystemId=identity)["LifecyclePolicies"]
        assert {"TransitionToIA": "AFTER_30_DAYS"} in policies
        assert efs.describe_backup_policy(FileSystemId=identity)["BackupPolicy"]["Status"] == "DISABLED"


def test_mounts_need_tls_and_an_access_point(efs: Client, file_systems: dict[str, dict[str, Any]]) -> None:
    for system in file_systems.values():
        policy = json.loads(efs.describe_file_system_policy(FileSystemId=system["FileSystemId"])["Policy"])
        assert {each["Sid"] for each in policy["Statement"] if each["Effect"] == "Deny"} == {
            "RefusePlainText",
            "RefuseRoot",
            "RefuseMountsWithoutAccessPoint",
        }


def test_each_zone_of_the_network_has_a_mount_target(
    efs: Client, stack: Place, file_systems: dict[str, dict[str, Any]]
) -> None:
    for system in file_systems.values():
        targets = efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]
        zones = {each["AvailabilityZoneName"] for each in targets}
        assert zones == {f"{stack.region}{zone}" for zone in ("abc" if stack.name == "dr" else "acd")}


def test_tasks_mount_them_with_tls_and_their_role(
    aws: Aws, efs: Client, stack: Place, services: dict[str, dict[str, Any]]
) -> None:
    for name, service in services.items():
        program = name.partition("-")[0]
        if program == "alloy":
            continue
        task = task_of(aws, stack, service)
        volume = next(each for each in task["volumes"] if each["name"] == program)["efsVolumeConfiguration"]
        assert volume["transitEncryption"] == "ENABLED"
        assert volume["authorizationConfig"]["iam"] == "ENABLED"
        (point,) = efs.describe_access_points(AccessPointId=volume["authorizationConfig"]["accessPointId"])[
            "AccessPoints"
        ]
        assert point["RootDirectory"]["Path"] == f"/{name}"
        main = next(each for each in task["containerDefinitions"] if each["name"] == program)
        assert PATHS[program] in {each["containerPath"] for each in main["mountPoints"]}


def test_retention_is_what_is_required(aws: Aws, stack: Place, services: dict[str, dict[str, Any]]) -> None:
    s3 = aws("s3", stack.region)

    def configuration(service: str, path: str) -> dict[str, Any]:
        """Read the file that the running task was given."""
        task = task_of(aws, stack, services[service])
        copier = next(each for each in task["containerDefinitions"] if each["name"] == "configuration")
        bucket, _, prefix = next(word for word in copier["command"] if word.startswith("s3://"))[
            5:
        ].partition("/")
        body = s3.get_object(Bucket=bucket, Key=prefix + path)["Body"].read()
        return dict(yaml.safe_load(body))

    assert configuration("prometheus-0", "prometheus.yml")["storage"]["tsdb"]["retention"] == {"time": "14d"}
    assert configuration("loki-0", "loki.yml")["limits_config"]["retention_period"] == "336h"
    assert configuration("tempo-0", "tempo.yml")["compactor"]["compaction"]["block_retention"] == "168h"


def test_names_answer_within_the_network(aws: Aws, stack: Place) -> None:
    discovery = aws("servicediscovery", stack.region)
    (namespace,) = [
        each
        for each in discovery.list_namespaces()["Namespaces"]
        if each["Name"] == f"cluster.{stack.name}.mpac.internal"
    ]
    names = {
        each["Name"]
        for each in discovery.list_services()["Services"]
        if discovery.get_service(Id=each["Id"])["Service"]["DnsConfig"]["NamespaceId"] == namespace["Id"]
    }
    assert {"alloy", "prometheus-0", "loki", "tempo", "grafana"} <= names


@pytest.mark.parametrize("managed", ["prod", "dr"])
def test_metrics_outlive_the_tasks(aws: Aws, managed: str) -> None:
    amp = aws("amp", {"prod": "ap-northeast-1", "dr": "ap-northeast-3"}[managed])
    (workspace,) = amp.list_workspaces(alias=f"mpac-{managed}-obs-metrics")["workspaces"]
    identity = workspace["workspaceId"]
    rules = amp.list_rule_groups_namespaces(workspaceId=identity)["ruleGroupsNamespaces"]
    assert {each["name"] for each in rules} == {"heartbeat", "observability", "services"}
    definition = amp.describe_alert_manager_definition(workspaceId=identity)["alertManagerDefinition"]
    assert f"mpac-{managed}-alarms".encode() in definition["data"]
