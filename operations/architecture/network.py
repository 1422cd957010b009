"""What a picture shows inside a VPC.

A box is a security group with what is in it, for the groups' rules say who may send to whom.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from operations.architecture.picture import Arrow, Box, Place
from operations.architecture.reading import Resources, at, region_name, slug, some, sources, tier, zone
from operations.plan.model import Resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SERVICE = "aws:ecs/service:Service"
DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
MOUNT = "aws:efs/mountTarget:MountTarget"
# Where each of them says in which security groups it is.
GROUPED = {
    BALANCER: "securityGroups",
    SERVICE: "networkConfiguration.securityGroups",
    DATABASE: "vpcSecurityGroupIds",
    CACHE: "securityGroupIds",
    MOUNT: "securityGroups",
}
SUBNET_GROUPS = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
CLIENTS = Box(id="clients", title="Terminals, browsers")
ANYWHERE = "0.0.0.0/0"


class Network:
    """The VPC of a stack, with what is in it.

    Args:
        stack: Name of the stack.
        resources: Its resources.
        outline: Without the files of services, and without the services that have some.
    """

    def __init__(self, stack: str, resources: Resources, *, outline: bool) -> None:
        self.stack = stack
        self.resources = resources
        self.outline = outline

    @property
    def database(self) -> str:
        """Id of the box of the database."""
        return next(self._id(group) for group, each in self.members.items() if each[0].type == DATABASE)

    @property
    def place(self) -> Place:
        """The VPC."""
        (vpc,) = self.resources.of("aws:ec2/vpc:Vpc")
        return Place(id=slug(self.stack, "vpc"), title=f"{self.stack}: VPC {vpc.inputs['cidrBlock']}")

    @cached_property
    def members(self) -> dict[str, list[Resource]]:
        """What is in each security group, by its URN."""
        members: dict[str, list[Resource]] = {}
        for type_, path in GROUPED.items():
            for each in self.resources.of(type_):
                for group in sources(at(each.inputs, path))[:1]:
                    members.setdefault(group, []).append(each)
        if not self.outline:
            return members
        files = {group for group, each in members.items() if each[0].type == MOUNT}
        left_out = files | {source for source, target, _ in self._rules() if target in files}
        return {group: each for group, each in members.items() if group not in left_out}

    def boxes(self) -> Iterator[Box]:
        """Yield what is in the VPC."""
        for group, members in self.members.items():
            kinds = {each.type for each in members}
            yield Box(
                id=self._id(group),
                title=self._title(members),
                lines=tuple(self._lines(members)),
                inside=self._inside(members),
                data=not kinds & {SERVICE, BALANCER},
            )

    def requests(self) -> Iterator[Arrow]:
        """Yield who may send requests to whom, by the rules of the security groups."""
        drawn = {CLIENTS.id: CLIENTS.id} | {group: self._id(group) for group in self.members}
        ports: dict[tuple[str, str], set[int]] = {}
        for source, target, port in self._rules():
            if source != target and {source, target} <= drawn.keys():
                ports.setdefault((source, target), set()).add(port)
        for source, target in sorted(ports, key=lambda way: (drawn[way[0]], drawn[way[1]])):
            label = ", ".join(map(str, sorted(ports[source, target])))
            yield Arrow(source=drawn[source], target=drawn[target], label=label)

    def box_of(self, urn: str) -> str | None:
        """Return the id of the box that a resource is in."""
        for group, members in self.members.items():
            if urn in {each.urn for each in members}:
                return self._id(group)
        return None

    def _rules(self) -> Iterator[tuple[str, str, int]]:
        for each in self.resources.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
            (target,) = sources(each.inputs["securityGroupId"])
            found = sources(each.inputs.get("referencedSecurityGroupId"))
            if each.inputs.get("cidrIpv4") == ANYWHERE:
                found.append(CLIENTS.id)
            yield from ((source, target, each.inputs["fromPort"]) for source in found)

    def _title(self, members: Sequence[Resource]) -> str:
        by_type = {each.type: each.inputs for each in members}
        if CACHE in by_type:
            return f"ElastiCache for {by_type[CACHE]['engine'].capitalize()}"
        balancer = by_type.get(BALANCER, {}).get("loadBalancerType", "").capitalize()
        if SERVICE in by_type:
            return "ECS services on Fargate" + (f" behind a {balancer} Load Balancer" if balancer else "")
        return {DATABASE: "RDS for PostgreSQL", MOUNT: "EFS", BALANCER: f"{balancer} Load Balancer"}[
            members[0].type
        ]

    def _lines(self, members: Sequence[Resource]) -> Iterator[str]:
        for each in members:
            if each.type == DATABASE:
                yield _database(each)
            elif each.type == CACHE:
                shards, replicas = each.inputs["numNodeGroups"], each.inputs["replicasPerNodeGroup"]
                yield f"{some(shards, 'shard')}, {some(replicas, 'replica')} each"
            elif each.type == BALANCER and each.urn in self._protected():
                yield "AWS WAF"
        yield from self._services([each for each in members if each.type == SERVICE])
        mounts = [each.inputs["fileSystemId"] for each in members if each.type == MOUNT]
        yield from sorted({self.resources[urn].name for urn in sources(mounts)})

    def _protected(self) -> set[str]:
        associations = self.resources.of("aws:wafv2/webAclAssociation:WebAclAssociation")
        return {urn for each in associations for urn in sources(each.inputs["resourceArn"])}

    def _services(self, services: Sequence[Resource]) -> Iterator[str]:
        most = {
            each.inputs["resourceId"].rpartition("/")[2]: each.inputs["maxCapacity"]
            for each in self.resources.of("aws:appautoscaling/target:Target")
        }
        tasks: dict[str, list[int]] = {}
        for each in services:
            least = each.inputs["desiredCount"]
            # One service per replica: loki-0, loki-1.
            numbers = tasks.setdefault(re.sub(r"-\d+$", "", each.name), [0, 0])
            numbers[0] += least
            numbers[1] += most.get(each.inputs["name"], least)
        for name, (least, greatest) in tasks.items():
            yield (
                f"{name}: {least} to {greatest} tasks"
                if least < greatest
                else f"{name}: {some(least, 'task')}"
            )

    def _inside(self, members: Sequence[Resource]) -> tuple[Place, ...]:
        first = self.resources[self._subnets(members[0])[0]]
        region = Place(id=slug(first.region or ""), title=region_name(first.region))
        return region, self.place, self._tier(tier(first))

    def _tier(self, name: str) -> Place:
        subnets = {
            each.urn: each for each in self.resources.of("aws:ec2/subnet:Subnet") if tier(each) == name
        }
        zones = ", ".join(sorted(zone(each.inputs["availabilityZone"]) for each in subnets.values()))
        gateways = [
            each
            for each in self.resources.of("aws:ec2/natGateway:NatGateway")
            if subnets.keys() & sources(each.inputs["subnetId"])
        ]
        more = f"; {some(len(gateways), 'NAT gateway')}" if gateways else ""
        return Place(id=slug(self.stack, name), title=f"{name} subnets in {zones}{more}")

    def _subnets(self, each: Resource) -> list[str]:
        if each.type == MOUNT:
            return sources(each.inputs["subnetId"])
        if each.type == BALANCER:
            return sources(each.inputs["subnets"])
        if each.type == SERVICE:
            return sources(at(each.inputs, "networkConfiguration.subnets"))
        name = each.inputs.get("dbSubnetGroupName") or each.inputs["subnetGroupName"]
        groups = [item for type_ in SUBNET_GROUPS for item in self.resources.of(type_)]
        return next(sources(item.inputs["subnetIds"]) for item in groups if item.inputs["name"] == name)

    def _id(self, group: str) -> str:
        return slug(self.resources[group].inputs["name"])


def _database(each: Resource) -> str:
    replica = "replicateSourceDb" in each.inputs
    zones = "Multi-AZ" if each.inputs.get("multiAz") else "one zone"
    where = zone(each.inputs.get("availabilityZone", "")) or zones
    return f"{'read replica' if replica else 'primary'}: {where}"
