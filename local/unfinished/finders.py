"""How what an interrupted creation has left is found, by kind of identity."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.exceptions import ClientError

Clients = Callable[[str, str], BaseClient]
"""``clients(service, region)`` -> boto3 client"""
Resource = Mapping[str, Any]
"""A resource as it stands in the engine's state"""

SHORTEST_KEY_WINDOW_DAYS = 7
_MISSING = re.compile(r"NotFound|NoSuch|Gateway\.NotAttached|Nonexistent")


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


class Finder(Protocol):
    """How what a creation has left is found."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete what is in no state; return names or ids."""
        ...


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
        identity = {
            name: [value] if name.endswith(("Names", "Ids")) else value
            for name, value in zip(self.identity, wanted, strict=True)
        }
        found = _try(call, **identity, **self.further)
        return [" ".join(map(str, wanted))] if found else []


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
class Listed:
    """A kind that AWS gives an id to and lists with what tells one from another.

    Attributes:
        service: Its service.
        describe: The call that lists, as a boto3 method.
        result: Where the answer has the list.
        match: Fields of what is listed, and the inputs that they must equal; `tags.Name` is the tag.
        delete: The call that deletes.
        identity: Parameters of that call, and the fields that they take; the first one is the id.
        ask: Parameters of the list, and the inputs that they take.
        unprotect: A call before the deletion that takes a protection away, with its parameters; the id goes
            with it.
        further: Other parameters of the deletion, and their values.
    """

    service: str
    describe: str
    result: str
    match: Mapping[str, str]
    delete: str
    identity: Mapping[str, str]
    ask: Mapping[str, str] = field(default_factory=dict)
    unprotect: tuple[str, Mapping[str, Any]] | None = None
    further: Mapping[str, Any] = field(default_factory=dict)

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete those that match and are in no state; return their ids."""
        client = clients(self.service, target.region)
        asked = {name: target.inputs[value] for name, value in self.ask.items()}
        kept = {id_.rpartition("/")[2] for id_ in _ids(owned, target.region)}
        parameter, id_field = next(iter(self.identity.items()))
        gone = []
        for item in _listed(client, self.describe, self.result, asked):
            wanted = {name: _input(target, source) for name, source in self.match.items()}
            if item[id_field].rpartition("/")[2] in kept or any(
                str(item.get(name)).rstrip(".") != str(value) for name, value in wanted.items()
            ):
                continue
            if self.unprotect:
                call, parameters = self.unprotect
                _try(getattr(client, call), **{parameter: item[id_field]}, **parameters)
            identity = {name: item[source] for name, source in self.identity.items()}
            if _try(getattr(client, self.delete), **identity, **self._scope(asked), **self.further):
                gone.append(item[id_field])
        return gone

    def _scope(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        # WAF asks for it with every call.
        return {name: value for name, value in asked.items() if name == "Scope"}


@dataclass(frozen=True)
class HealthCheck:
    """A health check of Route 53."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete those with the target's tags that are in no state; return their ids."""
        client = clients("route53", target.region)
        kept = _ids(owned, target.region)
        ids = []
        for check in _listed(client, "list_health_checks", "HealthChecks", {}):
            answer = client.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])
            if check["Id"] not in kept and _has_tags(_tags(answer["ResourceTagSet"]["Tags"]), target.tags):
                client.delete_health_check(HealthCheckId=check["Id"])
                ids.append(check["Id"])
        return ids


@dataclass(frozen=True)
class RecordSet:
    """A record of a zone; what is in none of the states is taken away as it stands."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
        """Delete the record of that name, type and set identifier; return its name."""
        inputs = target.inputs
        identity = ("zoneId", "name", "type", "setIdentifier")
        if any(
            all(other["inputs"].get(name) == inputs.get(name) for name in identity)
            for other in owned
            if other["type"] == target.kind
        ):
            return []
        client = clients("route53", target.region)
        zone = {"HostedZoneId": inputs["zoneId"]}
        gone = []
        for record in _listed(client, "list_resource_record_sets", "ResourceRecordSets", zone):
            if (
                record["Name"].rstrip(".") == inputs["name"].rstrip(".")
                and record["Type"] == inputs["type"]
                and record.get("SetIdentifier") == inputs.get("setIdentifier")
            ):
                change = {"Action": "DELETE", "ResourceRecordSet": record}
                client.change_resource_record_sets(**zone, ChangeBatch={"Changes": [change]})
                gone.append(record["Name"])
        return gone


@dataclass(frozen=True)
class Overwritten:
    """A kind whose creation sets a property of something else: creating it again sets the same."""

    def discard(self, clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:  # noqa: ARG002
        """Leave it; the next update writes over it."""
        return []


def _listed(client: BaseClient, call: str, result: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List all pages; nothing when what the list is asked of is gone."""
    try:
        if client.can_paginate(call):
            pages = client.get_paginator(call).paginate(**asked)
            return [item for page in pages for item in page.get(result, [])]
        found: list[dict[str, Any]] = getattr(client, call)(**asked)[result]
    except ClientError as error:
        if _MISSING.search(error.response["Error"]["Code"]):
            return []
        raise
    return found


def _input(target: Target, source: str) -> object:
    holder, _, name = source.rpartition(".")
    return target.tags.get(name) if holder == "tags" else target.inputs.get(name)


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
