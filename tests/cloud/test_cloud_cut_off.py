"""Osaka takes over while no endpoint of Tokyo takes a connection, by the commands of `docs/failover.md`."""

import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ProxyConnectionError

from local import cloud
from tests.aws_cli import call
from tests.cloud.conftest import RUN, Aws, Client
from tests.runbooks import commands

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
DATABASE = "urn:pulumi:dr::mpac::mpac:database:PostgresCluster$aws:rds/instance:Instance::database"
INSTANCE = "mpac-dr-database"
WITHOUT_TOKYO = ["--exclude", "**mpac:network:VpcPeering**"]


@dataclass
class Osaka:
    """What became of `dr` without Tokyo.

    Attributes:
        replica: The instance before.
        refreshed: What a refresh of the whole stack made of its resources.
        updated: What the update made of each resource, by URN.
        calls: Calls that the local AWS answered meanwhile, by region, service and operation.
        refused: Connections to Tokyo that were refused meanwhile.
    """

    replica: Client
    refreshed: Counter[str]
    updated: dict[str, str]
    calls: Counter[tuple[str, str, str]]
    refused: int


@pytest.fixture(scope="module")
def osaka(
    aws: Aws, outputs: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Osaka]:
    """`dr`, taken over while Tokyo was away; as before afterwards."""
    outputs("dr")
    server = cloud.running(RUN)
    assert server
    replica = database(aws)
    before = state()
    server.control("POST", f"/regions/cut/{TOKYO}")
    try:
        with pytest.raises(ProxyConnectionError):
            aws("ec2", TOKYO).describe_vpcs()
        yield take_over(aws, server, replica, larger_settings(tmp_path_factory.mktemp("settings")))
    finally:
        server.control("POST", f"/regions/restore/{TOKYO}")
        standby_again(aws, before)


def take_over(aws: Aws, server: cloud.LocalAws, replica: Client, settings: Path) -> Osaka:
    calls, refused = calls_of(server), refused_by(server)
    refreshed = resource_changes(["refresh", "--yes", *WITHOUT_TOKYO])
    steps = {number: script.splitlines() for number, script in commands("failover", "Promote").items()}
    for command in steps[2]:
        call(aws, shlex.split(command)[1:])
    (refresh,) = steps[3]
    pulumi(shlex.split(refresh)[1:])
    (update,) = steps[4]
    updated = operations([*shlex.split(update)[1:], "--config-file", str(settings)])
    return Osaka(replica, refreshed, updated, calls_of(server) - calls, refused_by(server) - refused)


def larger_settings(directory: Path) -> Path:
    """`dr` promoted, with more tasks, a new image and one service more."""
    content = yaml.safe_load((RUN.project / "Pulumi.dr.yaml").read_text())
    config = content["config"]
    config["mpac:database"]["promoted"] = True
    config["mpac:services"]["portal"] = {"image": "2.1.0", "minTasks": 6}
    config["mpac:services"]["pgw"] = {"image": "2.2.0", "minTasks": 2}
    config["mpac:services"]["frontend"] = {"enabled": True, "image": "1.0.0", "minTasks": 2}
    path = directory / "Pulumi.dr.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def standby_again(aws: Aws, before: dict[str, Any]) -> None:
    """Follow Tokyo again, as the runbook says under "The way back"."""
    for urn in sorted(urn for urn, each in state().items() if each.get("protect") and urn not in before):
        pulumi(["state", "unprotect", "--yes", urn])
    *deletion, update = commands("failover", "The way back")[7].splitlines()
    if "ReadReplicaSourceDBInstanceIdentifier" not in database(aws):
        for command in deletion:
            call(aws, shlex.split(command)[1:])
        aws("rds", OSAKA).delete_db_snapshot(DBSnapshotIdentifier=f"{INSTANCE}-after-failback")
    pulumi(shlex.split(update)[1:])


def pulumi(arguments: list[str]) -> str:
    command = [sys.executable, "-m", "local", "pulumi", *arguments]
    if "--stack" not in arguments:
        command += ["--stack", "dr"]
    result = subprocess.run(command, cwd=RUN.checkout, capture_output=True, text=True, check=False)
    told = [line for line in result.stdout.splitlines() if not line.startswith("{") or '"error"' in line]
    assert result.returncode == 0, "\n".join([*told, result.stderr])
    return result.stdout


