"""Security groups: what is reached beyond the network, and who beyond it is let in."""

from collections.abc import Iterator
from typing import Any

from ..graph import Graph, Resource
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..security_groups import BALANCER, MEMBERS, RULES, SERVICE, GroupRule, is_within, is_world, rules_of
from ..settings import Settings
from ..values import ABSENT, Unknown, has_unknown
from ..verdicts import Verdict

VPC = "aws:ec2/vpc:Vpc"
MORE_RANGE = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
# What runs all the time, and would wait for the other network.
RUNNING = (SERVICE, BALANCER, "aws:lambda/function:Function")
# RFC 1918, RFC 6598 and RFC 4193: the world is reached through none of them.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
GROUPS = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
PEERING = "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"


@resource_rule(
    "security-group-world-egress",
    *RULES,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("1.3.2",)),
    reason="What may reach the world at any port, a thief may send data out by.",
    remedy="Send to a group or to a range of one's own, or add the port to the pack's outboundPorts.",
    url=GROUPS,
)
def security_group_world_egress(resource: Resource, settings: Settings) -> Iterator[Verdict]:
    """A network that is nearly the world counts as the world."""
    for rule in rules_of(resource):
        for path, network in () if rule.ingress else rule.cidrs:
            if not is_world(network) and not isinstance(network, Unknown):
                yield resource.passes(path)
            elif isinstance(network, Unknown) or has_unknown([rule.protocol, *rule.ports]):
                yield resource.not_judged(path)
            elif _only(rule, settings.outbound_ports):
                yield resource.passes(path)
            else:
                yield resource.fails(path, f"{path} is the world, and the ports are not the outbound ones")


@graph_rule(
    "security-group-peered-networks",
    *RULES,
    *RUNNING,
    VPC,
    MORE_RANGE,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A peering made for one purpose carries an intruder on to all that groups admit.",
    remedy="Open the pack's peeredPorts only, and to another network from a group that no service is in.",
    url=PEERING,
)
def security_group_peered_networks(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of private networks beside that of the group, of which a rule can name the range only."""
    for resource in graph.of(*RULES):
        for rule in rules_of(resource):
            for path, network in rule.cidrs:
                if isinstance(network, Unknown):
                    yield resource.not_judged(path)
                elif is_within(network, PRIVATE):
                    yield _beside(graph, rule, path, network, settings)


def _beside(graph: Graph, rule: GroupRule, path: str, network: Any, settings: Settings) -> Verdict:
    resource, groups = rule.resource, rule.groups(graph)
    own = [each for group in groups for each in _ranges(graph, group)]
    # One that a pool of IPAM assigns is not set here.
    if has_unknown([*own, rule.protocol, *rule.ports]) or not own or ABSENT in own:
        return resource.not_judged(path, f"whether {path} is the network of the group is not known")
    if is_within(network, own):
        return resource.passes(path)
    if not _only(rule, settings.peered_ports):
        return resource.fails(path, f"{path} is another network, and the ports are not the peered ones")
    running = [
        member
        for group in groups
        for type_ in RUNNING
        for member in ([] if rule.ingress else graph.naming(group, MEMBERS[type_], type_))
    ]
    if running:
        return resource.fails(path, f"{path} is another network, and {running[0].name} is in the group")
    return resource.passes(path)


def _ranges(graph: Graph, group: Resource) -> list[Any]:
    """List the ranges of the network that a group is in."""
    vpcs = graph.targets(group, "vpcId", VPC)
    more = [each for vpc in vpcs for each in graph.naming(vpc, "vpcId", MORE_RANGE)]
    return [each.get("cidrBlock") for each in (*vpcs, *more)]


def _only(rule: GroupRule, ports: frozenset[int]) -> bool:
    first, last = rule.ports
    return rule.protocol in ("tcp", "udp") and first == last and first in ports
