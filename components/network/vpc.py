"""The network of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.network.endpoints import VpcEndpoints, VpcEndpointsArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.paths import WORLD

NatGateways = Literal["perZone", "single"]


@dataclass(frozen=True, kw_only=True)
class VpcArgs:
    """Inputs of `Vpc`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the stack.
        region: The region of the stack's provider.
        cidr: IPv4 range of the VPC.
        zones: Availability zones, in the order of the subnets.
        public_subnets: Ranges for load balancers and NAT gateways, one per zone.
        private_subnets: Ranges for tasks, one per zone.
        database_subnets: Ranges for databases and caches, one per zone.
        nat_gateways: `perZone`, or `single`: one in the first zone, whose outage cuts the others off.
        interface_endpoints: Services with an endpoint, as in `com.amazonaws.<region>.<service>`.
        flow_log_retention_days: Days that flow logs are kept, one of those that CloudWatch Logs takes.
        logs_key_arn: KMS key of the flow logs.
        protect: Whether Pulumi refuses to delete VPC, subnets, public addresses and flow logs.
    """

    environment: str
    account_id: str
    region: str
    cidr: str
    zones: Sequence[str]
    public_subnets: Sequence[str]
    private_subnets: Sequence[str]
    database_subnets: Sequence[str]
    nat_gateways: NatGateways = "perZone"
    interface_endpoints: Sequence[str] = ()
    flow_log_retention_days: int = 30
    logs_key_arn: pulumi.Input[str]
    protect: bool


class Vpc(pulumi.ComponentResource):
    """A VPC with three tiers of subnets in each zone.

    Creates the VPC with DNS names on, an internet gateway, and per zone a public, a private and a database
    subnet, none of which deals out public addresses. The public subnets share a route table to the internet
    gateway. Each private subnet has its own to the NAT gateway of its zone, or to the only one. The database
    subnets share one without a default route. The default security group is emptied. Endpoints are created
    by `VpcEndpoints`, flow logs by `FlowLogs`.

    Replaces everything: another range of the VPC. Replaces one subnet with all that lies in it: another
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
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._protected = pulumi.ResourceOptions(parent=self, protect=args.protect)

        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr,
            enable_dns_support=True,
            # Private DNS names of endpoints and EFS mounts need both.
            enable_dns_hostnames=True,
            tags={"Name": self._tag("vpc")},
            opts=self._protected,
        )
        self.vpc_id = vpc.id
        self.cidr = args.cidr
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

        public = self._subnets("public", args.public_subnets)
        private = self._subnets("private", args.private_subnets)
        database = self._subnets("database", args.database_subnets)
        self.public_subnet_ids = list(public.values())
        self.private_subnet_ids = list(private.values())
        self.database_subnet_ids = list(database.values())

        aws.ec2.Route(
            f"{name}-public-default",
            route_table_id=self._route_table("public", public),
            destination_cidr_block=WORLD,
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
                destination_cidr_block=WORLD,
                nat_gateway_id=nat_id,
                opts=self._child,
            )
        self.peering_route_table_ids["database"] = self._route_table("database", database)

        self.endpoints = VpcEndpoints(
            f"{name}-endpoints",
            VpcEndpointsArgs(
                environment=args.environment,
                account_id=args.account_id,
                region=args.region,
                vpc_id=vpc.id,
                cidr=args.cidr,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=list(self.peering_route_table_ids.values()),
                services=args.interface_endpoints,
            ),
            self._child,
        )
        self.flow_logs = FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(
                environment=args.environment,
                account_id=args.account_id,
                region=args.region,
                vpc_id=vpc.id,
                retention_days=args.flow_log_retention_days,
                key_arn=args.logs_key_arn,
                protect=args.protect,
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
        return f"mpac-{self._args.environment}-{label}"

    def _subnets(self, tier: str, cidrs: Sequence[str]) -> dict[str, pulumi.Output[str]]:
        """Create a tier's subnets, and return their ids by tier and zone."""
        subnets = {}
        for zone, cidr in zip(self._args.zones, cidrs, strict=True):
            label = f"{tier}-{_suffix(zone)}"
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
        single = self._args.nat_gateways == "single"
        zones = self._args.zones[:1] if single else self._args.zones
        self.nat_public_ips = []
        gateways = []
        for zone, subnet_id in zip(zones, public.values(), strict=not single):
            label = f"nat-{_suffix(zone)}"
            # AWS maps no address in a VPC before its internet gateway is attached, nor detaches the gateway
            # while one is mapped. Protected because partners let these addresses through their firewalls.
            address = aws.ec2.Eip(
                f"{self._name}-{label}",
                domain="vpc",
                tags={"Name": self._tag(f"{label}-address")},
                opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect, depends_on=[internet]),
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
        return gateways * len(self._args.zones) if single else gateways


def _suffix(zone: str) -> str:
    """Shorten a zone such as ap-northeast-1a to 1a."""
    return zone.rpartition("-")[2]
