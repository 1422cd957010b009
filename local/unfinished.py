"""Deleting what an interrupted engine may have created in AWS without learning its id.

Before it creates a resource the engine notes a pending operation with all inputs, but the id is known only
when AWS has answered. So each kind says how its resource is found from its inputs: by a name that the program
gives, or by tags, which components keep unique in a stack. What is found is deleted and not adopted: nothing
can depend on it yet, and a creation of several calls may have stopped between any two of them, in ways that a
later comparison misses (a new security group lets everything out until the provider's second call).

Keys cannot be deleted at once by anyone: they are left to expire, after AWS's shortest time.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

Clients = Callable[[str, str], BaseClient]
"""``clients(service, region)`` -> boto3 client"""
Resource = Mapping[str, Any]
"""A resource as it stands in the engine's state"""

SHORTEST_KEY_WINDOW_DAYS = 7
_MISSING = re.compile(r"NotFound|NoSuch|Gateway\.NotAttached")


@dataclass(frozen=True)
class Target:
    """What was to be created, and where.

    Attributes:
        kind: Type token.
        inputs: Inputs of the resource.
        tags: All its tags, the provider's default tags included.
        region: Its region.
    """

    kind: str
    inputs: Mapping[str, Any]
    tags: Mapping[str, str]
    region: str


@dataclass(frozen=True)
class Named:
    """A kind that AWS identifies by what the program gives.

    Attributes:
        service: Service of the call that deletes it.
        delete: The call, as a boto3 method.
        identity: Its parameters, and the inputs that they take.
        further: Its other parameters, and their values.
    """

    service: str
    delete: str
    identity: Mapping[str, str]
    further: Mapping[str, Any] = field(default_factory=dict)

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete it unless a resource in a state has the same identity; return what was deleted."""
        if missing := self.identity.values() - target.inputs.keys():
            raise LookupError(f"A {target.kind} was begun without {sorted(missing)}, which identify it.")
        wanted = [target.inputs[name] for name in self.identity.values()]
        others = (
            other["inputs"] for other in _of_region(owned, target.region) if other["type"] == target.kind
        )
        if any([inputs.get(name) for name in self.identity.values()] == wanted for inputs in others):
            return []
        call = getattr(clients(self.service, target.region), self.delete)
        found = _try(call, **dict(zip(self.identity, wanted, strict=True)), **self.further)
        return [" ".join(wanted)] if found else []


@dataclass(frozen=True)
class Tagged:
    """A kind of EC2 that AWS gives an id to.

    Attributes:
        prefix: How its ids begin.
        delete: The call that deletes it, as a boto3 method.
        parameter: Its parameter for the id; a plural takes a list.
        further: Its other parameters, and the inputs that they take.
    """

    prefix: str
    delete: str
    parameter: str
    further: Mapping[str, str] = field(default_factory=dict)

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete those with the target's tags that are in no state; return their ids."""
        client = clients("ec2", target.region)
        found = _tagged(client, target.tags, self.prefix) - _ids(owned, target.region)
        return [id_ for id_ in sorted(found) if self.discard_one(client, id_, target)]

    def discard_one(self, client: BaseClient, id_: str, target: Target) -> bool:
        """Delete one; False when it is gone."""
        further = {name: target.inputs[value] for name, value in self.further.items()}
        parameter = {self.parameter: [id_] if self.parameter.endswith("s") else id_}
        return _try(getattr(client, self.delete), **parameter, **further)


@dataclass(frozen=True)
class Attached(Tagged):
    """An internet gateway: AWS deletes it only when no VPC has it."""

    def discard_one(self, client: BaseClient, id_: str, target: Target) -> bool:
        """Detach and delete one; False when it is gone."""
        _try(client.detach_internet_gateway, InternetGatewayId=id_, VpcId=target.inputs["vpcId"])
        return super().discard_one(client, id_, target)


