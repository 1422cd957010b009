"""Routes: targets must belong to the route table's VPC, and the local route stays."""

from ipaddress import IPv4Network

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto


@refuses("ec2", "CreateRoute", "ReplaceRoute")
def target_in_another_vpc(call: Call) -> None:
    """A route leads to a gateway, NAT gateway or peering of its own VPC."""
    ec2 = call.backend("ec2")
    table = ec2.get_route_table(call.params["RouteTableId"])
    for name in ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId"):
        target = call.params.get(name)
        networks = _networks_of(ec2, target) if target else None
        if networks is not None and table.vpc_id not in networks:
            raise AwsError(
                "InvalidParameterValue",
                f"route table {table.id} and network gateway {target} belong to different networks",
            )


@refuses("ec2", "CreateRoute")
def inside_the_vpc(call: Call) -> None:
    """What lies inside the VPC goes by the local route, except to an interface or instance."""
    cidr = call.params.get("DestinationCidrBlock")
    if not cidr or "NetworkInterfaceId" in call.params or "InstanceId" in call.params:
        return
    ec2 = call.backend("ec2")
    vpc = ec2.get_vpc(ec2.get_route_table(call.params["RouteTableId"]).vpc_id)
    destination = IPv4Network(cidr, strict=False)
    for association in vpc.cidr_block_association_set:
        if destination.subnet_of(IPv4Network(association["cidr_block"], strict=False)):
            raise AwsError(
                "InvalidParameterValue",
                f"The destination CIDR block {cidr} is equal to or more specific than one of this VPC's CIDR "
                "blocks. This route can target only an interface or an instance.",
            )


@refuses("ec2", "AssociateRouteTable")
def second_table(call: Call) -> None:
    """A subnet has one route table; to change it the association is replaced."""
    subnet = call.params.get("SubnetId")
    for table in call.backend("ec2").route_tables.values():
        for association, target in table._associations.items():  # noqa: SLF001
            if target == subnet and subnet and table.id != call.params["RouteTableId"]:
                message = f"the specified association for {subnet} conflicts with {association}"
                raise AwsError("Resource.AlreadyAssociated", message)


def _networks_of(ec2: Moto, target: str) -> set[str] | None:
    """The VPCs that a target belongs to; None for a kind of target that is not checked."""
    if target.startswith("igw-"):
        vpc = ec2.get_internet_gateway(target).vpc
        return {vpc.id} if vpc else set()
    if target.startswith("nat-"):
        nat = ec2.nat_gateways.get(target)
        if nat is None or nat.state == "deleted":
            raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{target}' does not exist")
        return {nat.vpc_id}
    if target.startswith("pcx-"):
        peering = ec2.get_vpc_peering_connection(target)
        return {peering.vpc.id, peering.peer_vpc.id}
    return None
