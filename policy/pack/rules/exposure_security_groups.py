"""Security groups: who reaches which port."""

from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..security_groups import (
    ALL,
    BALANCER,
    GROUP,
    LISTENER,
    MEMBERS,
    RULES,
    SERVICE,
    TASK,
    GroupRule,
    is_world,
    listening,
    rules_of,
)
from ..settings import Settings
from ..values import ABSENT, Unknown, has_unknown
from ..verdicts import IS_ABSENT, IS_SET, Check, Verdict

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EC2 = f"{SECURITY_HUB}/ec2-controls.html"
GROUPS = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"


@resource_rule(
    "security-group-described",
    *RULES,
    severity=Severity.LOW,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_23",)),
    reason="Nobody closes a port of which nobody knows what it is for.",
    remedy="Set description on the security group and on each of its rules.",
    url=GROUPS,
)
def security_group_described(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Pulumi's own filling is no description."""
    said = Check("words of one's own", lambda value: value not in (ABSENT, "", "Managed by Pulumi"))
    if resource.type == GROUP:
        yield resource.must("description", said)
    for rule in rules_of(resource):
        yield resource.must(f"{rule.prefix}description", said)


@resource_rule(
    "security-groups-set",
    *MEMBERS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="Without groups of its own it gets the VPC's default one, and with it whoever else did.",
    remedy="Name security groups in the resource's security group argument.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
)
def security_groups_set(member: Resource, _: Settings) -> Iterator[Verdict]:
    """A gateway endpoint and a function outside a VPC have none; a replica in another VPC needs its own."""
    path = MEMBERS[member.type]
    inside = {
        "aws:ec2/vpcEndpoint:VpcEndpoint": member.get("vpcEndpointType") == "Interface",
        "aws:lambda/function:Function": member.has("vpcConfig"),
        BALANCER: member.get("loadBalancerType") != "gateway",
        SERVICE: member.has("networkConfiguration"),
        # It has those of the group that it belongs to.
        "aws:elasticache/cluster:Cluster": not member.has("replicationGroupId"),
    }
    if inside.get(member.type, True):
        yield member.must(path, IS_SET)


@resource_rule(
    "security-group-few-ports",
    *RULES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A range of ports opens what is started on one of them later.",
    remedy="Set from_port and to_port to the port that is served, or raise the pack's portRange.",
    url=GROUPS,
)
def security_group_few_ports(resource: Resource, settings: Settings) -> Iterator[Verdict]:
    """All protocols at once are a rule of their own; ICMP has no ports."""
    for rule in rules_of(resource):
        path = f"{rule.prefix}toPort"
        first, last = rule.ports
        if has_unknown([rule.protocol, first, last]):
            yield resource.not_judged(path)
        elif rule.protocol in ("tcp", "udp", "6", "17"):
            few = isinstance(first, int) and isinstance(last, int) and 0 <= last - first < settings.port_range
            message = f"{rule.prefix}fromPort to {path} are more than {settings.port_range} ports"
            yield resource.passes(path) if few else resource.fails(path, message)


@graph_rule(
    "security-group-no-all-traffic",
    *RULES,
    BALANCER,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_382",)),
    reason="A rule for all protocols and ports is none.",
    remedy="Set ip_protocol, from_port and to_port to what is served.",
    url=f"{EC2}#ec2-18",
)
def security_group_no_all_traffic(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A load balancer may reach all ports of its targets: health checks need not use the traffic port."""
    for resource in graph.of(*RULES):
        for rule in rules_of(resource):
            path = rule.prefix + ("ipProtocol" if resource.type.startswith("aws:vpc/") else "protocol")
            if isinstance(rule.protocol, Unknown):
                yield resource.not_judged(path)
            elif rule.protocol != ALL:
                yield resource.passes(path)
            elif not rule.ingress and rule.names_group:
                yield _of_balancer(graph, rule, path, f"{path} is all protocols", "application")
            else:
                yield resource.fails(path, f"{path} is all protocols")


def _of_balancer(graph: Graph, rule: GroupRule, path: str, message: str, kind: str | None = None) -> Verdict:
    """Pass what belongs to a load balancer's group."""
    groups = rule.groups(graph)
    balancers = [item for group in groups for item in graph.naming(group, MEMBERS[BALANCER], BALANCER)]
    kinds = [item.get("loadBalancerType") for item in balancers]
    if any(kind in (None, "application" if found is ABSENT else found) for found in kinds):
        return rule.resource.passes(path)
    nameless = not groups and isinstance(rule.resource.get("securityGroupId"), Unknown)
    if nameless or has_unknown(kinds) or graph.unresolved(MEMBERS[BALANCER], BALANCER):
        return rule.resource.not_judged(path, f"whose group {path} is in is not known yet")
    return rule.resource.fails(path, message)


@graph_rule(
    "security-group-world-ingress",
    *RULES,
    BALANCER,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("EC2.18", "EC2.19"), checkov=("CKV_AWS_24", "CKV_AWS_25")),
    reason="What the world reaches, the world attacks.",
    remedy="Admit the world to a load balancer only; elsewhere set referenced_security_group_id.",
    url=f"{EC2}#ec2-18",
)
def security_group_world_ingress(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """A network that is nearly the world counts as the world, and IPv6 as IPv4."""
    for resource in graph.of(*RULES):
        for rule in rules_of(resource):
            for path, network in rule.cidrs if rule.ingress else ():
                if isinstance(network, Unknown):
                    yield resource.not_judged(path)
                elif not is_world(network):
                    yield resource.passes(path)
                else:
                    yield _world(graph, rule, path, settings)


def _world(graph: Graph, rule: GroupRule, path: str, settings: Settings) -> Verdict:
    first, last = rule.ports
    if has_unknown([first, last, rule.protocol]):
        return rule.resource.not_judged(path)
    ports = isinstance(first, int) and first == last and first in settings.public_ports
    if rule.protocol not in ("tcp", "udp") or not ports:
        return rule.resource.fails(path, f"{path} is the world, and the ports are not the public ones")
    others = [
        member
        for group in rule.groups(graph)
        for type_, place in MEMBERS.items()
        if type_ != BALANCER
        for member in graph.naming(group, place, type_)
    ]
    if others:
        return rule.resource.fails(path, f"{path} is the world, and {others[0].name} is in the group too")
    return _of_balancer(graph, rule, path, f"{path} is the world, and the group is no load balancer's")


@graph_rule(
    "security-group-port-used",
    *RULES,
    *MEMBERS,
    LISTENER,
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A port on which nothing listens is a mistake, or a door kept open for somebody.",
    remedy="Remove the rule, or set from_port and to_port to the port that is served.",
    url=GROUPS,
)
def security_group_port_used(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A listener, container, database, cache, file system or endpoint stands behind each port."""
    behind = listening(graph)
    for resource in graph.of(*RULES):
        for rule in rules_of(resource):
            path = f"{rule.prefix}fromPort"
            first, last = rule.ports
            if not rule.ingress or rule.protocol in (ALL, "icmp", "icmpv6"):
                continue
            groups = rule.groups(graph)
            if not groups or has_unknown([first, last, rule.protocol]):
                if isinstance(resource.get("securityGroupId"), Unknown) or groups:
                    yield resource.not_judged(path)
                continue
            known = behind[groups[0].urn]
            ports = range(first, last + 1) if isinstance(first, int) and isinstance(last, int) else ()
            if ports and all((rule.protocol, port) in known.ports for port in ports):
                yield resource.passes(path)
            elif known.unsure or not known.members:
                yield resource.not_judged(
                    path, "what listens behind the group is not known, or stands in another stack"
                )
            else:
                yield resource.fails(path, f"nothing behind the group listens on each of {path} to toPort")


@graph_rule(
    "vpc-default-security-group-empty",
    VPC,
    DEFAULT_GROUP,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("EC2.2",), checkov=("CKV2_AWS_12",)),
    reason="What is started without a security group gets the default one.",
    remedy="Declare ec2.DefaultSecurityGroup for the VPC, with ingress=[] and egress=[].",
    url=f"{EC2}#ec2-2",
)
def vpc_default_security_group_empty(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """AWS fills the default group of a new VPC; only one that is taken over is emptied."""
    for vpc in graph.of(VPC):
        missing = "the default security group is not taken over"
        groups, verdict = graph.companion(vpc, "vpcId", DEFAULT_GROUP, missing)
        yield verdict
        for group in groups:
            yield group.must("ingress", IS_ABSENT)
            yield group.must("egress", IS_ABSENT)
