"""What stands in several zones, and needs no other zone to work."""

import re
from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, read
from ..verdicts import IS_TRUE, Verdict
from ..zones import spread, zones_of
from .availability import SERVICE
from .encryption_keys import LOAD_BALANCER
from .exposure_files import FILE_SYSTEM

MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"
SUBNET_GROUPS = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"

REPLICA = re.compile(r"(.+)-[0-9]+")


@graph_rule(
    "subnet-groups-spread",
    *SUBNET_GROUPS,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A database can take over in the zones of its subnets only.",
    remedy="Set subnet_ids to subnets in as many zones as the pack's zones demands.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
)
def subnet_groups_spread(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of databases and caches."""
    for group in graph.of(*SUBNET_GROUPS):
        yield spread(group, "subnetIds", [zones_of(graph, group, "subnetIds")], settings.zones)


@graph_rule(
    "ecs-spread",
    SERVICE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="Tasks start in the zones of the service's subnets only.",
    remedy="Set subnets of network_configuration to subnets in as many zones as the pack's zones demands. "
    "Where services are replicas of one another, give each the subnet of a zone that the others have not.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/availability.html",
)
def ecs_spread(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of services in a network of their own; others are where their hosts are.

    Services whose names differ by a number at the end are replicas of one another. ECS spreads the tasks of a
    service, not those of several: each stays in one zone, and together they have as many as there can be.
    """
    path = "networkConfiguration.subnets"
    families: dict[str, list[Resource]] = {}
    for service in graph.of(SERVICE):
        if service.has("networkConfiguration"):
            family = REPLICA.fullmatch(service.name)
            families.setdefault(family[1] if family else service.name, []).append(service)
    for replicas in families.values():
        places = [zones_of(graph, each, path) for each in replicas]
        if len(replicas) == 1:
            yield spread(replicas[0], path, places, settings.zones)
            continue
        least = min(settings.zones, len(replicas))
        for service, (known, _) in zip(replicas, places, strict=True):
            subnets = read(service.inputs, path)
            if len(known) > 1:
                yield service.fails(path, "its task may share a zone with that of another replica")
            elif isinstance(subnets, list) and len(subnets) > 1 and Unknown() in subnets:
                yield service.not_judged(path, "some of its subnets are not known")
            else:
                yield spread(service, path, places, least)


@graph_rule(
    "lb-spread",
    LOAD_BALANCER,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ELB.13",)),
    reason="A load balancer has nodes in the zones of its subnets, and reaches targets in no others.",
    remedy="Set subnets to subnets in as many zones as the pack's zones demands.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-13",
)
def lb_spread(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """By subnets or their mappings."""
    for balancer in graph.of(LOAD_BALANCER):
        mappings = [f"{path}.subnetId" for path, _ in balancer.items("subnetMappings")]
        places = [zones_of(graph, balancer, path) for path in ("subnets", *mappings)]
        yield spread(balancer, "subnets", places, settings.zones)


@graph_rule(
    "efs-spread",
    FILE_SYSTEM,
    MOUNT_TARGET,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A task in a zone without a mount target does not start, or pays for each byte from another zone.",
    remedy="Declare a MountTarget for the file system in as many zones as the pack's zones demands.",
    url="https://docs.aws.amazon.com/efs/latest/ug/accessing-fs.html",
)
def efs_spread(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of all mount targets of a file system."""
    for files in graph.of(FILE_SYSTEM):
        missing = "the file system has no mount target"
        targets, verdict = graph.companion(files, "fileSystemId", MOUNT_TARGET, missing)
        yield verdict
        if targets:
            places = [zones_of(graph, target, "subnetId") for target in targets]
            # One Zone storage has one place by choice.
            yield spread(files, "", places, 1 if files.has("availabilityZoneName") else settings.zones)


@resource_rule(
    "lb-cross-zone",
    LOAD_BALANCER,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    controls=Controls(checkov=("CKV_AWS_152",)),
    reason="Clients that keep one address of the load balancer load the targets of one zone alone.",
    remedy="Set enable_cross_zone_load_balancing=True.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#cross-zone-load-balancing",
)
def lb_cross_zone(balancer: Resource, _: Settings) -> Iterator[Verdict]:
    """Of network load balancers, where it is off by default; application load balancers always do."""
    kind = balancer.get("loadBalancerType")
    if isinstance(kind, Unknown):
        yield balancer.not_judged("loadBalancerType")
    elif kind == "network":
        yield balancer.must("enableCrossZoneLoadBalancing", IS_TRUE)


@graph_rule(
    "vpc-nat-in-zone",
    ROUTE,
    NAT,
    ROUTE_TABLE,
    ASSOCIATION,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="With the zone of a shared NAT gateway, every zone loses its way out.",
    remedy="Give each zone a NAT gateway, and route its private subnets to that one.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
)
def vpc_nat_in_zone(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of subnets and the NAT gateways that their route tables lead to."""
    for route in graph.of(ROUTE):
        if route.get("natGatewayId") is ABSENT:
            continue
        gateways = graph.targets(route, "natGatewayId", NAT)
        beyond = set[str]().union(*(zones_of(graph, gateway, "subnetId")[0] for gateway in gateways))
        inside = _zones_of_route(graph, route)
        if not beyond or inside is None:
            yield route.not_judged(
                "natGatewayId", "the zones of the route's subnets or gateway are not known"
            )
        elif inside - beyond:
            yield route.fails(
                "natGatewayId", "the NAT gateway stands in another zone than subnets of the route"
            )
        else:
            yield route.passes("natGatewayId")


def _zones_of_route(graph: Graph, route: Resource) -> set[str] | None:
    """Find the zones of the subnets that use a route; None if some cannot be placed."""
    found: set[str] = set()
    for table in graph.targets(route, "routeTableId", ROUTE_TABLE):
        for association in graph.naming(table, "routeTableId", ASSOCIATION):
            zones, elsewhere = zones_of(graph, association, "subnetId")
            if elsewhere:
                return None
            found |= zones
    return found
