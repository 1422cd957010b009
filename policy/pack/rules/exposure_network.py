"""Networks: which subnets and routes lead to the world, and which ways into AWS avoid it."""

from collections.abc import Iterator
from typing import Any

from ..documents import Statement, judge_allowed
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..security_groups import is_private, is_world
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, IS_TRUE, Check, Verdict

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
PEERING_OPTIONS = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"
SUBNET_GROUPS = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
EC2 = f"{SECURITY_HUB}/ec2-controls.html"
PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink"
# Inputs that hold where a route leads to: of a route, and of one inside a route table.
DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")
# Conditions that keep an endpoint to one's own resources or callers.
OWN = (
    "aws:ResourceAccount",
    "aws:ResourceOrg*",
    "aws:PrincipalAccount",
    "aws:PrincipalOrg*",
    "aws:PrincipalArn",
)


@resource_rule(
    "subnet-no-public-addresses",
    SUBNET,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("EC2.15",), checkov=("CKV_AWS_130",)),
    reason="What gets a public address by itself is public by accident.",
    remedy="Set map_public_ip_on_launch=False; load balancers and NAT gateways have addresses of their own.",
    url=f"{EC2}#ec2-15",
)
def subnet_no_public_addresses(subnet: Resource, _: Settings) -> Iterator[Verdict]:
    """An IPv6 address is public as well."""
    yield subnet.must("mapPublicIpOnLaunch", IS_FALSE)
    yield subnet.must("assignIpv6AddressOnCreation", IS_FALSE)


@resource_rule(
    "vpc-private-addresses",
    VPC,
    SUBNET,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A network of public addresses sends to itself what is meant for their owners.",
    remedy="Set cidr_block to a range of RFC 1918.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
)
def vpc_private_addresses(network: Resource, _: Settings) -> Iterator[Verdict]:
    """A range that a pool of IPAM assigns is not set here."""
    private = Check(
        "a private range", lambda value: value is ABSENT or (is_private(value) and not is_world(value))
    )
    yield network.must("cidrBlock", private)


