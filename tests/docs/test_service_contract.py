"""The table of variables is what the plan gives to containers."""

import json
import re
from pathlib import Path

from components.compute.container_settings import RESERVED_NAMES, RESERVED_PREFIXES
from operations.plan import Plan

PAGE = Path(__file__).parents[2] / "docs" / "service-contract.md"
TASKS = {"portal": "svc-portal", "smarttab": "svc-smarttab", "pgw": "mpac-pgw"}
ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<services>[a-z, ]+) \|")


def test_the_contract_lists_what_each_service_is_given(plans: dict[str, Plan]) -> None:
    rows = {
        found["name"]: found["services"] for found in map(ROW.match, PAGE.read_text().splitlines()) if found
    }
    promised = {
        service: {name for name, given in rows.items() if given == "all" or service in given.split(", ")}
        for service in TASKS
    }

    for plan in plans.values():
        definitions = {
            each.name: each.inputs["containerDefinitions"]
            for each in plan.resources
            if each.type == "aws:ecs/taskDefinition:TaskDefinition"
        }
        for service, task in TASKS.items():
            container, *_ = json.loads(definitions[task])
            given = {each["name"] for each in (*container["environment"], *container["secrets"])}
            assert given == promised[service], f"{task} of {plan.stack}"


def test_settings_refuse_every_name_that_the_platform_gives() -> None:
    names = {found["name"] for found in map(ROW.match, PAGE.read_text().splitlines()) if found}
    assert {
        name for name in names if name not in RESERVED_NAMES and not name.startswith(RESERVED_PREFIXES)
    } == set()
    # And no name that it does not give.
    assert names >= RESERVED_NAMES
