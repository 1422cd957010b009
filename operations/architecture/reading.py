"""Reading what a picture needs out of a plan."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from operations.plan.model import Resource


class Resources:
    """The resources of a stack, by URN and by type."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._by_urn = {each.urn: each for each in resources}

    def __getitem__(self, urn: str) -> Resource:
        return self._by_urn[urn]

    def of(self, type_: str) -> Iterator[Resource]:
        """Yield those of a type, in the order of their URNs."""
        return (each for each in self._by_urn.values() if each.type == type_)


def at(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 (whatever JSON has)
    """Return the input at a path of names with dots between them."""
    value: Any = inputs
    for name in path.split("."):
        value = value.get(name, {})
    return value


def sources(value: Any) -> list[str]:  # noqa: ANN401 (whatever JSON has)
    """Return the URNs that a value, or those of a list, come from."""
    items = value if isinstance(value, list) else [value]
    found = [item.get("$unknown") for item in items if isinstance(item, dict)]
    return [source for source in found if source and source.startswith("urn:")]


def of_stack(value: Any) -> str:  # noqa: ANN401 (whatever JSON has)
    """Return the stack whose output a value is, if it is one: of `prod#contract.database.arn`, prod."""
    source = (value.get("$unknown") or "") if isinstance(value, dict) else ""
    return "" if source.startswith("urn:") else str(source).partition("#")[0]


def zone(name: str) -> str:
    """Return what tells an availability zone from the others of its region: `1a`."""
    return name.rpartition("-")[2]


def tier(subnet: Resource) -> str:
    """Return the tier of a subnet, which its name has before the zone: `mpac-prod-private-1a`."""
    name: str = subnet.inputs["tags"]["Name"]
    return name.split("-")[-2]


@cache
def region_name(region: str | None) -> str:
    """Return a region by its place and its code: `Tokyo, ap-northeast-1`."""
    regions = create_loader().load_data("endpoints")["partitions"][0]["regions"]
    # AWS says more: Asia Pacific, and the place in brackets.
    place = regions[region]["description"].partition("(")[2].rstrip(")")
    return f"{place}, {region}"


def some(number: int, what: str) -> str:
    """Return a number with its noun: `1 task`, `2 tasks`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def slug(*names: str) -> str:
    """Return an id for what has these names, the outermost first: letters, digits and underscores."""
    return re.sub(r"\W+", "_", " ".join(names)).strip("_")
