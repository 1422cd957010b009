"""Deleting what an interrupted engine may have created in AWS without learning its id.

Before it creates a resource the engine notes a pending operation with all inputs, but the id is known only when AWS
has answered. So each kind says how its resource is found from its inputs: by a name that the program gives, or by
tags, which components keep unique in a stack. What is found is deleted and not adopted: nothing can depend on it yet,
and a creation of several calls may have stopped between any two of them, in ways that a later comparison misses (a
new security group lets everything out until the provider's second call).

Keys cannot be deleted at once by anyone: they are left to expire, after AWS's shortest time.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

Inputs = Mapping[str, Any]
Clients = Callable[[str, str], Any]
"""``clients(service, region)`` -> boto3 client"""
Resource = Mapping[str, Any]
"""A resource as it stands in the engine's state"""

SHORTEST_KEY_WINDOW_DAYS = 7
_NOT_FOUND = re.compile(r"NotFound|NoSuch|NotFoundException$|^404$|^Gateway\.NotAttached$|InvalidAssociationID")


@dataclass(frozen=True)
class Target:
    """Where and as what a resource was to be created."""

    kind: str
    inputs: Inputs
    tags: Mapping[str, str]
    region: str


@dataclass(frozen=True)
class Named:
    """A kind that AWS identifies by what the program gives.

    Attributes:
        service: Service of the call that deletes it.
        delete: The call, as a boto3 method.
        identity: Its parameters, and the inputs that they take.
    """

    service: str
    delete: str
    identity: Mapping[str, str]

    def discard(self, clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:
        """Delete it unless a resource in a state has the same identity; return what was deleted."""
        if missing := self.identity.values() - target.inputs.keys():
            raise LookupError(f"A {target.kind} was begun without {sorted(missing)}, which identify it.")
        wanted = [target.inputs[name] for name in self.identity.values()]
        others = (other["inputs"] for other in owned if other["type"] == target.kind)
        if any([inputs.get(name) for name in self.identity.values()] == wanted for inputs in others):
            return []
        call = getattr(clients(self.service, target.region), self.delete)
        found = _unless_missing(lambda: call(**dict(zip(self.identity, wanted, strict=True))))
        return [" ".join(wanted)] if found else []


@dataclass(frozen=True)
class Tagged:
    """A kind of EC2 that AWS gives an id to.

    Attributes:
        prefix: How its ids begin.
        delete: Deletes one: ``delete(client, id, inputs)``.
    """

    prefix: str
    delete: Callable[[Any, str, Inputs], object]

    def discard(self, clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:
        """Delete those with the target's tags that are in no state; return their ids."""
        client = clients("ec2", target.region)
        known = _ids(owned, target.region)
        found = [id_ for id_ in _tagged(client, target.tags, self.prefix) if id_ not in known]
        return [id_ for id_ in found if _unless_missing(lambda id_=id_: self.delete(client, id_, target.inputs))]


@dataclass(frozen=True)
class Key:
    """A KMS key or replica key."""

    def discard(self, clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:
        """Schedule those with the target's tags that are in no state; return their ids."""
        client = clients("kms", target.region)
        known = _ids(owned, target.region)
        pages = client.get_paginator("list_keys").paginate()
        ids = [key["KeyId"] for page in pages for key in page["Keys"] if key["KeyId"] not in known]
        return [
            id_
            for id_ in ids
            if "Pending" not in client.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"]
            and _has_tags(_key_tags(client, id_), target.tags)
            and client.schedule_key_deletion(KeyId=id_, PendingWindowInDays=SHORTEST_KEY_WINDOW_DAYS)
        ]


@dataclass(frozen=True)
class Association:
    """A subnet's association with a route table."""

    def discard(self, clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:
        """End it unless it is in a state; return its id."""
        client = clients("ec2", target.region)
        known = _ids(owned, target.region)
        tables = client.describe_route_tables(RouteTableIds=[target.inputs["routeTableId"]])["RouteTables"]
        ids = [
            association["RouteTableAssociationId"]
            for table in tables
            for association in table["Associations"]
            if association.get("SubnetId") == target.inputs.get("subnetId", "")
        ]
        for id_ in (ids := [id_ for id_ in ids if id_ not in known]):
            client.disassociate_route_table(AssociationId=id_)
        return ids


@dataclass(frozen=True)
class Overwritten:
    """A kind whose creation sets a property of something else: creating it again sets the same."""

    def discard(self, clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:  # noqa: ARG002
        """Leave it; the next update writes over it."""
        return []


def _delete_internet_gateway(client: Any, id_: str, inputs: Inputs) -> None:
    if "vpcId" in inputs:
        _unless_missing(lambda: client.detach_internet_gateway(InternetGatewayId=id_, VpcId=inputs["vpcId"]))
    client.delete_internet_gateway(InternetGatewayId=id_)


def _revoke_ingress(client: Any, id_: str, inputs: Inputs) -> None:
    client.revoke_security_group_ingress(GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[id_])


def _revoke_egress(client: Any, id_: str, inputs: Inputs) -> None:
    client.revoke_security_group_egress(GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[id_])


KINDS: dict[str, Named | Tagged | Key | Association | Overwritten] = {
    "aws:cloudwatch/logGroup:LogGroup": Named("logs", "delete_log_group", {"logGroupName": "name"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Overwritten(),
    "aws:ec2/eip:Eip": Tagged("eipalloc-", lambda ec2, id_, _: ec2.release_address(AllocationId=id_)),
    "aws:ec2/flowLog:FlowLog": Tagged("fl-", lambda ec2, id_, _: ec2.delete_flow_logs(FlowLogIds=[id_])),
    "aws:ec2/internetGateway:InternetGateway": Tagged("igw-", _delete_internet_gateway),
    "aws:ec2/natGateway:NatGateway": Tagged("nat-", lambda ec2, id_, _: ec2.delete_nat_gateway(NatGatewayId=id_)),
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": Overwritten(),
    "aws:ec2/route:Route": Named(
        "ec2", "delete_route", {"RouteTableId": "routeTableId", "DestinationCidrBlock": "destinationCidrBlock"}
    ),
    "aws:ec2/routeTable:RouteTable": Tagged("rtb-", lambda ec2, id_, _: ec2.delete_route_table(RouteTableId=id_)),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Association(),
    "aws:ec2/securityGroup:SecurityGroup": Tagged("sg-", lambda ec2, id_, _: ec2.delete_security_group(GroupId=id_)),
    "aws:ec2/subnet:Subnet": Tagged("subnet-", lambda ec2, id_, _: ec2.delete_subnet(SubnetId=id_)),
    "aws:ec2/vpc:Vpc": Tagged("vpc-", lambda ec2, id_, _: ec2.delete_vpc(VpcId=id_)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Tagged(
        "vpce-", lambda ec2, id_, _: ec2.delete_vpc_endpoints(VpcEndpointIds=[id_])
    ),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Tagged(
        "pcx-", lambda ec2, id_, _: ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id_)
    ),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": Overwritten(),
    "aws:iam/role:Role": Named("iam", "delete_role", {"RoleName": "name"}),
    "aws:iam/rolePolicy:RolePolicy": Named(
        "iam", "delete_role_policy", {"RoleName": "role", "PolicyName": "name"}
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Named(
        "iam", "detach_role_policy", {"RoleName": "role", "PolicyArn": "policyArn"}
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
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Tagged("sgr-", _revoke_egress),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Tagged("sgr-", _revoke_ingress),
}
# Kinds of these packages exist in the state alone.
ONLY_IN_STATE = ("pulumi:", "random:", "mpac:")


def discard(clients: Clients, target: Target, owned: Iterable[Resource]) -> list[str]:
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
            f"Nothing in KINDS of {__name__} says how a {target.kind} is found after an interrupted creation; "
            "add a line for it."
        )
    return KINDS[target.kind].discard(clients, target, list(owned))


def _tagged(client: Any, tags: Mapping[str, str], prefix: str) -> list[str]:
    filters = [{"Name": "key", "Values": list(tags)}]
    found: dict[str, dict[str, str]] = {}
    for page in client.get_paginator("describe_tags").paginate(Filters=filters):
        for tag in page["Tags"]:
            found.setdefault(tag["ResourceId"], {})[tag["Key"]] = tag["Value"]
    return [id_ for id_, own in found.items() if id_.startswith(prefix) and _has_tags(own, tags)]


def _ids(owned: Iterable[Resource], region: str) -> set[str]:
    # Within a region: replicas of a key have the id of their primary.
    return {other["id"] for other in owned if "id" in other and other["outputs"].get("region", region) == region}


def _key_tags(client: Any, key: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key)["Tags"]}


def _has_tags(own: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    # Without a Name tag the defaults of the stack would fit everything in it.
    return "Name" in wanted and wanted.items() <= own.items()


def _unless_missing(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        if _NOT_FOUND.search(error.response["Error"]["Code"]):
            return False
        raise
    return True
