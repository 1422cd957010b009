"""Security group rules."""

from typing import Any

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

_PORTS = ("tcp", "udp", "6", "17")
MAX_PORT = 65535


@refuses("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def ports(call: Call) -> None:
    """TCP and UDP rules name a range of ports, lowest first."""
    for permission in call.params.get("IpPermissions", []):
        if permission.get("IpProtocol", "").lower() in _PORTS:
            first, last = permission.get("FromPort"), permission.get("ToPort")
            if first is None or last is None or not 0 <= first <= last <= MAX_PORT:
                raise AwsError(
                    "InvalidParameterValue",
                    f"Invalid value '{first}-{last}' for port range: specify a from port no greater than the to port.",
                )


@refuses("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def group_of_another_vpc(call: Call) -> None:
    """A rule names groups of its own VPC, or of one that is peered with it in the same region."""
    ec2 = call.backend("ec2")
    group = ec2.get_security_group_from_id(call.params.get("GroupId", ""))
    if group is None:
        return
    for permission in call.params.get("IpPermissions", []):
        for pair in permission.get("UserIdGroupPairs", []):
            other = ec2.get_security_group_from_id(pair.get("GroupId", ""))
            if other is None:
                message = f"The security group '{pair.get('GroupId')}' does not exist"
                raise AwsError("InvalidGroup.NotFound", message)
            if other.vpc_id != group.vpc_id and not _peered(ec2, group.vpc_id, other.vpc_id):
                message = "You have specified two resources that belong to different networks."
                raise AwsError("InvalidGroup.NotFound", message)


@refuses("ec2", "CreateSecurityGroup")
def group_name(call: Call) -> None:
    """Names that start like an id are reserved."""
    if call.params["GroupName"].startswith("sg-"):
        message = "Invalid group name: group names may not be in the format sg-*."
        raise AwsError("InvalidParameterValue", message)


def _peered(ec2: Any, one: str, other: str) -> bool:  # noqa: ANN401 - moto is untyped
    return any(
        {peering.vpc.id, peering.peer_vpc.id} == {one, other} and peering.status["Code"] == "active"
        for peering in ec2.vpc_pcxs.values()
    )
