"""Settings of the network."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field
from pydantic.alias_generators import to_camel

from ..field_types import Cidr, Distinct, LogRetentionDays, one_of
from ..problems import Problem
from ..regions import ENDPOINT_SERVICES
from ..section import Section, check

PerZone = Field(min_length=3, max_length=3)


class Peer(Section):
    """The network of the other region: its SQL task reaches the database here, and the other way round."""

    private_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """the three ranges of its tasks"""
    database_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """the three ranges of its databases"""


class NetworkSettings(Section):
    """Requirements: Networking. A changed range, zone or subnet replaces what is in it."""

    cidr: Cidr
    """the range of the VPC"""
    availability_zones: Annotated[tuple[str, ...], PerZone, Distinct]
    """three different zones of the stack's region, in the order of the subnets"""
    public_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for load balancers and NAT gateways, one per zone"""
    private_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for tasks, one per zone"""
    database_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for databases and caches, one per zone"""
    peer: Peer | None = None
    """the network that this one is peered with; both stacks name each other's"""
    nat_gateways: Literal["perZone", "single"] = "perZone"
    """perZone, or single where an outage of its zone may cut off the others"""
    interface_endpoints: Annotated[tuple[Annotated[str, one_of(ENDPOINT_SERVICES)], ...], Distinct] = (
        "ecr.api",
        "ecr.dkr",
        "kms",
        "logs",
        "monitoring",
        "secretsmanager",
        "sts",
    )
    """AWS services that are reached without the NAT gateways, each once"""
    flow_log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


def _subnets(network: NetworkSettings) -> Iterator[tuple[str, IPv4Network]]:
    """Yield every subnet that is valid, with its key."""
    for tier in ("public_subnets", "private_subnets", "database_subnets"):
        for index, cidr in enumerate(getattr(network, tier, ())):
            if cidr is not None:
                yield f"{to_camel(tier)}[{index}]", IPv4Network(cidr)


@check
def subnets_are_in_the_network(network: NetworkSettings) -> Iterator[Problem]:
    """AWS refuses a subnet outside its VPC."""
    vpc = IPv4Network(network.cidr)
    for key, subnet in _subnets(network):
        if not subnet.subnet_of(vpc):
            yield Problem(
                key=key,
                value=str(subnet),
                rule=f"is outside cidr ({vpc})",
                remedy=f"choose a range inside {vpc}",
            )


@check
def subnets_do_not_overlap(network: NetworkSettings) -> Iterator[Problem]:
    """AWS refuses the second of two overlapping subnets."""
    for (first, one), (second, other) in combinations(_subnets(network), 2):
        if one.overlaps(other):
            yield Problem(
                key=second,
                value=str(other),
                rule=f"overlaps {first} ({one})",
                remedy="give every subnet a range of its own",
            )
