"""EC2: what a deletion takes with it, both sides of a peering, and fields that are read back."""

from collections.abc import Callable
from copy import copy
from ipaddress import IPv4Network
from typing import Any, cast

from moto.ec2.models import ec2_backends
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

from local.aws.additions.operations import after
from local.aws.additions.patching import attribute, wrap
from local.aws.call import ACCOUNT, Call, backend
from local.aws.untyped import Moto

Original = Callable[..., Any]


@wrap(NatGatewayBackend, "delete_nat_gateway", digest="bae2427a")
def delete_nat_gateway(original: Original, self: Moto, nat_gateway_id: str) -> Moto:
    """Moto keeps interface and address of a deleted NAT gateway: subnet and address could never go."""
    gateway = original(self, nat_gateway_id)
    for address in self.addresses:
        if address.eni is gateway._eni:  # noqa: SLF001
            self.disassociate_address(association_id=address.association_id)
    self.enis.pop(gateway._eni.id, None)  # noqa: SLF001
    return gateway


@wrap(VPCBackend, "delete_vpc", digest="e1bdbc7e")
def delete_vpc(original: Original, self: Moto, vpc_id: str) -> Moto:
    """Moto keeps the default network ACL of a deleted VPC, and the tags of all that goes with it."""
    groups, tables = self.groups[vpc_id].values(), self.route_tables.values()
    defaults = [*groups, *(table for table in tables if table.vpc_id == vpc_id)]
    vpc = original(self, vpc_id)
    _forget_tags([resource.id for resource in defaults])
    for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
        del self.network_acls[acl.id]
    return vpc


@wrap(VPCPeeringConnectionBackend, "create_vpc_peering_connection", digest="5e8cbe3c")
def create_vpc_peering_connection(
    original: Original, self: Moto, vpc: Moto, peer_vpc: Moto, *args: Moto
) -> Moto:
    """AWS answers a request for overlapping networks with a connection that has failed."""
    peering = original(self, vpc, peer_vpc, *args)
    if any(one.overlaps(other) for one in _networks(vpc) for other in _networks(peer_vpc)):
        peering._status.code = "failed"  # noqa: SLF001
        peering._status.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"  # noqa: SLF001
    return peering


def _networks(vpc: Moto) -> list[IPv4Network]:
    return [IPv4Network(entry["cidr_block"], strict=False) for entry in vpc.cidr_block_association_set]


@wrap(VPCPeeringConnectionBackend, "describe_vpc_peering_connections", digest="94362512")
def describe_vpc_peering_connections(original: Original, self: Moto, *args: Moto, **kwargs: Moto) -> Moto:
    """Each side of a peering has its own tags; moto answers the requester's on both."""
    return [_seen_from(self, peering) for peering in original(self, *args, **kwargs)]


def _seen_from(backend: Moto, peering: Moto) -> Moto:
    if peering.ec2_backend is backend:
        return peering
    view = copy(peering)
    view.ec2_backend = backend
    return view


@wrap(FlowLogsBackend, "create_flow_logs", digest="e01cd02a")
def create_flow_logs(original: Original, self: Moto, *args: Moto, **kwargs: Moto) -> Moto:
    """Moto finds a log group by name only; the destination is given as an ARN since 2018."""
    flow_logs, unsuccessful = original(self, *args, **kwargs)
    groups = backend("logs", self.region_name).groups
    for flow_log in flow_logs:
        if flow_log.log_destination_type == "cloud-watch-logs" and flow_log.log_destination:
            name = flow_log.log_destination.split(":log-group:")[-1].removesuffix(":*")
            flow_log.deliver_logs_status = "SUCCESS" if name in groups else "FAILED"
            flow_log.deliver_logs_error_message = None if name in groups else "Access error"
    return flow_logs, unsuccessful


@wrap(SecurityGroupRule, "description", digest="d7622595")
def description(original: Original, self: Moto) -> str | None:
    """Moto reads the description of a CIDR only, not that of a group."""
    return cast(str | None, original(self) or self.source_group.get("Description"))


attribute(VPCEndPoint, "ip_address_type", "ipv4")


@after(
    "ec2",
    "DeleteFlowLogs",
    "DeleteInternetGateway",
    "DeleteNatGateway",
    "DeleteNetworkAcl",
    "DeleteNetworkInterface",
    "DeleteRouteTable",
    "DeleteSecurityGroup",
    "DeleteSubnet",
    "DeleteVpc",
    "DeleteVpcEndpoints",
    "DeleteVpcPeeringConnection",
    "ReleaseAddress",
)
def delete_tags(call: Call) -> None:
    """Moto keeps the tags of what is deleted: who looks for resources by tag would find ghosts."""
    for value in call.params.values():
        _forget_tags(value if isinstance(value, list) else [value])


@after("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def delete_rule_tags(call: Call) -> None:
    """The same of rules."""
    _forget_tags(call.params.get("SecurityGroupRuleIds", []))


def _forget_tags(ids: list[Any]) -> None:
    for regional in ec2_backends[ACCOUNT].values():  # both sides of a peering have tags
        for name in ids:
            if isinstance(name, str):
                regional.tags.pop(name, None)
