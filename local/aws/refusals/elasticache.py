"""What ElastiCache refuses of clusters.

moto takes any of it.
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from local.aws.additions.elasticache import find, group_of
from local.aws.call import ACCOUNT, Call
from local.aws.errors import AwsError
from local.aws.refusals.keys import usable
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

NODES_PER_CLUSTER = 90
REPLICAS_PER_SHARD = 5
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Limitations.html
DURABLE_FAMILIES = ("r6g", "r7g", "r8g", "m6g", "m7g", "m8g", "c7gn", "c8gn")
_MINUTES_PER_DAY = 24 * 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHORTEST_WINDOW = 60


def _value(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def _combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def _as_modified(call: Call) -> Mapping[str, Any]:
    """What a group would be after the call."""
    if call.operation == "CreateReplicationGroup":
        return call.params
    params: Mapping[str, Any] = group_of(call).params
    return {**params, **call.params}


@refuses(
    "elasticache",
    "CreateReplicationGroup",
    "IncreaseReplicaCount",
    "ModifyReplicationGroupShardConfiguration",
)
def shape(call: Call) -> None:
    """Up to five replicas of a shard, and ninety nodes in all."""
    params = _as_modified(call)
    shards = call.params.get("NodeGroupCount") or params.get("NumNodeGroups", 1)
    replicas = call.params.get("NewReplicaCount", params.get("ReplicasPerNodeGroup", 0))
    if replicas > REPLICAS_PER_SHARD:
        raise _value(f"ReplicasPerNodeGroup must be between 0 and {REPLICAS_PER_SHARD}")
    if shards * (1 + replicas) > NODES_PER_CLUSTER:
        message = f"Cannot create more than {NODES_PER_CLUSTER} nodes in a cluster"
        raise AwsError("NodeQuotaForClusterExceeded", message)


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def availability(call: Call) -> None:
    """Multi-AZ is a failover to another zone, and sharding needs failover."""
    params = _as_modified(call)
    failover = params.get("AutomaticFailoverEnabled", False)
    if params.get("MultiAZEnabled") and not (failover and params.get("ReplicasPerNodeGroup", 0)):
        raise _combination("Multi-AZ requires automatic failover and at least one replica per shard")
    if params.get("ClusterMode") == "enabled" and not failover:
        raise _combination(
            "Redis with cluster mode enabled cannot be created with automatic failover turned off"
        )


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def durability(call: Call) -> None:
    """The transaction log of Valkey 9 needs a cluster in several zones, TLS, and certain nodes."""
    params = _as_modified(call)
    if params.get("Durability", "default") in ("default", "disabled"):
        return
    needs = {
        "Valkey 9.0 or later": params.get("Engine") == "valkey" and params["EngineVersion"] >= "9.0",
        "cluster mode enabled": params.get("ClusterMode") == "enabled",
        "Multi-AZ": params.get("MultiAZEnabled", False),
        "in-transit encryption": params.get("TransitEncryptionEnabled", False),
        f"a node type of {', '.join(DURABLE_FAMILIES)}": params["CacheNodeType"].split(".")[1]
        in DURABLE_FAMILIES,
    }
    for need, met in needs.items():
        if not met:
            raise _combination(f"Durability requires {need}")


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def windows(call: Call) -> None:
    """An hour each, and never at once."""
    params = _as_modified(call)
    daily, weekly = params.get("SnapshotWindow"), params.get("PreferredMaintenanceWindow")
    spans = [_minutes(window) for window in (daily, weekly) if window]
    if any(len(span) < _SHORTEST_WINDOW for span in spans):
        raise _value("The window must be at least 60 minutes")
    if daily and weekly:
        days = [{minute % _MINUTES_PER_DAY for minute in span} for span in spans]
        if days[0] & days[1]:
            raise _value(f"Snapshot window ({daily}) and maintenance window ({weekly}) must not overlap.")


def _minutes(window: str) -> range:
    ends = []
    for end in window.split("-"):
        *day, hour, minute = end.split(":")
        try:
            first = _DAYS.index(day[0]) * _MINUTES_PER_DAY if day else 0
            ends.append(first + int(hour) * 60 + int(minute))
        except ValueError:
            raise _value(f"Invalid window {window}") from None
    period = _MINUTES_PER_DAY * (7 if window[0].isalpha() else 1)
    return range(ends[0], ends[0] + (ends[1] - ends[0]) % period)


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def parameters(call: Call) -> None:
    """The parameter group is of the engine's family, and made for cluster mode."""
    params = _as_modified(call)
    name = params.get("CacheParameterGroupName")
    if name is None or name.startswith("default."):
        return
    group = find(call, "parameter_groups", name, "CacheParameterGroupNotFound")
    family = f"{params.get('Engine', 'redis')}{params['EngineVersion'].split('.')[0]}"
    if group.params["CacheParameterGroupFamily"] != family:
        raise _combination(f"Expected a parameter group of family {family} but found one of another family")
    if params.get("ClusterMode") == "enabled" and group.parameters.get("cluster-enabled") != "yes":
        raise _combination("The parameter group must have cluster-enabled set to yes")


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def access(call: Call) -> None:
    """Users need TLS, exclude a shared token, and those of Valkey are for Valkey."""
    params = _as_modified(call)
    groups = [*params.get("UserGroupIds", []), *call.params.get("UserGroupIdsToAdd", [])]
    if not groups:
        return
    if len(set(groups) - set(call.params.get("UserGroupIdsToRemove", []))) > 1:
        raise _value("Only one user group can be associated with a replication group")
    if "AuthToken" in params:
        raise _combination("User group based access control and AuthToken cannot be used together")
    if not params.get("TransitEncryptionEnabled"):
        raise _combination("User group based access control requires encryption-in-transit to be enabled")
    for name in groups:
        group = find(call, "user_groups", name, "UserGroupNotFound")
        if group.params["Engine"] == "valkey" and params.get("Engine", "redis") != "valkey":
            raise _combination(f"User group {name} is of engine valkey and the cluster is not")


