"""ElastiCache and its refusals."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from operations.cache_versions import findings
from settings.loading import load
from settings.stack import Settings
from settings.stack_files import read_stack_file
from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Client, Refused, Server

_numbers = itertools.count()
TAGS = [{"Key": "Name", "Value": "cache"}]


@pytest.fixture
def cache(aws: Aws) -> Client:
    return aws("elasticache")


@pytest.fixture
def name() -> str:
    return f"cache-{next(_numbers)}"


@pytest.fixture(scope="module")
def place(aws: Aws) -> dict[str, Any]:
    """A VPC with subnets in three zones, a security group and a subnet group."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{index}.0/24", AvailabilityZone=f"{TOKYO}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for index, zone in enumerate("acd")
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="cache", Description="x")["GroupId"]
    aws("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName="place", CacheSubnetGroupDescription="x", SubnetIds=subnets
    )
    return {"CacheSubnetGroupName": "place", "SecurityGroupIds": [group]}


def make_parameters(cache: Client, name: str, family: str = "valkey9", **values: str) -> str:
    cache.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily=family, Description="x", Tags=TAGS
    )
    cache.modify_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[
            {"ParameterName": key.replace("_", "-"), "ParameterValue": value}
            for key, value in ({"cluster_enabled": "yes"} | values).items()
        ],
    )
    return name


def make_user(cache: Client, user_id: str, user_name: str, engine: str = "valkey", **more: object) -> str:
    mode = {"AuthenticationMode": {"Type": "password", "Passwords": ["a-long-enough-password"]}}
    cache.create_user(
        UserId=user_id, UserName=user_name, Engine=engine, AccessString="on ~* +@all", **(more or mode)
    )
    return user_id


def make_users(cache: Client, name: str, engine: str = "valkey") -> str:
    users = [make_user(cache, f"{name}-{user}", user, engine) for user in ("application", "default")]
    cache.create_user_group(UserGroupId=name, Engine=engine, UserIds=users, Tags=TAGS)
    return name


def settings(cache: Client, name: str, place: dict[str, Any]) -> dict[str, Any]:
    """What the requirements ask for."""
    return {
        "ReplicationGroupId": name,
        "ReplicationGroupDescription": "x",
        "Engine": "valkey",
        "EngineVersion": "9.0",
        "Durability": "async",
        "CacheNodeType": "cache.r6g.large",
        "ClusterMode": "enabled",
        "NumNodeGroups": 3,
        "ReplicasPerNodeGroup": 2,
        "MultiAZEnabled": True,
        "AutomaticFailoverEnabled": True,
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AtRestEncryptionEnabled": True,
        "CacheParameterGroupName": make_parameters(cache, name),
        "UserGroupIds": [make_users(cache, name)],
        "SnapshotWindow": "04:00-05:00",
        "SnapshotRetentionLimit": 7,
        "PreferredMaintenanceWindow": "sun:19:00-sun:20:00",
        "Tags": TAGS,
        **place,
    }


def described(cache: Client, name: str) -> Any:  # noqa: ANN401
    (group,) = cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    return group


def test_a_cluster_is_read_back(aws: Aws, cache: Client, name: str, place: dict[str, Any]) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    aws("logs").create_log_group(logGroupName=name)
    log = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": name}},
        "LogFormat": "json",
    }
    given = settings(cache, name, place) | {"KmsKeyId": key, "LogDeliveryConfigurations": [log], "Port": 6379}
    cache.create_replication_group(**given)

    group = described(cache, name)
    for same in (
        *("ReplicationGroupId", "Engine", "Durability", "CacheNodeType", "ClusterMode", "KmsKeyId"),
        *("TransitEncryptionEnabled", "TransitEncryptionMode", "AtRestEncryptionEnabled", "UserGroupIds"),
        *("SnapshotWindow", "SnapshotRetentionLimit"),
    ):
        assert group[same] == given[same], same
    assert group["Description"] == "x"
    assert group["EffectiveDurability"] == "async"
    assert (group["MultiAZ"], group["AutomaticFailover"], group["Status"]) == (
        "enabled",
        "enabled",
        "available",
    )
    assert group["LogDeliveryConfigurations"] == [log | {"Status": "active"}]
    assert group["ConfigurationEndpoint"]["Port"] == 6379
    assert group["MemberClusters"] == [f"{name}-{s:04}-{n:03}" for s in (1, 2, 3) for n in (1, 2, 3)]
    assert cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == TAGS
    for shard in group["NodeGroups"]:
        assert len({node["PreferredAvailabilityZone"] for node in shard["NodeGroupMembers"]}) == 3
    starts = [int(shard["Slots"].split("-")[0]) for shard in group["NodeGroups"]]
    ends = [int(shard["Slots"].split("-")[1]) for shard in group["NodeGroups"]]
    assert (starts[0], ends[-1]) == (0, 16383)
    assert [end + 1 for end in ends[:-1]] == starts[1:]

    (node,) = cache.describe_cache_clusters(CacheClusterId=f"{name}-0003-002")["CacheClusters"]
    assert node["EngineVersion"].startswith("9.0.")
    assert node["AtRestEncryptionEnabled"] is True
    assert node["CacheParameterGroup"]["CacheParameterGroupName"] == name
    assert node["PreferredMaintenanceWindow"] == "sun:19:00-sun:20:00"
    assert [each["SecurityGroupId"] for each in node["SecurityGroups"]] == given["SecurityGroupIds"]


