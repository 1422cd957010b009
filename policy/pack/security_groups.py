"""Rules of security groups, however they are declared, and what listens behind a group."""

import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .graph import Graph, Resource
from .values import ABSENT, Unknown, read, settled

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
RULES = (INGRESS, EGRESS, OLD_RULE, GROUP)
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
ALL = "-1"
# Other ways to write protocols: as numbers, and in words.
PROTOCOLS = {"all": ALL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
# Types that stand behind groups, with the input that names the groups.
MEMBERS = {
    BALANCER: "securityGroups",
    SERVICE: "networkConfiguration.securityGroups",
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
    "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
    "aws:elasticache/cluster:Cluster": "securityGroupIds",
    "aws:efs/mountTarget:MountTarget": "securityGroups",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "securityGroupIds",
    "aws:lambda/function:Function": "vpcConfig.securityGroupIds",
}
_FIXED_PORTS = {
    "aws:efs/mountTarget:MountTarget": (2049,),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (443,),
    "aws:lambda/function:Function": (),
}
_ENGINE_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "redis": 6379,
    "valkey": 6379,
    "memcached": 11211,
}
_WIDEST = {4: 8, 6: 32}


@dataclass(frozen=True)
class GroupRule:
    """One rule of a group.

    Attributes:
        resource: Where it is declared.
        prefix: Path of it in there, such as `ingress[0].`; empty if the resource is the rule.
        ingress: Whether it admits rather than lets out.
    """

    resource: Resource
    prefix: str
    ingress: bool

    def get(self, name: str) -> Any:
        """Return a part of it."""
        return self.resource.get(self.prefix + name)

    @property
    def protocol(self) -> Any:
        """Return its protocol in lower case, `-1` for all of them."""
        name = "ipProtocol" if self.resource.type in (INGRESS, EGRESS) else "protocol"
        value = self.get(name)
        return value if isinstance(value, Unknown) else PROTOCOLS.get(str(value).lower(), str(value).lower())

    @property
    def ports(self) -> Any:
        """Return first and last port as numbers; what is no number, as it is."""
        return tuple(_number(self.get(name)) for name in ("fromPort", "toPort"))

    @property
    def cidrs(self) -> list[tuple[str, Any]]:
        """Return its networks with their paths."""
        found = []
        for name in ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks"):
            value = self.get(name)
            path = self.prefix + name
            if isinstance(value, list):
                found += [(f"{path}[{index}]", item) for index, item in enumerate(value)]
            elif value is not ABSENT:
                found.append((path, value))
        return found

    @property
    def names_group(self) -> bool:
        """Whether the other side is a group."""
        names = ("referencedSecurityGroupId", "sourceSecurityGroupId", "securityGroups", "self")
        paths = [self.prefix + name for name in names]
        return any(
            self.resource.has(path) and read(self.resource.inputs, path) is not False for path in paths
        )

    def groups(self, graph: Graph) -> list[Resource]:
        """Return the group that it belongs to, if it is in the stack."""
        if self.resource.type == GROUP:
            return [self.resource]
        return graph.targets(self.resource, "securityGroupId", GROUP)


def rules_of(resource: Resource) -> Iterator[GroupRule]:
    """Yield the rules that a resource declares."""
    if resource.type == GROUP:
        for part in ("ingress", "egress"):
            for path, _ in resource.items(part):
                yield GroupRule(resource, f"{path}.", part == "ingress")
    else:
        ingress = resource.type == INGRESS or resource.get("type") == "ingress"
        yield GroupRule(resource, "", ingress)


def is_world(network: Any) -> bool:
    """Whether a network is so wide that it stands for everybody; what is no network is not."""
    parsed = _parsed(network)
    return parsed is not None and parsed.prefixlen < _WIDEST[parsed.version]


def is_within(network: Any, ranges: Iterable[Any]) -> bool:
    """Whether a network lies in one of some ranges; what is no network does not."""
    inner = _parsed(network)
    return inner is not None and any(
        outer is not None
        and inner.version == outer.version
        and outer.prefixlen <= inner.prefixlen
        and inner.network_address in outer
        for outer in map(_parsed, ranges)
    )