def events(arguments: list[str]) -> list[dict[str, Any]]:
    output = pulumi([*arguments, "--json", "--non-interactive", "--skip-preview"])
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def resource_changes(arguments: list[str]) -> Counter[str]:
    """How many resources met with what."""
    (summary,) = (event["summaryEvent"] for event in events(arguments) if "summaryEvent" in event)
    return Counter(summary["resourceChanges"])


def operations(arguments: list[str]) -> dict[str, str]:
    """What happened to each resource: create, update, replace, delete or same."""
    done = (event["resOutputsEvent"]["metadata"] for event in events(arguments) if "resOutputsEvent" in event)
    return {each["urn"]: each["op"] for each in done}


def state() -> dict[str, Any]:
    path = RUN.state / ".pulumi" / "stacks" / "mpac" / "dr.json"
    resources = json.loads(path.read_text())["checkpoint"]["latest"]["resources"]
    return {each["urn"]: each for each in resources}


def database(aws: Aws) -> Client:
    return aws("rds", OSAKA).describe_db_instances(DBInstanceIdentifier=INSTANCE)["DBInstances"][0]


def calls_of(server: cloud.LocalAws) -> Counter[tuple[str, str, str]]:
    """Calls of services that lie in a region."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for entry in server.control("GET", "/calls"):
        if entry["service"] not in ("iam", "sts"):
            counted[entry["region"], entry["service"], entry["operation"]] += entry["count"]
    return counted


def refused_by(server: cloud.LocalAws) -> int:
    count: int = server.control("GET", "/regions")["refused"].get(TOKYO, 0)
    return count


def test_nothing_calls_tokyo(osaka: Osaka) -> None:
    by_region: Counter[str] = Counter()
    for (region, *_), count in osaka.calls.items():
        by_region[region] += count
    assert by_region[OSAKA] > 200
    assert by_region[TOKYO] == 0
    assert osaka.refused == 0


def test_all_but_the_peering_is_refreshed_and_as_it_should_be(osaka: Osaka) -> None:
    assert osaka.refreshed["same"] > 300
    assert not {"delete", "create"} & set(osaka.refreshed)
    # The reference to the stack's own outputs, which were not there when it was deployed first.
    assert osaka.refreshed["update"] <= 1


def test_the_database_takes_writes_and_is_the_same_instance(osaka: Osaka, aws: Aws) -> None:
    promoted = database(aws)
    assert osaka.replica["ReadReplicaSourceDBInstanceIdentifier"].endswith(":db:mpac-prod-database")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert promoted["DbiResourceId"] == osaka.replica["DbiResourceId"]
    assert (promoted["BackupRetentionPeriod"], promoted["PreferredBackupWindow"]) == (30, "03:00-03:30")


def test_it_is_promoted_once_and_never_replaced(osaka: Osaka) -> None:
    assert osaka.calls[OSAKA, "rds", "PromoteReadReplica"] == 1
    assert osaka.updated[DATABASE] == "update"
    assert not {"CreateDBInstance", "CreateDBInstanceReadReplica", "DeleteDBInstance"} & {
        operation for _, service, operation in osaka.calls if service == "rds"
    }
    assert not [
        urn for urn, done in osaka.updated.items() if "replace" in done and "taskDefinition" not in urn
    ]


def test_a_service_is_scaled(osaka: Osaka, aws: Aws) -> None:
    del osaka
    scaling = aws("application-autoscaling", OSAKA)
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/mpac-dr-cluster/mpac-dr-svc-portal"]
    )["ScalableTargets"]
    assert target["MinCapacity"] == 6


@pytest.mark.parametrize(
    ("service", "image"),
    [("mpac-dr-mpac-pgw", "mpac-pgw:2.2.0"), ("mpac-dr-mpac-frontend", "mpac-frontend:1.0.0")],
)
def test_a_new_image_and_a_new_service_run(osaka: Osaka, aws: Aws, service: str, image: str) -> None:
    del osaka
    ecs = aws("ecs", OSAKA)
    (found,) = ecs.describe_services(cluster="mpac-dr-cluster", services=[service])["services"]
    task = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
    assert found["status"] == "ACTIVE"
    assert [each["image"].rpartition("/")[2] for each in task["containerDefinitions"]] == [image]


def test_it_has_a_weekly_backup_of_its_own(osaka: Osaka, aws: Aws) -> None:
    del osaka
    tags = {tag["Key"]: tag["Value"] for tag in database(aws)["TagList"]}
    assert tags["Backup"] == "weekly"
    plans = aws("backup", OSAKA).list_backup_plans()["BackupPlansList"]
    assert [plan["BackupPlanName"] for plan in plans if "weekly" in plan["BackupPlanName"]]
