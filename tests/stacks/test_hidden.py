"""What may hide a difference between program and cloud is listed, with a reason, and the list is exact."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic.alias_generators import to_camel

from operations.plan import Plan

LOCAL = Path(__file__).parents[2] / "local"
HIDDEN: list[dict[str, str]] = json.loads((LOCAL / "hidden.json").read_text())
NEWER: dict[str, list[str]] = json.loads((LOCAL / "toolchain/go/aws/newer.json").read_text())


def holds(value: object, path: Sequence[str]) -> bool:
    """Tell whether a property is set, at whatever place in its lists; names of lists are plural in Pulumi."""
    if not path:
        return value is not None
    if isinstance(value, list | tuple):
        return any(holds(item, path) for item in value)
    if not isinstance(value, Mapping):
        return False
    return any(holds(value.get(name), path[1:]) for name in {path[0], f"{path[0]}s", f"{path[0][:-1]}ies"})


def hidden_in(plans: dict[str, Plan]) -> set[tuple[str, str, str]]:
    """Kind, property and how it is hidden, of everything in the plans."""
    resources = [resource for plan in plans.values() for resource in plan.resources]
    ignored = {(each.type, name, "ignored") for each in resources for name in each.ignore_changes}
    stripped = {
        (each.type, name, "stripped")
        for each in resources
        for name in NEWER.get(each.type, ())
        if holds(each.inputs, [to_camel(part) for part in name.split(".")])
    }
    return ignored | stripped


def test_the_list_holds_what_the_plans_hide(plans: dict[str, Plan]) -> None:
    assert {(entry["kind"], entry["property"], entry["how"]) for entry in HIDDEN} == hidden_in(plans)


def test_a_property_deep_inside_is_found() -> None:
    rule = {"conditions": [{"pathPattern": {}}, {"sourceIp": {"ipAddressType": "ipv4"}}]}
    assert holds(rule, ["condition", "sourceIp", "ipAddressType"])
    assert not holds(rule, ["condition", "sourceIp", "values"])
    assert not holds({"durability": None}, ["durability"])


def test_every_entry_has_a_reason() -> None:
    assert [entry for entry in HIDDEN if not entry["reason"]] == []