def test_a_cluster_changes_and_goes(
    cache: Client, name: str, place: dict[str, Any], refused: Refused
) -> None:
    cache.create_replication_group(**settings(cache, name, place))
    cache.modify_replication_group(
        ReplicationGroupId=name,
        Durability="sync",
        SnapshotRetentionLimit=14,
        CacheNodeType="cache.r6g.xlarge",
    )
    group = described(cache, name)
    assert (group["Durability"], group["SnapshotRetentionLimit"]) == ("sync", 14)
    assert group["CacheNodeType"] == "cache.r6g.xlarge"

    cache.modify_replication_group_shard_configuration(
        ReplicationGroupId=name, NodeGroupCount=4, ApplyImmediately=True
    )
    cache.decrease_replica_count(ReplicationGroupId=name, NewReplicaCount=1, ApplyImmediately=True)
    assert [len(each["NodeGroupMembers"]) for each in described(cache, name)["NodeGroups"]] == [2] * 4
    cache.increase_replica_count(ReplicationGroupId=name, NewReplicaCount=2, ApplyImmediately=True)
    cache.modify_replication_group_shard_configuration(
        ReplicationGroupId=name, NodeGroupCount=2, NodeGroupsToRemove=["0001", "0003"], ApplyImmediately=True
    )
    shards = described(cache, name)["NodeGroups"]
    assert [(each["NodeGroupId"], len(each["NodeGroupMembers"])) for each in shards] == [
        ("0002", 3),
        ("0004", 3),
    ]

    cache.test_failover(ReplicationGroupId=name, NodeGroupId="0002")
    cache.delete_replication_group(ReplicationGroupId=name, FinalSnapshotIdentifier=f"{name}-final")
    with refused("ReplicationGroupNotFoundFault"):
        described(cache, name)
    with refused("CacheClusterNotFound"):
        cache.describe_cache_clusters(CacheClusterId=f"{name}-0002-001")
    (snapshot,) = cache.describe_snapshots(SnapshotName=f"{name}-final")["Snapshots"]
    assert snapshot["ReplicationGroupId"] == name


@pytest.fixture(scope="module")
def prod() -> Settings:
    """The settings of the stack whose cluster ``raised`` is."""
    return load("prod", read_stack_file(Path("Pulumi.prod.yaml")))


def test_newer_minor_versions_are_named(
    server: Server, cache: Client, prod: Settings, place: dict[str, Any]
) -> None:
    assert list(findings(prod, cache)) == []
    name = "mpac-prod-cache"
    cache.create_replication_group(**settings(cache, name, place))
    assert list(findings(prod, cache)) == []

    # AWS raises it in a maintenance window, though nobody has asked for it.
    raised = server.control(f"/cache/upgrade/{TOKYO}/{name}/9.1", "POST")
    assert raised == {"engine": "valkey", "version": "9.1"}
    (node,) = cache.describe_cache_clusters(CacheClusterId=f"{name}-0001-001")["CacheClusters"]
    assert node["EngineVersion"] == "9.1.0"
    assert list(findings(prod, cache)) == [
        "AWS has raised mpac-prod-cache to 9.1: write mpac:cache.engineVersion: '9.1' before the next update"
    ]
    cache.delete_replication_group(ReplicationGroupId=name)
    assert list(findings(prod, cache)) == [
        "ElastiCache offers valkey 9.1: try it in staging, then write mpac:cache.engineVersion: '9.1'"
    ]


def test_durability_is_changed_in_place(cache: Client, name: str, place: dict[str, Any]) -> None:
    cache.create_replication_group(**settings(cache, name, place))
    for durability in ("disabled", "async", "sync"):
        cache.modify_replication_group(ReplicationGroupId=name, Durability=durability)
        assert described(cache, name)["EffectiveDurability"] == durability


