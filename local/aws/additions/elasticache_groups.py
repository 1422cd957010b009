"""ElastiCache: parameter groups, subnet groups, users and their groups."""

from typing import Any

from moto.elasticache.responses import ElastiCacheResponse

from local.aws.additions.elasticache import ParameterGroup, UserGroup, collection, find
from local.aws.additions.operations import answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto


def parameter_group_of(call: Call) -> Moto:
    """The parameter group that a call names."""
    name = call.params["CacheParameterGroupName"]
    return find(call, "parameter_groups", name, "CacheParameterGroupNotFound")


def user_group_of(call: Call) -> Moto:
    """The user group that a call names."""
    return find(call, "user_groups", call.params["UserGroupId"], "UserGroupNotFound")


@answers("elasticache", "CreateCacheParameterGroup", ElastiCacheResponse)
def create_parameter_group(call: Call) -> dict[str, Any]:
    """A group in which nothing is set yet."""
    groups, name = collection(call, "parameter_groups"), call.params["CacheParameterGroupName"]
    if name in groups:
        raise AwsError("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists")
    group = groups[name] = ParameterGroup(call)
    _tag(call, group)
    return {"CacheParameterGroup": _parameter_group(group)}


@answers("elasticache", "DescribeCacheParameterGroups", ElastiCacheResponse)
def describe_parameter_groups(call: Call) -> dict[str, Any]:
    """One or all."""
    named = "CacheParameterGroupName" in call.params
    found = [parameter_group_of(call)] if named else collection(call, "parameter_groups").values()
    return {"CacheParameterGroups": [_parameter_group(group) for group in found]}


@answers("elasticache", "ModifyCacheParameterGroup", ElastiCacheResponse)
def modify_parameter_group(call: Call) -> dict[str, Any]:
    """Set parameters."""
    given = call.params["ParameterNameValues"]
    parameter_group_of(call).parameters |= {each["ParameterName"]: each["ParameterValue"] for each in given}
    return {"CacheParameterGroupName": call.params["CacheParameterGroupName"]}


@answers("elasticache", "ResetCacheParameterGroup", ElastiCacheResponse)
def reset_parameter_group(call: Call) -> dict[str, Any]:
    """Take parameters back to what they were, or all of them."""
    group = parameter_group_of(call)
    given = {each["ParameterName"] for each in call.params.get("ParameterNameValues", [])}
    kept = {} if call.params.get("ResetAllParameters") else group.parameters
    group.parameters = {name: value for name, value in kept.items() if name not in given}
    return {"CacheParameterGroupName": call.params["CacheParameterGroupName"]}