@graph_rule(
    "vpc-database-routes",
    *SUBNET_GROUPS,
    SUBNET,
    ASSOCIATION,
    TABLE,
    ROUTE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("1.4.4",)),
    reason="A database that cannot reach the world cannot send it anything.",
    remedy="Give the subnets of databases a route table without a default route.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
)
def vpc_database_routes(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Neither an internet nor a NAT gateway: the tables of databases have no default route at all."""
    tables: dict[str, Resource] = {}
    for group in graph.of(*SUBNET_GROUPS):
        for subnet in graph.targets(group, "subnetIds", SUBNET):
            missing = "the subnet has no route table of its own, and follows the main one of the VPC"
            associations, verdict = graph.companion(subnet, "subnetId", ASSOCIATION, missing)
            yield verdict
            for association in associations:
                tables |= {table.urn: table for table in graph.targets(association, "routeTableId", TABLE)}
    for table in tables.values():
        yield table.passes()
        for route, path, destination in _destinations(graph, table):
            yield _no_default(route, path, destination, "a default route out of the subnets of databases")


def _destinations(graph: Graph, table: Resource) -> Iterator[tuple[Resource, str, Any]]:
    """Yield where the routes of a table lead to."""
    places = [(route, "") for route in graph.naming(table, "routeTableId", ROUTE)]
    places += [(table, f"{path}.") for path, _ in table.items("routes")]
    for resource, prefix in places:
        for name in DESTINATIONS:
            destination = resource.get(prefix + name)
            if destination is not ABSENT:
                yield resource, prefix + name, destination


def _no_default(route: Resource, path: str, destination: Any, message: str) -> Verdict:
    if isinstance(destination, Unknown):
        return route.not_judged(path)
    return route.fails(path, f"{path} is {message}") if is_world(destination) else route.passes(path)


@resource_rule(
    "vpc-peering-routes",
    ROUTE,
    TABLE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV2_AWS_44",)),
    reason="A peered network is trusted with its own addresses, not with everybody's.",
    remedy="Set destination_cidr_block to the range of the peered VPC.",
    url="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
)
def vpc_peering_routes(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Only the routes through a peering connection are meant."""
    for prefix in [f"{path}." for path, _ in resource.items("routes")] if resource.type == TABLE else [""]:
        for name in DESTINATIONS if resource.has(f"{prefix}vpcPeeringConnectionId") else ():
            path = prefix + name
            if (destination := resource.get(path)) is not ABSENT:
                yield _no_default(resource, path, destination, "a default route through a peering connection")


@graph_rule(
    "vpc-endpoints-present",
    VPC,
    ENDPOINT,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("EC2.55", "EC2.56")),
    reason="Without an endpoint, secrets and images travel through a NAT gateway and the public side of AWS.",
    remedy="Declare ec2.VpcEndpoint for the service in the VPC, or change the pack's vpcEndpoints.",
    url=f"{PRIVATELINK}/aws-services-privatelink-support.html",
)
def vpc_endpoints_present(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """The services are a setting: a network needs those that it uses."""
    for vpc in graph.of(VPC):
        services = [endpoint.get("serviceName") for endpoint in graph.naming(vpc, "vpcId", ENDPOINT)]
        known = [service for service in services if isinstance(service, str)]
        missing = [
            wanted
            for wanted in sorted(settings.vpc_endpoints)
            if not any(service.endswith(f".{wanted}") for service in known)
        ]
        if not missing:
            yield vpc.passes()
        elif len(known) < len(services) or graph.unresolved("vpcId", ENDPOINT):
            yield vpc.not_judged("", "the services of some endpoints are not known yet")
        else:
            yield vpc.fails("", f"there is no endpoint for {', '.join(missing)}")


@graph_rule(
    "vpc-endpoint-private-names",
    ENDPOINT,
    VPC,
    PEERING_OPTIONS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="Programs use the services' public names; unless these lead to the endpoint, they go past it.",
    remedy="Set private_dns_enabled on the endpoint, enable_dns_support and enable_dns_hostnames on the VPC.",
    url=f"{PRIVATELINK}/manage-dns-names.html",
)
def vpc_endpoint_private_names(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A gateway endpoint is a route, without names. Peered networks resolve names privately."""
    for endpoint in graph.of(ENDPOINT):
        if endpoint.get("vpcEndpointType") == "Interface":
            yield endpoint.must("privateDnsEnabled", IS_TRUE)
            for vpc in graph.targets(endpoint, "vpcId", VPC):
                yield vpc.must("enableDnsHostnames", IS_TRUE)
                # On unless it is switched off.
                support = vpc.get("enableDnsSupport")
                yield IS_TRUE(vpc.urn, "enableDnsSupport", True if support is ABSENT else support)
    for options in graph.of(PEERING_OPTIONS):
        for side in ("requester", "accepter"):
            if options.has(side):
                yield options.must(f"{side}.allowRemoteVpcDnsResolution", IS_TRUE)


@resource_rule(
    "vpc-endpoint-policy-scoped",
    ENDPOINT,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A gateway open to every bucket carries data out to anybody's.",
    remedy="Set policy, with a condition on aws:ResourceAccount or with named actions and resources.",
    url=f"{PRIVATELINK}/vpc-endpoints-access.html",
)
def vpc_endpoint_policy_scoped(endpoint: Resource, _: Settings) -> Iterator[Verdict]:
    """A gateway must have a policy; an interface leads to a service that asks for credentials anyway."""
    if endpoint.get("vpcEndpointType") in (ABSENT, "Gateway") and not endpoint.has("policy"):
        yield endpoint.fails("policy", "policy is not set")

    def judge(statement: Statement) -> Iterator[Verdict]:
        resources = [value for _, value in statement.values("Resource")]
        if any(isinstance(value, Unknown) and not value.source for value in resources):
            yield endpoint.not_judged(f"{statement.path}.Resource")
            return
        broad = [action for action in statement.actions() if action.endswith("*")]
        if resources and "*" not in resources and not broad and statement.actions():
            yield endpoint.passes(statement.path)
            return
        own = statement.binds(*OWN)
        message = f"{statement.path} opens the endpoint to resources of everybody"
        yield statement.verdict("Condition", own, message)

    yield from judge_allowed(endpoint, ["policy"], judge)
