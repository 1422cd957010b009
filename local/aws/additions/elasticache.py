"""ElastiCache: clusters with cluster mode, their nodes, parameter groups and user groups.

moto keeps a fifth of what a replication group is given, never creates its nodes, and leaves a deleted one in
the state "deleting"; parameter groups and user groups are missing. So a group is kept as its parameters, and
what is described follows from them.
"""

from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from moto.core.common_models import BaseModel
from moto.elasticache.responses import ElastiCacheResponse

from local.aws.additions.operations import answers
from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.untyped import Moto

SLOTS = 16_384
# What AWS offers of the two engines with clusters, oldest first; `upgrade` adds to it.
_VERSIONS = {"valkey": ["7.2", "8.0", "8.1", "8.2", "9.0"], "redis": ["6.2", "7.0", "7.1"]}


class ReplicationGroup(BaseModel):
    """A cluster, under the names that moto's snapshots and tags look for."""

    def __init__(self, call: Call) -> None:
        self.params = {name: value for name, value in call.params.items() if name != "Tags"}
        self.replication_group_id: str = call.params["ReplicationGroupId"]
        self.region = call.region
        self.arn = arn(call, "replicationgroup", self.replication_group_id)
        self.created = datetime.now(UTC)
        # Names of the nodes of each shard, the primary first.
        self.shards = {
            f"{shard:04}": [self.node(f"{shard:04}", number) for number in range(1, self.nodes_per_shard + 1)]
            for shard in range(1, call.params.get("NumNodeGroups", 1) + 1)
        }

    def node(self, shard: str, number: int) -> str:
        """Name of a node."""
        return f"{self.replication_group_id}-{shard}-{number:03}"

    @property
    def nodes_per_shard(self) -> int:
        """The primary and its replicas."""
        return 1 + int(self.params.get("ReplicasPerNodeGroup", 0))

    @property
    def node_groups(self) -> list[str]:
        """Moto counts them for a snapshot."""
        return list(self.shards)


class ParameterGroup(BaseModel):
    """A parameter group and what was set in it."""

    def __init__(self, call: Call) -> None:
        self.params = {name: value for name, value in call.params.items() if name != "Tags"}
        self.arn = arn(call, "parametergroup", call.params["CacheParameterGroupName"])
        self.parameters: dict[str, str] = {}


class UserGroup(BaseModel):
    """A user group."""

    def __init__(self, call: Call) -> None:
        self.params = {name: value for name, value in call.params.items() if name != "Tags"}
        self.params.setdefault("UserIds", [])
        self.arn = arn(call, "usergroup", call.params["UserGroupId"])


def arn(call: Call, kind: str, name: str) -> str:
    """ARN of a resource of the service."""
    return f"arn:aws:elasticache:{call.region}:{ACCOUNT}:{kind}:{name}"


def collection(call: Call, name: str) -> dict[str, Any]:
    """The resources of a kind in the call's region, by name: moto's own collection or one beside it."""
    stored: dict[str, Any] = call.backend("elasticache").__dict__.setdefault(name, {})
    return stored


def find(call: Call, kind: str, name: str, code: str) -> Moto:
    """A resource.

    Raises:
        AwsError: there is none.
    """
    found = collection(call, kind).get(name)
    if found is None:
        raise AwsError(code, f"{name} not found.", status=404)
    return found


def group_of(call: Call) -> Moto:
    """The replication group that a call names."""
    name = call.params["ReplicationGroupId"]
    return find(call, "replication_groups", name, "ReplicationGroupNotFoundFault")


def _tag(call: Call, resource: Moto) -> None:
    call.backend("elasticache").tagging_service.tag_resource(resource.arn, call.params.get("Tags", []))


# --- Replication groups