@dataclass(frozen=True)
class Association:
    """A subnet's association with a route table."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """End it unless it is in a state; return its id."""
        client = clients("ec2", target.region)
        subnet = {"Name": "association.subnet-id", "Values": [target.inputs["subnetId"]]}
        found = {
            association["RouteTableAssociationId"]
            for table in client.describe_route_tables(Filters=[subnet])["RouteTables"]
            for association in table["Associations"]
            if association.get("SubnetId") == target.inputs["subnetId"]
        }
        ids = sorted(found - _ids(owned, target.region))
        for id_ in ids:
            client.disassociate_route_table(AssociationId=id_)
        return ids


@dataclass(frozen=True)
class Key:
    """A KMS key or a replica of one."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Schedule the deletion of those with the target's tags that are in no state; return their ids."""
        client = clients("kms", target.region)
        pages = client.get_paginator("list_keys").paginate()
        all_ids = {key["KeyId"] for page in pages for key in page["Keys"]}
        ids = [
            id_
            for id_ in sorted(all_ids - _ids(owned, target.region))
            if "Pending" not in client.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"]
            and _has_tags(_key_tags(client, id_), target.tags)
        ]
        for id_ in ids:
            client.schedule_key_deletion(KeyId=id_, PendingWindowInDays=SHORTEST_KEY_WINDOW_DAYS)
        return ids


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a task definition of ECS; those of a family are told apart by number."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Deregister those of the family that are in no state; return their ARNs."""
        client = clients("ecs", target.region)
        kept = {other.get("outputs", {}).get("arn") for other in owned}
        pages = client.get_paginator("list_task_definitions").paginate(
            familyPrefix=target.inputs["family"], status="ACTIVE"
        )
        arns = [
            arn
            for page in pages
            for arn in page["taskDefinitionArns"]
            # The prefix is that of longer names too.
            if arn not in kept and arn.split("/")[1].split(":")[0] == target.inputs["family"]
        ]
        for arn in arns:
            client.deregister_task_definition(taskDefinition=arn)
        return arns


@dataclass(frozen=True)
class Discovered:
    """A namespace or a service of Cloud Map, which AWS gives an id to.

    Attributes:
        plural: What it is called in the names of calls and answers.
        delete: The call that deletes it, as a boto3 method.
    """

    plural: str
    delete: str

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete those with the target's tags that are in no state; return their ids."""
        client = clients("servicediscovery", target.region)
        pages = client.get_paginator(f"list_{self.plural.lower()}").paginate()
        found = {each["Id"]: each["Arn"] for page in pages for each in page[self.plural]}
        ids = [
            id_
            for id_ in sorted(found.keys() - _ids(owned, target.region))
            if _has_tags(_tags(client.list_tags_for_resource(ResourceARN=found[id_])["Tags"]), target.tags)
        ]
        for id_ in ids:
            getattr(client, self.delete)(Id=id_)
        return ids


