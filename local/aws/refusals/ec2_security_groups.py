"""Security group rules."""

from typing import Any

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_PORTS = ("tcp", "udp", "6", "17")
MAX_PORT = 65535


@refuses("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def port_range(call: Call) -> None:
    """TCP and UDP rules name a range of ports, lowest first."""
    for permission in call.params.get("IpPermissions", []):
        if permission.get("IpProtocol", "").lower() in _PORTS:
            first, last = permission.get("FromPort"), permission.get("ToPort")
            if first is None or last is None or not 0 <= first <= last <= MAX_PORT:
                raise AwsError(
                    "InvalidParameterValue",
                    f"Invalid value '{first}-{last}' for portRange. From port must not exceed to port.",
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


@refuses("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def duplicate_rule(call: Call) -> None:
    """A rule is there once; a description does not make it another. moto compares descriptions too."""
    group = call.backend("ec2").get_security_group_from_id(call.params.get("GroupId", ""))
    if group is None:
        return
    rules = group.egress_rules if call.operation.endswith("Egress") else group.ingress_rules
    present = {(rule.ip_protocol, rule.from_port, rule.to_port, _source(rule)) for rule in rules}
    for permission in call.params.get("IpPermissions", []):
        protocol = permission.get("IpProtocol", "-1")
        ports = (None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))
        for source in _sources(permission):
            if (protocol, *ports, source) in present:
                message = (
                    f'the specified rule "peer: {source}, {protocol}, from port: {ports[0]}" already exists'
                )
                raise AwsError("InvalidPermission.Duplicate", message)


def _source(rule: Moto) -> str:
    return str(rule.cidr_ipv4 or rule.cidr_ipv6 or rule.prefix_list_id or rule.source_group.get("GroupId"))


def _sources(permission: dict[str, Any]) -> list[str]:
    members = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"))
    named = (*members, ("UserIdGroupPairs", "GroupId"))
    return [str(entry.get(key)) for member, key in named for entry in permission.get(member, [])]


@refuses("ec2", "CreateSecurityGroup")
def group_name(call: Call) -> None:
    """Names that start like an id are reserved."""
    if call.params["GroupName"].startswith("sg-"):
        message = "Invalid group name: group names may not be in the format sg-*."
        raise AwsError("InvalidParameterValue", message)


def _peered(ec2: Moto, one: str, other: str) -> bool:
    return any(
        {peering.vpc.id, peering.peer_vpc.id} == {one, other} and peering.status["Code"] == "active"
        for peering in ec2.vpc_pcxs.values()
    )
