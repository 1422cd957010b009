"""The network of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..regions import zone_suffix
from ..section import verify
from .endpoints import VpcEndpoints, VpcEndpointsArgs
from .flow_logs import FlowLogs, FlowLogsArgs
from .paths import INTERNET
from .settings import NetworkSettings


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Inputs of `Vpc`.

    Attributes:
        context: Who and where.
        settings: Ranges, availability zones, NAT gateways, endpoints and flow logs.
    """

    context: Context
    settings: NetworkSettings


class Vpc(pulumi.ComponentResource):
    """A VPC with three tiers of subnets in each zone.

    Creates the VPC with DNS names on, an internet gateway, and per zone a public, a private and a database
    subnet, none of which deals out public addresses. The public subnets share a route table to the internet
    gateway. Each private subnet has its own to the NAT gateway of its zone, or to the only one. The database
    subnets share one without a default route. The default security group is emptied. Endpoints are created
    by `VpcEndpoints`, flow logs by `FlowLogs`.

    Replaces everything: another range of the VPC. Replaces one subnet with all that is in it: another
    range of that subnet. A subnet is named by its zone: give another zone another range, because its subnets
    are created before those of the old zone are deleted. Changing between `perZone` and `single` moves
    routes in place, and connections through the gateways break.

    Requirements: Networking, "VPC Architecture", "NAT Gateway" and "VPC Flow Logs".

    Attributes:
        vpc_id: Id of the VPC.
        cidr: IPv4 range of the VPC.
        public_subnet_ids: Ids of the public subnets, in the order of the zones.
        private_subnet_ids: Ids of the private subnets, in the order of the zones.
        database_subnet_ids: Ids of the database subnets, in the order of the zones.
        internet_gateway: Resource to depend on for what must be reached from the internet.
        peering_route_table_ids: Id of each private and database route table, by a name that stays the same.
        default_security_group_id: Id of the default security group, which lets nobody in or out.
        nat_public_ips: Addresses that the private subnets have on the internet.
        endpoints: The endpoints of AWS services.
        flow_logs: The flow logs.
    """

    vpc_id: pulumi.Output[str]
    default_security_group_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    database_subnet_ids: list[pulumi.Output[str]]
    internet_gateway: pulumi.Resource
    peering_route_table_ids: dict[str, pulumi.Output[str]]
    nat_public_ips: list[pulumi.Output[str]]
    endpoints: VpcEndpoints
    flow_logs: FlowLogs

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:network:Vpc", name, None, opts)
        verify(f"Vpc {name}", args.settings)
        network = args.settings
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._protected = pulumi.ResourceOptions(parent=self, protect=args.context.protect)

        vpc = aws.ec2.Vpc(
            name,
            cidr_block=network.cidr,
            enable_dns_support=True,
            # Private DNS names of endpoints and EFS mounts need both.
            enable_dns_hostnames=True,
            tags={"Name": args.context.name(name)},
            opts=self._protected,
        )
        self.vpc_id = vpc.id
        self.cidr = network.cidr
        default_security_group = aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            # Said outright: left out, a rule that somebody adds by hand would stay unnoticed.
            ingress=[],
            egress=[],
            tags={"Name": self._tag("default")},
            opts=self._child,
        )
        self.default_security_group_id = default_security_group.id
        gateway = aws.ec2.InternetGateway(
            name, vpc_id=vpc.id, tags={"Name": self._tag("internet")}, opts=self._child
        )
        self.internet_gateway = gateway

        public = self._subnets("public", network.public_subnets)
        private = self._subnets("private", network.private_subnets)
        database = self._subnets("database", network.database_subnets)
        self.public_subnet_ids = list(public.values())
        self.private_subnet_ids = list(private.values())
        self.database_subnet_ids = list(database.values())

        aws.ec2.Route(
            f"{name}-public-default",
            route_table_id=self._route_table("public", public),
            destination_cidr_block=INTERNET,
            gateway_id=gateway.id,
            opts=self._child,
        )
        nat_gateways = self._nat_gateways(public, gateway)
        # A table per zone even behind a single gateway: adding gateways then only redirects routes.
        self.peering_route_table_ids = {
            label: self._route_table(label, {label: subnet_id}) for label, subnet_id in private.items()
        }
        for (label, table_id), nat_id in zip(self.peering_route_table_ids.items(), nat_gateways, strict=True):
            aws.ec2.Route(
                f"{name}-{label}-default",
                route_table_id=table_id,
                destination_cidr_block=INTERNET,
                nat_gateway_id=nat_id,
                opts=self._child,
            )
        self.peering_route_table_ids["database"] = self._route_table("database", database)

        self.endpoints = VpcEndpoints(
            f"{name}-endpoints",
            VpcEndpointsArgs(
                context=args.context,
                vpc_id=vpc.id,
                cidr=network.cidr,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=list(self.peering_route_table_ids.values()),
                services=network.interface_endpoints,
            ),
            self._child,
        )
        self.flow_logs = FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                context=args.context,
                vpc_id=vpc.id,
                retention_days=network.flow_log_retention_days,
            ),
            self._child,
        )
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "cidr": self.cidr,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
                "databaseSubnetIds": self.database_subnet_ids,
                "peeringRouteTableIds": self.peering_route_table_ids,
                "natPublicIps": self.nat_public_ips,
            }
        )

    def _tag(self, label: str) -> str:
        return self._args.context.name(f"{self._name}-{label}")

    def _subnets(self, tier: str, cidrs: Sequence[str]) -> dict[str, pulumi.Output[str]]:
        """Create a tier's subnets, and return their ids by tier and zone."""
        subnets = {}
        for zone, cidr in zip(self._args.settings.availability_zones, cidrs, strict=True):
            label = f"{tier}-{zone_suffix(zone)}"
            subnets[label] = aws.ec2.Subnet(
                f"{self._name}-{label}",
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={"Name": self._tag(label)},
                opts=self._protected,
            ).id
        return subnets

    def _route_table(self, label: str, subnets: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str]:
        """Create a route table for subnets."""
        table = aws.ec2.RouteTable(
            f"{self._name}-{label}",
            vpc_id=self.vpc_id,
            tags={"Name": self._tag(f"{label}-routes")},
            opts=self._child,
        )
        for subnet, subnet_id in subnets.items():
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{subnet}",
                route_table_id=table.id,
                subnet_id=subnet_id,
                opts=self._child,
            )
        return table.id

    def _nat_gateways(
        self, public: Mapping[str, pulumi.Output[str]], internet: aws.ec2.InternetGateway
    ) -> list[pulumi.Output[str]]:
        """Create the NAT gateways, and return the one that each zone uses."""
        single = self._args.settings.nat_gateways == "single"
        zones = (
            self._args.settings.availability_zones[:1] if single else self._args.settings.availability_zones
        )
        self.nat_public_ips = []
        gateways = []
        for zone, subnet_id in zip(zones, public.values(), strict=not single):
            label = f"nat-{zone_suffix(zone)}"
            # AWS maps no address in a VPC before its internet gateway is attached, nor detaches the gateway
            # while one is mapped. Protected because partners let these addresses through their firewalls.
            address = aws.ec2.Eip(
                f"{self._name}-{label}",
                domain="vpc",
                tags={"Name": self._tag(f"{label}-address")},
                opts=pulumi.ResourceOptions(
                    parent=self, protect=self._args.context.protect, depends_on=[internet]
                ),
            )
            gateway = aws.ec2.NatGateway(
                f"{self._name}-{label}",
                subnet_id=subnet_id,
                allocation_id=address.id,
                tags={"Name": self._tag(label)},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
            )
            self.nat_public_ips.append(address.public_ip)
            gateways.append(gateway.id)
        return gateways * len(self._args.settings.availability_zones) if single else gateways
