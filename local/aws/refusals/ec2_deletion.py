"""What is in use cannot be deleted."""

from typing import Any, Never

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto


@refuses("ec2", "DeleteVpc")
def vpc(call: Call) -> None:
    """A VPC goes when its gateways, groups, endpoints and peerings are gone."""
    ec2, vpc_id = call.backend("ec2"), call.params["VpcId"]
    gateways = any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in ec2.internet_gateways.values())
    groups = any(not group.is_default for group in ec2.groups.get(vpc_id, {}).values())
    endpoints = any(
        endpoint.vpc_id == vpc_id and endpoint.state != "deleted" for endpoint in ec2.vpc_end_points.values()
    )
    if gateways or groups or endpoints:
        _in_use("vpc", vpc_id)


@refuses("ec2", "DeleteSubnet")
def subnet(call: Call) -> None:
    """A subnet goes when no network interface is left in it."""
    subnet_id = call.params["SubnetId"]
    if any(interface.subnet.id == subnet_id for interface in call.backend("ec2").enis.values()):
        _in_use("subnet", subnet_id)


@refuses("ec2", "DeleteSecurityGroup")
def security_group(call: Call) -> None:
    """A group goes when no interface, endpoint or other group's rule names it; the default one stays."""
    ec2 = call.backend("ec2")
    group = ec2.get_security_group_from_id(call.params.get("GroupId", ""))
    if group is None:
        return
    if group.is_default:
        message = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", message)
    interfaces = any(group in interface.group_set for interface in ec2.enis.values())
    endpoints = any(
        group.id in endpoint.security_group_ids and endpoint.state != "deleted"
        for endpoint in ec2.vpc_end_points.values()
    )
    if (
        interfaces
        or endpoints
        or any(_names(other, group.id) for other in _groups(ec2) if other is not group)
    ):
        _in_use("resource", group.id)


@refuses("ec2", "DetachInternetGateway")
def internet_gateway(call: Call) -> None:
    """A gateway is detached when no public address is left in its VPC."""
    ec2, vpc_id = call.backend("ec2"), call.params["VpcId"]
    if any(address.eni and address.eni.vpc_id == vpc_id for address in ec2.addresses):
        raise AwsError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway.",
        )


@refuses("ec2", "ReleaseAddress")
def address(call: Call) -> None:
    """An address goes when nothing uses it."""
    allocation = call.params.get("AllocationId")
    for held in call.backend("ec2").addresses:
        if held.allocation_id == allocation and held.association_id:
            raise AwsError("InvalidIPAddress.InUse", f"Address {held.public_ip} is in use.")


def _groups(ec2: Moto) -> list[Any]:
    return [group for groups in ec2.groups.values() for group in groups.values()]


def _names(group: Moto, other_id: str) -> bool:
    rules = [*group.ingress_rules, *group.egress_rules]
    return any(rule.source_group.get("GroupId") == other_id for rule in rules)


def _in_use(kind: str, name: str) -> Never:
    raise AwsError("DependencyViolation", f"The {kind} '{name}' has dependencies and cannot be deleted.")
