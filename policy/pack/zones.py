"""The zones that resources stand in, by the subnets that they name."""

from collections.abc import Iterable
from typing import Any

from .graph import Graph, Resource
from .values import ABSENT, read
from .verdicts import Verdict

SUBNET = "aws:ec2/subnet:Subnet"


def zones_of(graph: Graph, resource: Resource, path: str) -> tuple[set[str], int]:
    """Find the zones of the subnets at an input, and how many of those subnets cannot be placed."""
    value = read(resource.inputs, path)
    items = [f"{path}[{index}]" for index in range(len(value))] if isinstance(value, list) else []
    known: set[str] = set()
    elsewhere = 0
    for place in items or ([path] if resource.has(path) else []):
        zones = [_zone(subnet) for subnet in graph.targets(resource, place, SUBNET)]
        known |= {zone for zone in zones if isinstance(zone, str)}
        elsewhere += not any(isinstance(zone, str) for zone in zones)
    return known, elsewhere


def _zone(subnet: Resource) -> Any:
    """A subnet names its zone by its name or its id."""
    zone = subnet.get("availabilityZone")
    return subnet.get("availabilityZoneId") if zone is ABSENT else zone


def spread(resource: Resource, path: str, places: Iterable[tuple[set[str], int]], least: int) -> Verdict:
    """Judge that subnets lie in enough zones.

    Args:
        resource: What stands in them.
        path: The property to name.
        places: What `zones_of` says of each of its inputs.
        least: Fewest zones.
    """
    places = list(places)
    zones = len(set[str]().union(*(known for known, _ in places)))
    elsewhere = sum(unplaced for _, unplaced in places)
    if zones >= least:
        return resource.passes(path)
    if zones + elsewhere >= least:
        return resource.not_judged(path, f"the zones of {elsewhere} subnets at {path} are not known")
    return resource.fails(path, f"the subnets lie in {zones} zones; expected: {least} or more")
