"""What ElastiCache refuses of parameter groups, subnet groups, users and their groups."""

from collections.abc import Iterable

from moto.ec2.models import ec2_backends

from local.aws.additions.elasticache import collection, find
from local.aws.call import ACCOUNT, Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

# What the program, or somebody who reads the requirements, would set; the families have about a hundred.
_SWITCH = ("yes", "no")
PARAMETERS: dict[str, tuple[str, ...] | None] = {
    "activedefrag": _SWITCH,
    "cluster-enabled": _SWITCH,
    "maxmemory-policy": (
        *("volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu"),
        *("volatile-random", "allkeys-random", "volatile-ttl", "noeviction"),
    ),
    "notify-keyspace-events": None,
    "reserved-memory-percent": None,
    "slowlog-log-slower-than": None,
    "slowlog-max-len": None,
    "timeout": None,
}
FAMILIES = ("redis6.x", "redis7", "valkey7", "valkey8", "valkey9")


def _users_of_clusters(call: Call, parameter: str, name: str) -> bool:
    groups = collection(call, "replication_groups").values()
    return any(name in _listed(group.params.get(parameter, ())) for group in groups)


def _listed(value: str | Iterable[str]) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value


@refuses("elasticache", "CreateCacheParameterGroup")
def family(call: Call) -> None:
    """The families of today's engines."""
    if call.params["CacheParameterGroupFamily"] not in FAMILIES:
        message = (
            f"CacheParameterGroupFamily {call.params['CacheParameterGroupFamily']} is not a valid parameter"
        )
        raise AwsError("InvalidParameterValue", message)


@refuses("elasticache", "ModifyCacheParameterGroup")
def parameters(call: Call) -> None:
    """No append-only file, on any engine since Redis 2.8.22."""
    for each in call.params["ParameterNameValues"]:
        name, value = each["ParameterName"], each["ParameterValue"]
        if name not in PARAMETERS:
            raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}")
        allowed = PARAMETERS[name]
        if allowed and value not in allowed:
            message = f"Parameter value {value} is not in the range of allowed values for {name}"
            raise AwsError("InvalidParameterValue", message)


@refuses("elasticache", "DeleteCacheParameterGroup")
def parameter_group_in_use(call: Call) -> None:
    """A cluster needs its parameters."""
    if _users_of_clusters(call, "CacheParameterGroupName", call.params["CacheParameterGroupName"]):
        message = "One or more cache clusters are still members of this parameter group"
        raise AwsError("InvalidCacheParameterGroupState", message)


@refuses("elasticache", "DeleteCacheSubnetGroup")
def subnet_group_in_use(call: Call) -> None:
    """A cluster needs its subnets."""
    name = call.params["CacheSubnetGroupName"]
    if _users_of_clusters(call, "CacheSubnetGroupName", name):
        raise AwsError(
            "CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster"
        )


@refuses("elasticache", "CreateCacheSubnetGroup", "ModifyCacheSubnetGroup")
def subnets(call: Call) -> None:
    """Subnets that exist; moto invents a VPC for others."""
    known = {id_ for zone in ec2_backends[ACCOUNT][call.region].subnets.values() for id_ in zone}
    if missing := set(call.params.get("SubnetIds", [])) - known:
        raise AwsError("InvalidSubnet", f"Some input subnets are invalid: {sorted(missing)}")


@refuses("elasticache", "CreateUserGroup", "ModifyUserGroup")
def members(call: Call) -> None:
    """Names differ, one is "default" for Redis OSS, and whoever comes to Valkey shows who they are."""
    listed = list(call.params.get("UserIds", []))
    engine = call.params.get("Engine", "").lower()
    if call.operation == "ModifyUserGroup":
        group = find(call, "user_groups", call.params["UserGroupId"], "UserGroupNotFound").params
        engine = engine or group["Engine"]
        removed = call.params.get("UserIdsToRemove", [])
        listed = [id_ for id_ in group["UserIds"] if id_ not in removed] + call.params.get("UserIdsToAdd", [])
    users = [find(call, "users", id_, "UserNotFound") for id_ in listed]
    names = [user.name for user in users]
    if len(set(names)) < len(names):
        raise AwsError("DuplicateUserName", "A user with this username already exists in the user group.")
    if engine == "redis" and "default" not in names:
        raise AwsError("DefaultUserRequired", "You must add default user to the user group.")
    if engine == "valkey" and any(user.authentication["Type"] not in ("password", "iam") for user in users):
        message = "A user group of engine valkey takes only users with a password or IAM authentication"
        raise AwsError("InvalidParameterValue", message)


@refuses("elasticache", "DeleteUser")
def user_in_use(call: Call) -> None:
    """The default user of a group stays with it."""
    user = collection(call, "users").get(call.params["UserId"])
    if user is not None and user.name == "default" and user.user_group_ids:
        message = "Default user is associated with one or more user groups"
        raise AwsError("DefaultUserAssociatedToUserGroup", message)


@refuses("elasticache", "DeleteUserGroup")
def user_group_in_use(call: Call) -> None:
    """Without its users a cluster would be closed to everyone."""
    if _users_of_clusters(call, "UserGroupIds", call.params["UserGroupId"]):
        message = f"User group {call.params['UserGroupId']} is associated with a replication group"
        raise AwsError("InvalidUserGroupState", message)
