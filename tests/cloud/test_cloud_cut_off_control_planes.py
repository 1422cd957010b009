"""Osaka is updated while neither Tokyo nor us-east-1, where IAM and Route 53 are changed, can be reached."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ProxyConnectionError

from local import cloud
from tests.cloud.conftest import RUN, Aws
from tests.cloud.test_cloud_cut_off import OSAKA, TOKYO, calls_of, operations, pulumi

VIRGINIA = "us-east-1"


@dataclass
class Update:
    """What was done meanwhile.

    Attributes:
        operations: What the update made of each resource, by URN.
        calls: Calls that the local AWS answered, by region.
        refused: Connections that were refused, by region.
    """

    operations: dict[str, str]
    calls: Counter[str]
    refused: dict[str, int]


@pytest.fixture(scope="module")
def update(
    aws: Aws, outputs: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Update]:
    """`dr`, with a new image and one more task, by the command of the README; as before afterwards."""
    outputs("dr")
    server = cloud.running(RUN)
    assert server
    settings = another_image(tmp_path_factory.mktemp("settings"))
    (command,) = [
        line
        for line in (RUN.checkout / "README.md").read_text().splitlines()
        if line.startswith("pulumi up ") and "--refresh=false" in line
    ]
    for region in (TOKYO, VIRGINIA):
        server.control("POST", f"/regions/cut/{region}")
    try:
        with pytest.raises(ProxyConnectionError):
            aws("iam", VIRGINIA).list_roles()
        before, refused = calls_of(server), server.control("GET", "/regions")["refused"]
        arguments = [*shlex.split(command.partition("#")[0])[1:], "--yes", "--config-file", str(settings)]
        done = operations(arguments)
        calls: Counter[str] = Counter()
        for (region, *_), count in (calls_of(server) - before).items():
            calls[region] += count
        now = server.control("GET", "/regions")["refused"]
        yield Update(done, calls, {region: now.get(region, 0) - refused.get(region, 0) for region in now})
    finally:
        for region in (TOKYO, VIRGINIA):
            server.control("POST", f"/regions/restore/{region}")
        pulumi(["up", "--yes", "--skip-preview"])


def another_image(directory: Path) -> Path:
    # More tasks than any other test asks for: a lower minimum takes no task away.
    content = yaml.safe_load((RUN.project / "Pulumi.dr.yaml").read_text())
    content["config"]["mpac:services"]["portal"] = {"image": "2.2.0", "minTasks": 7}
    path = directory / "Pulumi.dr.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_only_osaka_is_called(update: Update) -> None:
    assert set(update.calls) == {OSAKA}
    assert not any(update.refused.values())


def test_the_image_and_the_tasks_are_changed(update: Update, aws: Aws) -> None:
    ecs = aws("ecs", OSAKA)
    (service,) = ecs.describe_services(cluster="mpac-dr-cluster", services=["mpac-dr-svc-portal"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert task["containerDefinitions"][0]["image"].endswith("svc-portal:2.2.0")
    assert service["desiredCount"] == 7
    assert not [
        urn for urn, done in update.operations.items() if "replace" in done and "taskDefinition" not in urn
    ]