@dataclass(frozen=True)
class Overwritten:
    """A kind whose creation sets a property of something else: creating it again sets the same."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:  # noqa: ARG002
        """Leave it; the next update writes over it."""
        return []


SCALED = {
    "ServiceNamespace": "serviceNamespace",
    "ResourceId": "resourceId",
    "ScalableDimension": "scalableDimension",
}
RULE = {"GroupId": "securityGroupId"}
ROUTE = {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"}
KINDS: dict[str, Named | Tagged | Association | Key | TaskDefinition | Discovered | Overwritten] = {
    "aws:appautoscaling/policy:Policy": Named(
        "application-autoscaling", "delete_scaling_policy", {"PolicyName": "name", **SCALED}
    ),
    "aws:appautoscaling/target:Target": Named(
        "application-autoscaling", "deregister_scalable_target", SCALED
    ),
    "aws:cloudwatch/logGroup:LogGroup": Named("logs", "delete_log_group", {"logGroupName": "name"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Overwritten(),
    "aws:ec2/eip:Eip": Tagged("eipalloc-", "release_address", "AllocationId"),
    "aws:ec2/flowLog:FlowLog": Tagged("fl-", "delete_flow_logs", "FlowLogIds"),
    "aws:ec2/internetGateway:InternetGateway": Attached(
        "igw-", "delete_internet_gateway", "InternetGatewayId"
    ),
    "aws:ec2/natGateway:NatGateway": Tagged("nat-", "delete_nat_gateway", "NatGatewayId"),
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": Overwritten(),
    "aws:ec2/route:Route": Named("ec2", "delete_route", ROUTE),
    "aws:ec2/routeTable:RouteTable": Tagged("rtb-", "delete_route_table", "RouteTableId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Association(),
    "aws:ec2/securityGroup:SecurityGroup": Tagged("sg-", "delete_security_group", "GroupId"),
    "aws:ec2/subnet:Subnet": Tagged("subnet-", "delete_subnet", "SubnetId"),
    "aws:ec2/vpc:Vpc": Tagged("vpc-", "delete_vpc", "VpcId"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Tagged("vpce-", "delete_vpc_endpoints", "VpcEndpointIds"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Tagged(
        "pcx-", "delete_vpc_peering_connection", "VpcPeeringConnectionId"
    ),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": Overwritten(),
    "aws:ecs/cluster:Cluster": Named("ecs", "delete_cluster", {"cluster": "name"}),
    "aws:ecs/service:Service": Named(
        "ecs", "delete_service", {"cluster": "cluster", "service": "name"}, {"force": True}
    ),
    "aws:ecs/taskDefinition:TaskDefinition": TaskDefinition(),
    "aws:iam/role:Role": Named("iam", "delete_role", {"RoleName": "name"}),
    "aws:iam/rolePolicy:RolePolicy": Named(
        "iam", "delete_role_policy", {"RoleName": "role", "PolicyName": "name"}
    ),
    "aws:kms/alias:Alias": Named("kms", "delete_alias", {"AliasName": "name"}),
    "aws:kms/key:Key": Key(),
    "aws:kms/replicaKey:ReplicaKey": Key(),
    "aws:s3/bucket:Bucket": Named("s3", "delete_bucket", {"Bucket": "bucket"}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Overwritten(),
    "aws:s3/bucketLogging:BucketLogging": Overwritten(),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": Overwritten(),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Overwritten(),
    "aws:s3/bucketPolicy:BucketPolicy": Overwritten(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Overwritten(),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": Overwritten(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Overwritten(),
    "aws:s3/bucketVersioning:BucketVersioning": Overwritten(),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Discovered(
        "Namespaces", "delete_namespace"
    ),
    "aws:servicediscovery/service:Service": Discovered("Services", "delete_service"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Tagged(
        "sgr-", "revoke_security_group_egress", "SecurityGroupRuleIds", RULE
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Tagged(
        "sgr-", "revoke_security_group_ingress", "SecurityGroupRuleIds", RULE
    ),
}
# Kinds of these packages exist in the state alone.
ONLY_IN_STATE = ("pulumi:", "random:", "mpac:")


def discard(clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
    """Delete what an interrupted creation has left in AWS.

    Args:
        clients: Makes boto3 clients.
        target: What was to be created.
        owned: Resources of all states; they are never touched.

    Returns:
        Names or ids of what was deleted; empty when nothing had been created.

    Raises:
        LookupError: The kind is not in the table.
    """
    if target.kind.startswith(ONLY_IN_STATE):
        return []
    if target.kind not in KINDS:
        raise LookupError(
            f"Nothing in KINDS of {__name__} says how a {target.kind} is found after an interrupted "
            "creation. Add a line for it."
        )
    return KINDS[target.kind].discard(clients, target, owned)


def _tagged(client: BaseClient, tags: Mapping[str, str], prefix: str) -> set[str]:
    pages = client.get_paginator("describe_tags").paginate(Filters=[{"Name": "key", "Values": list(tags)}])
    found: dict[str, dict[str, str]] = {}
    for tag in (tag for page in pages for tag in page["Tags"]):
        found.setdefault(tag["ResourceId"], {})[tag["Key"]] = tag["Value"]
    return {id_ for id_, own in found.items() if id_.startswith(prefix) and _has_tags(own, tags)}


def _key_tags(client: BaseClient, key: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key)["Tags"]}


def _tags(listed: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


def _has_tags(own: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    # Without a Name tag the defaults of the stack would fit everything in it.
    return "Name" in wanted and wanted.items() <= own.items()


def _of_region(owned: Sequence[Resource], region: str) -> Iterator[Resource]:
    """Yield what lies in a region, or in none: a replica of a key has the id and the alias of its primary."""
    return (other for other in owned if other.get("outputs", {}).get("region", region) == region)


def _ids(owned: Sequence[Resource], region: str) -> set[str]:
    return {other["id"] for other in _of_region(owned, region) if other.get("id")}


def _try(call: Callable[..., object], **parameters: object) -> bool:
    """Call; False when what is to be deleted does not exist."""
    try:
        call(**parameters)
    except ClientError as error:
        if _MISSING.search(error.response["Error"]["Code"]):
            return False
        raise
    return True