def test_parameters_are_read_back(cache: Client, name: str, refused: Refused) -> None:
    make_parameters(cache, name, maxmemory_policy="volatile-ttl")
    (group,) = cache.describe_cache_parameter_groups(CacheParameterGroupName=name)["CacheParameterGroups"]
    assert (group["CacheParameterGroupFamily"], group["Description"]) == ("valkey9", "x")
    assert cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == TAGS

    def read() -> dict[str, str]:
        found = cache.describe_cache_parameters(CacheParameterGroupName=name, Source="user")["Parameters"]
        return {each["ParameterName"]: each["ParameterValue"] for each in found}

    assert read() == {"cluster-enabled": "yes", "maxmemory-policy": "volatile-ttl"}
    cache.reset_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "x"}],
    )
    assert read() == {"cluster-enabled": "yes"}
    cache.delete_cache_parameter_group(CacheParameterGroupName=name)
    with refused("CacheParameterGroupNotFound"):
        cache.describe_cache_parameter_groups(CacheParameterGroupName=name)


def test_users_and_groups_are_read_back(cache: Client, name: str, refused: Refused) -> None:
    make_users(cache, name)
    (group,) = cache.describe_user_groups(UserGroupId=name)["UserGroups"]
    assert (group["Engine"], group["Status"]) == ("valkey", "active")
    assert group["UserIds"] == [f"{name}-application", f"{name}-default"]
    assert cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == TAGS
    cache.modify_user(UserId=f"{name}-application", AccessString="on ~a* +get")
    (user,) = cache.describe_users(UserId=f"{name}-application")["Users"]
    assert user["AccessString"] == "on ~a* +get"
    assert user["UserGroupIds"] == [name]
    assert user["Authentication"] == {"Type": "password", "PasswordCount": 1}

    cache.modify_user_group(UserGroupId=name, UserIdsToRemove=[f"{name}-application"])
    (user,) = cache.describe_users(UserId=f"{name}-application")["Users"]
    assert user["UserGroupIds"] == []
    cache.delete_user_group(UserGroupId=name)
    with refused("UserGroupNotFound"):
        cache.describe_user_groups(UserGroupId=name)


def test_a_subnet_group_changes(cache: Client, name: str, place: dict[str, Any]) -> None:
    subnets = [
        subnet["SubnetIdentifier"]
        for subnet in cache.describe_cache_subnet_groups(CacheSubnetGroupName=place["CacheSubnetGroupName"])[
            "CacheSubnetGroups"
        ][0]["Subnets"]
    ]
    cache.create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription="x", SubnetIds=subnets[:1]
    )
    cache.modify_cache_subnet_group(CacheSubnetGroupName=name, SubnetIds=subnets)
    (group,) = cache.describe_cache_subnet_groups(CacheSubnetGroupName=name)["CacheSubnetGroups"]
    assert [each["SubnetIdentifier"] for each in group["Subnets"]] == subnets
    assert group["CacheSubnetGroupDescription"] == "x"


COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EngineVersion": "8.1", "CacheParameterGroupName": ...}, COMBINATION),
        ({"CacheNodeType": "cache.t4g.small"}, COMBINATION),
        ({"TransitEncryptionEnabled": False, "UserGroupIds": ...}, COMBINATION),
        ({"MultiAZEnabled": False}, COMBINATION),
        ({"ReplicasPerNodeGroup": 0}, COMBINATION),
        ({"AutomaticFailoverEnabled": False, "MultiAZEnabled": False, "Durability": "disabled"}, COMBINATION),
        ({"ReplicasPerNodeGroup": 6}, VALUE),
        ({"NumNodeGroups": 31}, "NodeQuotaForClusterExceeded"),
        ({"SnapshotWindow": "04:00-04:30"}, VALUE),
        ({"PreferredMaintenanceWindow": "sun:04:30-sun:05:30"}, VALUE),
        ({"PreferredMaintenanceWindow": "sun:23:30-mon:04:01"}, VALUE),
        ({"CacheParameterGroupName": "missing"}, "CacheParameterGroupNotFound"),
        ({"UserGroupIds": ["missing"]}, "UserGroupNotFound"),
        ({"UserGroupIds": ["one", "two"]}, VALUE),
        ({"AuthToken": "a-long-enough-password"}, COMBINATION),
        ({"TransitEncryptionEnabled": False, "Durability": "disabled"}, COMBINATION),
        ({"KmsKeyId": f"arn:aws:kms:{OSAKA}:{ACCOUNT}:key/x"}, "InvalidKMSKeyFault"),
        ({"KmsKeyId": "x", "AtRestEncryptionEnabled": False}, COMBINATION),
        ({"CacheSubnetGroupName": "missing"}, "CacheSubnetGroupNotFoundFault"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, VALUE),
        (
            {
                "LogDeliveryConfigurations": [
                    {
                        "LogType": "slow-log",
                        "DestinationType": "cloudwatch-logs",
                        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "missing"}},
                        "LogFormat": "json",
                    }
                ]
            },
            VALUE,
        ),
    ],
    ids=lambda value: json.dumps(value, default=str)[:60] if isinstance(value, dict) else None,
)
def test_refused_cluster(  # noqa: PLR0917  fixtures and cases, by name
    cache: Client, name: str, place: dict[str, Any], refused: Refused, changes: dict[str, Any], code: str
) -> None:
    changed = settings(cache, name, place) | changes
    with refused(code):
        cache.create_replication_group(**{key: value for key, value in changed.items() if value is not ...})


