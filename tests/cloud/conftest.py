"""The deployed local cloud, read back with boto3."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from local import cloud
from local.recovery import STACK_TYPE, clients_of
from local.run_directory import RunDirectory

RUN = RunDirectory(Path(__file__).parents[2])

Client: TypeAlias = Any
"""A boto3 client or an answer of one; boto3 ships no types."""

Aws = Callable[[str, str], Client]
"""``aws(service, region)`` -> client."""


@pytest.fixture(scope="session")
def aws() -> Aws:
    server = cloud.running(RUN)
    if server is None:
        pytest.skip("the local cloud is not up: run `make up`")
    make = clients_of(server)
    made: dict[tuple[str, str], Client] = {}

    def client(service: str, region: str) -> Client:
        if (service, region) not in made:
            made[service, region] = make(service, region)
        return made[service, region]

    return client


@pytest.fixture(scope="session")
def outputs(aws: Aws) -> Callable[[str], Mapping[str, Any]]:
    """``outputs(stack)`` -> what the deployed stack exports; depends on `aws`, whose skip has the reason."""
    del aws

    def of(stack: str) -> Mapping[str, Any]:
        path = RUN.state / ".pulumi" / "stacks" / "mpac" / f"{stack}.json"
        if not path.exists():
            pytest.skip(f"{stack} is not deployed: run `make up`")
        resources = json.loads(path.read_text())["checkpoint"]["latest"].get("resources", [])
        found: dict[str, Any] = next(each for each in resources if each["type"] == STACK_TYPE)["outputs"]
        return found

    return of


@pytest.fixture
def vpc_id(stack: "Place", outputs: Callable[[str], Mapping[str, Any]]) -> str:
    found: str = outputs(stack.name)["vpcId"]
    return found


class Place:
    """A stack and its region."""

    def __init__(self, name: str, region: str) -> None:
        self.name, self.region = name, region


STACKS = {
    "prod": Place("prod", "ap-northeast-1"),
    "dr": Place("dr", "ap-northeast-3"),
    "staging": Place("staging", "ap-northeast-1"),
}


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Place:
    """Each stack in turn."""
    return STACKS[request.param]
