"""A peering between the networks of two regions."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context


@dataclass(frozen=True, kw_only=True)
class PeeredNetwork:
    """The other side of a peering.

    Attributes:
        environment: The stack that owns the VPC; part of the names of its routes.
        region: The region of the VPC.
        vpc_id: The VPC.
        cidr: IPv4 range of the VPC.
        route_table_ids: Tables that get a route to the other side, by a name that stays the same.
    """

    environment: str
    region: str
    vpc_id: pulumi.Input[str]
    cidr: str
    route_table_ids: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class VpcPeeringArgs:
    """Inputs of `VpcPeering`.

    Attributes:
        context: Who and where.
        vpc_id: The VPC in the region of the provider, which requests the peering.
        cidr: IPv4 range of the VPC.
        route_table_ids: Tables that get a route to the other side, by a name that stays the same.
        accepter: The network in another region of the same account. The ranges must not overlap.
    """

    context: Context
    vpc_id: pulumi.Input[str]
    cidr: str
    route_table_ids: Mapping[str, pulumi.Input[str]]
    accepter: PeeredNetwork


class VpcPeering(pulumi.ComponentResource):
    """A connection between two VPCs, with everything that either side needs.

    Creates the connection `<prefix>-<environment>-<name>`, its acceptance in the accepter's region, DNS
    resolution across it on both sides (a name of the other VPC resolves to its private address), and on both
    sides a route in every table. What may pass is said by the security groups (`components.network.paths`).

    What the accepter owns is in its region: a refresh, and any change to the peering, calls it. While that
    region is down, leave the whole component out by its type, which every URN in it carries:

        pulumi up --exclude '**mpac:network:VpcPeering**'

    Nothing outside the component may depend on it, or it would be left out as well.

    Replaces the connection, and with it every route: another VPC on either side. Replaces routes: another
    range of the other side.

    Requirements: Networking, "VPC Peering".

    Attributes:
        connection_id: Id of the connection, the same in both regions.
    """

    connection_id: pulumi.Output[str]

    def __init__(self, name: str, args: VpcPeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:network:VpcPeering", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        accepter = args.accepter
        tag = args.context.name(name)

        connection = aws.ec2.VpcPeeringConnection(
            name,
            vpc_id=args.vpc_id,
            peer_vpc_id=accepter.vpc_id,
            peer_region=accepter.region,
            tags={"Name": tag},
            opts=child,
        )
        acceptance = aws.ec2.VpcPeeringConnectionAccepter(
            f"{name}-accepter",
            region=accepter.region,
            vpc_peering_connection_id=connection.id,
            auto_accept=True,
            tags={"Name": f"{tag}-accepter"},
            opts=child,
        )
        # Options and routes need an active connection: AWS refuses the former before the acceptance.
        accepted = pulumi.ResourceOptions(parent=self, depends_on=[acceptance])
        aws.ec2.PeeringConnectionOptions(
            f"{name}-requester",
            vpc_peering_connection_id=connection.id,
            requester=aws.ec2.PeeringConnectionOptionsRequesterArgs(allow_remote_vpc_dns_resolution=True),
            opts=accepted,
        )
        aws.ec2.PeeringConnectionOptions(
            f"{name}-accepter",
            region=accepter.region,
            vpc_peering_connection_id=connection.id,
            accepter=aws.ec2.PeeringConnectionOptionsAccepterArgs(allow_remote_vpc_dns_resolution=True),
            opts=accepted,
        )
        sides = (
            (args.context.environment, args.route_table_ids, accepter.cidr, None),
            (accepter.environment, accepter.route_table_ids, args.cidr, accepter.region),
        )
        for environment, tables, cidr, region in sides:
            for table, table_id in tables.items():
                aws.ec2.Route(
                    f"{name}-{environment}-{table}",
                    region=region,
                    route_table_id=table_id,
                    destination_cidr_block=cidr,
                    vpc_peering_connection_id=connection.id,
                    opts=accepted,
                )

        self.connection_id = connection.id
        self.register_outputs({"connectionId": self.connection_id})