@refuses("elasticache", "CreateReplicationGroup")
def encryption(call: Call) -> None:
    """A key of the region, and only with encryption."""
    key = call.params.get("KmsKeyId")
    if key and not call.params.get("AtRestEncryptionEnabled"):
        raise _combination("KmsKeyId can only be used with at-rest encryption enabled")
    if key:
        usable(call.region, key, "InvalidKMSKeyFault")


@refuses("elasticache", "CreateReplicationGroup")
def place(call: Call) -> None:
    """Subnets and security groups of one VPC."""
    name = call.params.get("CacheSubnetGroupName")
    if name is None:
        return
    subnets = find(call, "cache_subnet_groups", name, "CacheSubnetGroupNotFoundFault")
    ec2: Moto = ec2_backends[ACCOUNT][call.region]
    for group in call.params.get("SecurityGroupIds", []):
        found = ec2.get_security_group_from_id(group)
        if found is None or found.vpc_id != subnets.vpc_id:
            raise _value(f"Security group {group} does not exist in VPC {subnets.vpc_id}")


@refuses("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup")
def log_delivery(call: Call) -> None:
    """Log groups are not created."""
    known = call.backend("logs").groups
    for each in call.params.get("LogDeliveryConfigurations", []):
        group = each.get("DestinationDetails", {}).get("CloudWatchLogsDetails", {}).get("LogGroup")
        if group is not None and group not in known:
            raise _value(f"The log group {group} does not exist")


@refuses("elasticache", "ModifyReplicationGroup")
def downgrade(call: Call) -> None:
    """Engines only go up."""
    params = group_of(call).params
    if call.params.get("Engine", params.get("Engine")) == "redis" and params.get("Engine") == "valkey":
        raise _combination("Cannot change the engine from valkey to redis")
    if call.params.get("EngineVersion", params["EngineVersion"]) < params["EngineVersion"]:
        raise _combination("Cannot downgrade the engine version")
    if (
        params.get("TransitEncryptionMode") == "required"
        and call.params.get("TransitEncryptionEnabled") is False
    ):
        raise _combination("TransitEncryptionMode must be preferred before encryption-in-transit is disabled")