@answers(
    "elasticache",
    "CreateReplicationGroup",
    ElastiCacheResponse,
    method="create_replication_group",
    digest="1eff01dc",
)
def create_replication_group(call: Call) -> dict[str, Any]:
    """A cluster whose nodes are there at once."""
    groups = collection(call, "replication_groups")
    if call.params["ReplicationGroupId"] in groups:
        raise AwsError("ReplicationGroupAlreadyExists", "Replication group with specified ID already exists.")
    if call.params.get("ClusterMode") != "enabled":
        raise AwsError("NotImplemented", "The local AWS has clusters with cluster mode only.")
    group = groups[call.params["ReplicationGroupId"]] = ReplicationGroup(call)
    _tag(call, group)
    return {"ReplicationGroup": _group(call, group)}


@answers(
    "elasticache",
    "DescribeReplicationGroups",
    ElastiCacheResponse,
    method="describe_replication_groups",
    digest="c30d5879",
)
def describe_replication_groups(call: Call) -> dict[str, Any]:
    """One or all."""
    named = "ReplicationGroupId" in call.params
    found = [group_of(call)] if named else collection(call, "replication_groups").values()
    return {"ReplicationGroups": [_group(call, group) for group in found]}


@answers(
    "elasticache",
    "ModifyReplicationGroup",
    ElastiCacheResponse,
    method="modify_replication_group",
    digest="c48c9ebf",
)
def modify_replication_group(call: Call) -> dict[str, Any]:
    """What is given takes the place of what was."""
    group = group_of(call)
    params = dict(call.params)
    users = set(group.params.get("UserGroupIds", [])) | set(params.pop("UserGroupIdsToAdd", []))
    logs = {each["LogType"]: each for each in group.params.get("LogDeliveryConfigurations", [])}
    logs |= {each["LogType"]: each for each in params.pop("LogDeliveryConfigurations", [])}
    group.params |= params | {
        "UserGroupIds": sorted(users - set(params.pop("UserGroupIdsToRemove", []))),
        "LogDeliveryConfigurations": [each for each in logs.values() if each.get("Enabled", True)],
    }
    return {"ReplicationGroup": _group(call, group)}


def upgrade(region: str, name: str, version: str) -> dict[str, Any]:
    """Raise the minor version of a cluster as AWS does in a maintenance window: nobody has asked for it.

    Args:
        region: The cluster's region.
        name: Its id.
        version: Major and minor version, which is offered from now on.
    """
    params = backend("elasticache", region).__dict__["replication_groups"][name].params
    params["EngineVersion"] = version
    offered = _VERSIONS[params["Engine"]]
    offered.extend({version} - set(offered))
    return {"engine": params["Engine"], "version": version}


@answers("elasticache", "DescribeCacheEngineVersions", ElastiCacheResponse)
def describe_engine_versions(call: Call) -> dict[str, Any]:
    """All versions of an engine."""
    engine = call.params["Engine"]
    return {
        "CacheEngineVersions": [
            {
                "Engine": engine,
                "EngineVersion": version,
                "CacheParameterGroupFamily": f"{engine}{version.partition('.')[0]}",
            }
            for version in _VERSIONS[engine]
        ]
    }


@answers("elasticache", "ModifyReplicationGroupShardConfiguration", ElastiCacheResponse)
def modify_shards(call: Call) -> dict[str, Any]:
    """More shards, or fewer of those that are named."""
    group = group_of(call)
    wanted = call.params["NodeGroupCount"]
    gone = call.params.get("NodeGroupsToRemove", [])
    if "NodeGroupsToRetain" in call.params:
        gone = [shard for shard in group.shards if shard not in call.params["NodeGroupsToRetain"]]
    group.shards = {shard: nodes for shard, nodes in group.shards.items() if shard not in gone}
    while len(group.shards) < wanted:
        shard = f"{int(max(group.shards)) + 1:04}"
        group.shards[shard] = [group.node(shard, number) for number in range(1, group.nodes_per_shard + 1)]
    group.params["NumNodeGroups"] = wanted
    return {"ReplicationGroup": _group(call, group)}