@answers("elasticache", "DescribeCacheParameters", ElastiCacheResponse)
def describe_parameters(call: Call) -> dict[str, Any]:
    """What was set; those that were not are left out."""
    return {
        "Parameters": [
            {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
            for name, value in sorted(parameter_group_of(call).parameters.items())
        ]
    }


@answers("elasticache", "DeleteCacheParameterGroup", ElastiCacheResponse)
def delete_parameter_group(call: Call) -> dict[str, Any]:
    """Delete a group."""
    parameter_group_of(call)
    del collection(call, "parameter_groups")[call.params["CacheParameterGroupName"]]
    return {}


@answers("elasticache", "ModifyCacheSubnetGroup", ElastiCacheResponse)
def modify_subnet_group(call: Call) -> dict[str, Any]:
    """Create the group anew, for moto reads its subnets then."""
    groups, name = collection(call, "cache_subnet_groups"), call.params["CacheSubnetGroupName"]
    old = find(call, "cache_subnet_groups", name, "CacheSubnetGroupNotFoundFault")
    del groups[name]
    description = call.params.get("CacheSubnetGroupDescription", old.cache_subnet_group_description)
    subnets = call.params.get("SubnetIds", old.subnet_ids)
    create = call.backend("elasticache").create_cache_subnet_group
    return {"CacheSubnetGroup": create(name, description, subnets, old.tags)}


@answers("elasticache", "DeleteCacheSubnetGroup", ElastiCacheResponse)
def delete_subnet_group(call: Call) -> dict[str, Any]:
    """Delete a group."""
    name = call.params["CacheSubnetGroupName"]
    find(call, "cache_subnet_groups", name, "CacheSubnetGroupNotFoundFault")
    del collection(call, "cache_subnet_groups")[name]
    return {}


@answers("elasticache", "ModifyUser", ElastiCacheResponse)
def modify_user(call: Call) -> dict[str, Any]:
    """What is given takes the place of what was."""
    user = find(call, "users", call.params["UserId"], "UserNotFound")
    mode = call.params.get("AuthenticationMode", {})
    user.access_string = call.params.get("AccessString", user.access_string)
    user.engine = call.params.get("Engine", user.engine).lower()
    user.passwords = call.params.get("Passwords") or mode.get("Passwords") or user.passwords
    user.authentication_type = mode.get("Type", user.authentication_type)
    return describe_user(user)


def describe_user(user: Moto) -> dict[str, Any]:
    """A user as the service describes it."""
    return {
        "UserId": user.id,
        "UserName": user.name,
        "Status": user.status,
        "Engine": user.engine,
        "MinimumEngineVersion": user.minimum_engine_version,
        "AccessString": user.access_string,
        "UserGroupIds": user.user_group_ids,
        "Authentication": {key: value for key, value in user.authentication.items() if value is not None},
        "ARN": user.arn,
    }


@answers("elasticache", "CreateUserGroup", ElastiCacheResponse)
def create_user_group(call: Call) -> dict[str, Any]:
    """A group of users."""
    groups, name = collection(call, "user_groups"), call.params["UserGroupId"]
    if name in groups:
        raise AwsError("UserGroupAlreadyExists", f"User Group {name} already exists.")
    group = groups[name] = UserGroup(call)
    _tag(call, group)
    _join(call, group.params["UserIds"])
    return _user_group(call, group)


@answers("elasticache", "DescribeUserGroups", ElastiCacheResponse)
def describe_user_groups(call: Call) -> dict[str, Any]:
    """One or all."""
    named = "UserGroupId" in call.params
    found = [user_group_of(call)] if named else collection(call, "user_groups").values()
    return {"UserGroups": [_user_group(call, group) for group in found]}


@answers("elasticache", "ModifyUserGroup", ElastiCacheResponse)
def modify_user_group(call: Call) -> dict[str, Any]:
    """Users come and go."""
    group = user_group_of(call)
    _leave(call, group.params["UserIds"])
    gone = call.params.get("UserIdsToRemove", [])
    users = [user for user in group.params["UserIds"] if user not in gone]
    group.params["UserIds"] = [*users, *call.params.get("UserIdsToAdd", [])]
    group.params["Engine"] = call.params.get("Engine", group.params["Engine"])
    _join(call, group.params["UserIds"])
    return _user_group(call, group)


@answers("elasticache", "DeleteUserGroup", ElastiCacheResponse)
def delete_user_group(call: Call) -> dict[str, Any]:
    """Delete a group; its users stay."""
    group = user_group_of(call)
    _leave(call, group.params["UserIds"])
    del collection(call, "user_groups")[call.params["UserGroupId"]]
    return _user_group(call, group) | {"Status": "deleting"}


@answers(
    "elasticache",
    "ListTagsForResource",
    ElastiCacheResponse,
    method="list_tags_for_resource",
    digest="5efc3cb3",
)
def list_tags(call: Call) -> dict[str, Any]:
    """Tags of any resource; moto refuses the ARNs of user groups and parameter groups."""
    tags = call.backend("elasticache").tagging_service.list_tags_for_resource(call.params["ResourceName"])
    return {"TagList": tags["Tags"]}


def _join(call: Call, users: list[str]) -> None:
    for name in users:
        find(call, "users", name, "UserNotFound").user_group_ids.append(call.params["UserGroupId"])


def _leave(call: Call, users: list[str]) -> None:
    for name in users:
        if user := collection(call, "users").get(name):
            user.user_group_ids.remove(call.params["UserGroupId"])


def _tag(call: Call, resource: Moto) -> None:
    call.backend("elasticache").tagging_service.tag_resource(resource.arn, call.params.get("Tags", []))


def _parameter_group(group: Moto) -> dict[str, Any]:
    return {**group.params, "IsGlobal": False, "ARN": group.arn}


def _user_group(call: Call, group: Moto) -> dict[str, Any]:
    clusters = collection(call, "replication_groups").items()
    name = group.params["UserGroupId"]
    return {
        **group.params,
        "Status": "active",
        "MinimumEngineVersion": "7.2" if group.params["Engine"] == "valkey" else "6.0",
        "ReplicationGroups": [id_ for id_, each in clusters if name in each.params.get("UserGroupIds", [])],
        "ARN": group.arn,
    }
