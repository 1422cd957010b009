"""What may hide a difference between program and cloud is listed, with a reason, and the list is exact."""

import json
from pathlib import Path

from operations.plan import Plan

LOCAL = Path(__file__).parents[2] / "local"
HIDDEN: list[dict[str, str]] = json.loads((LOCAL / "hidden.json").read_text())
NEWER: dict[str, list[str]] = json.loads((LOCAL / "toolchain/go/aws/newer.json").read_text())


def hidden_in(plans: dict[str, Plan]) -> set[tuple[str, str, str]]:
    """Kind, property and how it is hidden, of everything in the plans."""
    resources = [resource for plan in plans.values() for resource in plan.resources]
    ignored = {(each.type, name, "ignored") for each in resources for name in each.ignore_changes}
    stripped = {
        (each.type, name, "stripped")
        for each in resources
        for name in NEWER.get(each.type, ())
        if name in each.inputs
    }
    return ignored | stripped


def test_the_list_holds_what_the_plans_hide(plans: dict[str, Plan]) -> None:
    assert {(entry["kind"], entry["property"], entry["how"]) for entry in HIDDEN} == hidden_in(plans)


def test_every_entry_has_a_reason() -> None:
    assert [entry for entry in HIDDEN if not entry["reason"]] == []