@answers("elasticache", "IncreaseReplicaCount", ElastiCacheResponse)
def increase_replicas(call: Call) -> dict[str, Any]:
    """More replicas in every shard."""
    return _set_replicas(call)


@answers("elasticache", "DecreaseReplicaCount", ElastiCacheResponse)
def decrease_replicas(call: Call) -> dict[str, Any]:
    """Fewer replicas in every shard."""
    return _set_replicas(call)


def _set_replicas(call: Call) -> dict[str, Any]:
    group = group_of(call)
    group.params["ReplicasPerNodeGroup"] = call.params["NewReplicaCount"]
    for shard, nodes in group.shards.items():
        free = (name for number in range(1, 100) if (name := group.node(shard, number)) not in nodes)
        missing = max(0, group.nodes_per_shard - len(nodes))
        group.shards[shard] = [*nodes[: group.nodes_per_shard], *islice(free, missing)]
    return {"ReplicationGroup": _group(call, group)}


@answers("elasticache", "TestFailover", ElastiCacheResponse)
def test_failover(call: Call) -> dict[str, Any]:
    """The first replica becomes the primary."""
    group = group_of(call)
    nodes = group.shards.get(call.params["NodeGroupId"])
    if nodes is None:
        raise AwsError("NodeGroupNotFoundFault", f"{call.params['NodeGroupId']} not found.", status=404)
    nodes.append(nodes.pop(0))
    return {"ReplicationGroup": _group(call, group)}


@answers(
    "elasticache",
    "DeleteReplicationGroup",
    ElastiCacheResponse,
    method="delete_replication_group",
    digest="ed1a2f2b",
)
def delete_replication_group(call: Call) -> dict[str, Any]:
    """Gone at once, after a last snapshot if one is asked for."""
    group = group_of(call)
    if name := call.params.get("FinalSnapshotIdentifier"):
        backend = call.backend("elasticache")
        backend.create_snapshot(name, group.replication_group_id, None, group.params.get("KmsKeyId"), [])
    del collection(call, "replication_groups")[group.replication_group_id]
    return {"ReplicationGroup": _group(call, group) | {"Status": "deleting"}}


@answers(
    "elasticache",
    "DescribeCacheClusters",
    ElastiCacheResponse,
    method="describe_cache_clusters",
    digest="1c2520b2",
)
def describe_cache_clusters(call: Call) -> dict[str, Any]:
    """Nodes of replication groups, and moto's clusters that stand alone."""
    found = dict(collection(call, "cache_clusters"))
    for group in collection(call, "replication_groups").values():
        for nodes in group.shards.values():
            found |= {name: _node(call, group, name) for name in nodes}
    if (name := call.params.get("CacheClusterId")) is None:
        return {"CacheClusters": list(found.values())}
    if name not in found:
        raise AwsError("CacheClusterNotFound", f"CacheCluster {name} not found.", status=404)
    return {"CacheClusters": [found[name]]}


