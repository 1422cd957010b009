"""Reading of plans."""

from collections.abc import Mapping
from typing import Any

from operations.plan import Plan


def named(plan: Plan, type_: str) -> dict[str, Mapping[str, Any]]:
    """Inputs of the resources of a type, by the name of the resource."""
    return {each.name: each.inputs for each in plan.resources if each.type == type_}


def sources(plan: Plan, type_: str, name: str, key: str) -> set[tuple[str, str]]:
    """Type and name of the resources that an input of a resource is taken from."""
    (found,) = (each for each in plan.resources if (each.type, each.name) == (type_, name))
    by_urn = {each.urn: (each.type, each.name) for each in plan.resources}
    return {by_urn[urn] for urn in found.property_dependencies.get(key, ())}
