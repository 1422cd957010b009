"""Checks of the network against the rest of a stack."""

from collections.abc import Iterator

from components.problems import Problem
from components.regions import CLOSED_ZONES, ZONES
from components.section import check
from settings.stack import Settings


@check
def zones_belong_to_the_region(settings: Settings) -> Iterator[Problem]:
    """A subnet in a zone of another region, or in a closed one, is refused only when it is created."""
    zones = ZONES[settings.region]
    for index, zone in enumerate(settings.network.availability_zones):
        if zone is not None and zone not in zones:
            closed = f"takes no subnets since {CLOSED_ZONES[zone]}" if zone in CLOSED_ZONES else None
            yield Problem(
                key=f"mpac:network.availabilityZones[{index}]",
                value=zone,
                rule=closed or f"is no zone of {settings.region}",
                remedy=f"choose from {', '.join(zones)}",
            )