def is_private(network: Any) -> bool:
    """Whether a network lies in the ranges for private use."""
    parsed = _parsed(network)
    return parsed is not None and parsed.is_private


def _parsed(network: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(str(network), strict=False)
    except ValueError:
        return None


def _number(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError):
        return value


@dataclass
class Listening:
    """What listens behind a group.

    Attributes:
        members: How many resources of the stack stand there.
        ports: Ports by protocol.
        unsure: Whether something stands there whose ports are not known.
    """

    members: int = 0
    ports: set[tuple[str, int]] = field(default_factory=set)
    unsure: bool = False


def listening(graph: Graph) -> Mapping[str, Listening]:
    """Find what listens behind each group of a stack, by the group's URN."""
    found = {group.urn: Listening() for group in graph.of(GROUP)}
    for member in graph.resources.values():
        if member.type in MEMBERS:
            groups = graph.targets(member, MEMBERS[member.type], GROUP)
            ports = _ports(graph, member)
        elif member.type in RULES:
            continue
        else:
            urns = {urn for urns in member.references.values() for urn in urns if urn in found}
            groups, ports = [graph.resources[urn] for urn in urns], None
        for group in groups:
            found[group.urn].members += 1
            if ports is None:
                found[group.urn].unsure = True
            else:
                found[group.urn].ports |= ports
    if any(_might_be_anywhere(member) for member in graph.of(*MEMBERS)):
        for known in found.values():
            known.unsure = True
    return found


def _might_be_anywhere(member: Resource) -> bool:
    path = MEMBERS[member.type]
    value = member.get(path)
    values = value if isinstance(value, list) else [value]
    unknown = any(isinstance(item, Unknown) and not item.source for item in values)
    return unknown and not member.references.get(path.partition(".")[0])


def _ports(graph: Graph, member: Resource) -> set[tuple[str, int]] | None:
    """Return the ports of what stands behind a group; None if they are not known."""
    if member.type in _FIXED_PORTS:
        return {("tcp", port) for port in _FIXED_PORTS[member.type]}
    if member.type == BALANCER:
        return _balancer_ports(graph, member)
    if member.type == SERVICE:
        return _service_ports(graph, member)
    port = _number(member.get("port"))
    if port is ABSENT:
        engine = str(member.get("engine")).removeprefix("aurora-").replace("postgresql", "postgres")
        port = _ENGINE_PORTS.get(engine)
    return {("tcp", port)} if isinstance(port, int) else None


def _balancer_ports(graph: Graph, balancer: Resource) -> set[tuple[str, int]] | None:
    ports = set()
    for listener in graph.naming(balancer, "loadBalancerArn", LISTENER):
        port = _number(listener.get("port"))
        if not isinstance(port, int):
            return None
        udp = str(listener.get("protocol")) in ("UDP", "TCP_UDP")
        ports |= {("tcp", port), ("udp", port)} if udp else {("tcp", port)}
    return None if graph.unresolved("loadBalancerArn", LISTENER) else ports


def _service_ports(graph: Graph, service: Resource) -> set[tuple[str, int]] | None:
    tasks = graph.targets(service, "taskDefinition", TASK)
    ports: set[tuple[str, int]] = set()
    for task in tasks:
        containers = _containers(task.get("containerDefinitions"))
        if not isinstance(containers, list):
            return None
        for container in containers:
            mappings = container.get("portMappings", []) if isinstance(container, Mapping) else None
            if not isinstance(mappings, list):
                return None
            for mapping in mappings:
                port = _number(mapping.get("containerPort")) if isinstance(mapping, Mapping) else None
                if not isinstance(port, int):
                    return None
                ports.add((str(mapping.get("protocol") or "tcp"), port))
    return ports if tasks else None


def _containers(value: Any) -> Any:
    try:
        return settled(json.loads(value)) if isinstance(value, str) else value
    except ValueError:
        return None
