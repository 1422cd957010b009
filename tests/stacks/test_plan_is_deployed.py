"""A plan says what the engine then does: the state after `make up` holds the same resources."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.plan import Plan, Resource

STATES = Path(__file__).parents[2] / ".local" / "state" / ".pulumi" / "stacks" / "mpac"


@pytest.fixture
def deployed(stack: Plan) -> dict[str, dict[str, Any]]:
    path = STATES / f"{stack.stack}.json"
    if not path.exists():
        pytest.skip(f"{stack.stack} is not deployed: make up")
    state = json.loads(path.read_text())["checkpoint"]["latest"]
    # The engine adds its own provider, which serves stack references.
    return {r["urn"]: r for r in state.get("resources", []) if r["type"] != "pulumi:providers:pulumi"}


UNKNOWN = re.compile(r"<unknown: [^<>]+>")
# How the engine marks a secret in a state.
SECRET = "4dabf18193072939515e22adb298388d"
# What the provider that was built does not know, and leaves out; `local/hidden.json` lists it.
NEWER: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "local/toolchain/go/aws/newer.json").read_text()
)


def options_in_plan(resource: Resource) -> dict[str, object]:
    return {
        "type": resource.type,
        "custom": resource.custom,
        "parent": resource.parent,
        "provider": resource.provider,
        "protect": resource.protect,
        "retainOnDelete": resource.retain_on_delete,
        "ignoreChanges": resource.ignore_changes,
        "dependencies": resource.dependencies,
        "propertyDependencies": dict(resource.property_dependencies),
    }


def options_in_state(resource: Mapping[str, Any]) -> dict[str, object]:
    by_property = resource.get("propertyDependencies") or {}
    provider = resource.get("provider", "").rpartition("::")[0]
    return {
        "type": resource["type"],
        "custom": resource["custom"],
        "parent": resource.get("parent"),
        "provider": provider if "providers:aws" in provider else None,
        "protect": resource.get("protect", False),
        "retainOnDelete": resource.get("retainOnDelete", False),
        "ignoreChanges": tuple(resource.get("ignoreChanges", ())),
        "dependencies": tuple(sorted(resource.get("dependencies", ()))),
        "propertyDependencies": {name: tuple(sorted(urns)) for name, urns in by_property.items() if urns},
    }


def differs(planned: str, actual: object) -> bool:
    """Tell whether a JSON document differs in more than what is unknown: else no grant beside it was seen."""
    known = ".+".join(map(re.escape, UNKNOWN.split(planned)))
    return planned[0] in "{[" and isinstance(actual, str) and not re.fullmatch(known, actual, re.DOTALL)


def known_part(planned: object, actual: object) -> object:
    """What was deployed, without what the plan does not know and what the provider adds."""
    if isinstance(planned, dict) and planned.keys() & {"$unknown", "$secret"}:
        return planned
    if isinstance(planned, str) and UNKNOWN.search(planned):
        return actual if differs(planned, actual) else planned
    if isinstance(planned, dict) and isinstance(actual, dict):
        return {name: known_part(value, actual.get(name)) for name, value in planned.items()}
    if isinstance(planned, list) and isinstance(actual, list) and len(planned) == len(actual):
        return [known_part(value, other) for value, other in zip(planned, actual, strict=True)]
    # Of a list with a secret the engine makes one secret.
    closed = isinstance(planned, list) and isinstance(actual, dict) and SECRET in actual
    # Where its schema has text, the provider writes numbers and truth values as one.
    as_text = isinstance(planned, bool | int | float) and actual == json.dumps(planned)
    if closed or as_text:
        return planned
    # The provider leaves out empty lists.
    return [] if planned == [] and actual is None else actual


def test_same_resources_are_deployed(stack: Plan, deployed: dict[str, dict[str, Any]]) -> None:
    # The provider of passwords has no settings: it is the engine's own, which no program registers.
    given = [urn for urn in deployed if "::pulumi:providers:random::default" not in urn]
    assert [resource.urn for resource in stack.resources] == sorted(given)


def test_options_are_those_of_the_plan(stack: Plan, deployed: dict[str, dict[str, Any]]) -> None:
    for resource in stack.resources:
        assert options_in_state(deployed[resource.urn]) == options_in_plan(resource), resource.urn


def test_known_inputs_are_those_of_the_plan(stack: Plan, deployed: dict[str, dict[str, Any]]) -> None:
    different = {}
    for resource in stack.resources:
        if resource.type.startswith("aws:"):
            hidden = {*NEWER.get(resource.type, []), *resource.ignore_changes}
            planned = {name: value for name, value in resource.inputs.items() if name not in hidden}
            found = known_part(planned, deployed[resource.urn]["inputs"])
            if found != planned:
                different[resource.urn] = (found, planned)
    assert different == {}


def test_a_grant_that_a_plan_lacks_is_seen_beside_what_it_does_not_know() -> None:
    planned = '[{"Action": "s3:GetObject", "Resource": "<unknown: bucket#arn>/*"}]'
    deployed = '[{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::mpac/*"}]'
    assert known_part(planned, deployed) == planned
    more = deployed.replace("}]", '}, {"Action": "ecr:BatchGetImage"}]')
    assert known_part(planned, more) == more