def _group(call: Call, group: Moto) -> dict[str, Any]:
    params = group.params
    durability = params.get("Durability", "default")
    return {
        "ReplicationGroupId": group.replication_group_id,
        "Description": params["ReplicationGroupDescription"],
        "Status": "available",
        "ARN": group.arn,
        "ReplicationGroupCreateTime": group.created,
        "MemberClusters": [name for nodes in group.shards.values() for name in nodes],
        "NodeGroups": [
            {
                "NodeGroupId": shard,
                "Status": "available",
                "Slots": _slots(index, len(group.shards)),
                "NodeGroupMembers": [
                    {"CacheClusterId": name, "CacheNodeId": "0001", "PreferredAvailabilityZone": zone}
                    for name, zone in zip(nodes, _zones(call, group, index), strict=False)
                ],
            }
            for index, (shard, nodes) in enumerate(group.shards.items())
        ],
        "ConfigurationEndpoint": {
            "Address": f"clustercfg.{group.replication_group_id}.local0.{group.region}.cache.amazonaws.com",
            "Port": params.get("Port", 6379),
        },
        "AutomaticFailover": _switch(params.get("AutomaticFailoverEnabled")),
        "MultiAZ": _switch(params.get("MultiAZEnabled")),
        "ClusterEnabled": True,
        "ClusterMode": "enabled",
        "Engine": params.get("Engine", "redis"),
        "CacheNodeType": params["CacheNodeType"],
        "Durability": durability,
        "EffectiveDurability": "disabled" if durability == "default" else durability,
        "SnapshotRetentionLimit": params.get("SnapshotRetentionLimit", 0),
        "SnapshotWindow": params.get("SnapshotWindow", "05:00-06:00"),
        "AuthTokenEnabled": "AuthToken" in params,
        "TransitEncryptionEnabled": params.get("TransitEncryptionEnabled", False),
        "TransitEncryptionMode": params.get("TransitEncryptionMode"),
        "AtRestEncryptionEnabled": params.get("AtRestEncryptionEnabled", False),
        "KmsKeyId": params.get("KmsKeyId"),
        "UserGroupIds": params.get("UserGroupIds", []),
        "LogDeliveryConfigurations": [
            {key: value for key, value in each.items() if key != "Enabled"} | {"Status": "active"}
            for each in params.get("LogDeliveryConfigurations", [])
        ],
        "DataTiering": "disabled",
        "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade", True),
        "NetworkType": params.get("NetworkType", "ipv4"),
        "IpDiscovery": params.get("IpDiscovery", "ipv4"),
    }


def _node(call: Call, group: Moto, name: str) -> dict[str, Any]:
    params = group.params
    shared = (
        "CacheSubnetGroupName",
        "PreferredMaintenanceWindow",
        "SnapshotWindow",
        "SnapshotRetentionLimit",
    )
    same = (
        *("Engine", "CacheNodeType", "AuthTokenEnabled", "TransitEncryptionEnabled", "TransitEncryptionMode"),
        *("AtRestEncryptionEnabled", "AutoMinorVersionUpgrade", "LogDeliveryConfigurations"),
        *("NetworkType", "IpDiscovery"),
    )
    described = _group(call, group)
    return {
        "CacheClusterId": name,
        "ARN": arn(call, "cluster", name),
        "ReplicationGroupId": group.replication_group_id,
        "CacheClusterStatus": "available",
        "CacheClusterCreateTime": group.created,
        "EngineVersion": f"{params['EngineVersion']}.0",
        "NumCacheNodes": 1,
        "CacheParameterGroup": {
            "CacheParameterGroupName": params.get("CacheParameterGroupName"),
            "ParameterApplyStatus": "in-sync",
        },
        "SecurityGroups": [
            {"SecurityGroupId": each, "Status": "active"} for each in params.get("SecurityGroupIds", [])
        ],
        **(
            {"NotificationConfiguration": {"TopicArn": topic, "TopicStatus": "active"}}
            if (topic := params.get("NotificationTopicArn"))
            else {}
        ),
        **{key: params[key] for key in shared if key in params},
        **{key: described[key] for key in same},
    }


def _zones(call: Call, group: Moto, shard: int) -> Any:  # noqa: ANN401  an endless iterator
    subnet_group = collection(call, "cache_subnet_groups").get(group.params.get("CacheSubnetGroupName"))
    zones = (
        sorted({subnet["subnet_availability_zone"] for subnet in subnet_group.subnets})
        if subnet_group
        else []
    )
    return islice(cycle(zones or [f"{group.region}a"]), shard, None)


def _slots(index: int, shards: int) -> str:
    return f"{index * SLOTS // shards}-{(index + 1) * SLOTS // shards - 1}"


def _switch(value: object) -> str:
    return "enabled" if value else "disabled"