def test_parameters_of_another_engine(
    cache: Client, name: str, place: dict[str, Any], refused: Refused
) -> None:
    given = settings(cache, name, place)
    make_parameters(cache, f"{name}-8", "valkey8")
    with refused(COMBINATION):
        cache.create_replication_group(**given | {"CacheParameterGroupName": f"{name}-8"})
    make_parameters(cache, f"{name}-off", cluster_enabled="no")
    with refused(COMBINATION):
        cache.create_replication_group(**given | {"CacheParameterGroupName": f"{name}-off"})


def test_users_of_valkey_on_redis(cache: Client, name: str, place: dict[str, Any], refused: Refused) -> None:
    make_parameters(cache, f"{name}-redis", "redis7")
    redis = {
        "Engine": "redis",
        "EngineVersion": "7.1",
        "Durability": "disabled",
        "CacheParameterGroupName": f"{name}-redis",
    }
    with refused(COMBINATION):
        cache.create_replication_group(**settings(cache, name, place) | redis)
    redis["UserGroupIds"] = [make_users(cache, f"{name}-redis", "redis")]
    cache.create_replication_group(**settings(cache, f"{name}x", place) | redis)


@pytest.mark.parametrize(
    "changes",
    [
        {"EngineVersion": "8.1"},
        {"Engine": "redis"},
        {"MultiAZEnabled": False},
        {"CacheNodeType": "cache.t4g.small"},
        {"SnapshotWindow": "19:00-20:00"},
        {"TransitEncryptionEnabled": False},
    ],
)
def test_refused_change(
    cache: Client, name: str, place: dict[str, Any], refused: Refused, changes: dict[str, Any]
) -> None:
    cache.create_replication_group(**settings(cache, name, place))
    with refused(VALUE if "SnapshotWindow" in changes else COMBINATION):
        cache.modify_replication_group(ReplicationGroupId=name, **changes)


@pytest.mark.parametrize(
    ("parameter", "value"), [("appendonly", "yes"), ("appendfsync", "everysec"), ("maxmemory-policy", "ttl")]
)
def test_refused_parameter(cache: Client, name: str, refused: Refused, parameter: str, value: str) -> None:
    make_parameters(cache, name)
    with refused(VALUE):
        cache.modify_cache_parameter_group(
            CacheParameterGroupName=name,
            ParameterNameValues=[{"ParameterName": parameter, "ParameterValue": value}],
        )


def test_unknown_family(cache: Client, name: str, refused: Refused) -> None:
    with refused(VALUE):
        make_parameters(cache, name, "valkey10")


def test_missing_subnet(cache: Client, name: str, refused: Refused) -> None:
    with refused("InvalidSubnet"):
        cache.create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription="x",
            SubnetIds=["subnet-00000000000000000"],
        )


def test_refused_user_groups(cache: Client, name: str, refused: Refused) -> None:
    application = make_user(cache, f"{name}-a", "application", "redis")
    twin = make_user(cache, f"{name}-b", "application", "redis")
    open_door = make_user(cache, f"{name}-c", "default", "redis", NoPasswordRequired=True)
    for users, engine, code in (
        ([application], "redis", "DefaultUserRequired"),
        ([application, twin, open_door], "redis", "DuplicateUserName"),
        ([application, open_door], "valkey", VALUE),
        ([application, "missing"], "valkey", "UserNotFound"),
    ):
        with refused(code):
            cache.create_user_group(UserGroupId=name, Engine=engine, UserIds=users)
    cache.create_user_group(UserGroupId=name, Engine="redis", UserIds=[application, open_door])
    with refused("DefaultUserRequired"):
        cache.modify_user_group(UserGroupId=name, UserIdsToRemove=[open_door])
    with refused("DefaultUserAssociatedToUserGroup"):
        cache.delete_user(UserId=open_door)


def test_what_is_in_use_stays(cache: Client, name: str, place: dict[str, Any], refused: Refused) -> None:
    cache.create_replication_group(**settings(cache, name, place))
    with refused("InvalidUserGroupState"):
        cache.delete_user_group(UserGroupId=name)
    with refused("InvalidCacheParameterGroupState"):
        cache.delete_cache_parameter_group(CacheParameterGroupName=name)
    with refused("CacheSubnetGroupInUse"):
        cache.delete_cache_subnet_group(CacheSubnetGroupName=place["CacheSubnetGroupName"])
