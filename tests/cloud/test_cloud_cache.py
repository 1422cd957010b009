"""The deployed caches hold the requirement's figures: Cache, "ElastiCache Redis" to "Backup and Recovery"."""

import json

import pytest

from operations.plan import Plan, plan
from tests.cloud.conftest import STACKS, Aws, Client, Place

ACCOUNT = "123456789012"
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
# Node type, shards, replicas of each, days of snapshots, durability.
SIZES = {
    "prod": ("cache.r6g.large", 3, 2, 7, "async"),
    # Starts cold: nodes of the same type, and shards are added for a failover.
    "dr": ("cache.r6g.large", 1, 1, 7, "async"),
    "staging": ("cache.t4g.small", 1, 1, 1, "disabled"),
}


def nodes_of(stack: Place) -> dict[str, list[str]]:
    """Names of the nodes by shard."""
    _, shards, replicas, _, _ = SIZES[stack.name]
    return {
        f"{shard:04}": [f"mpac-{stack.name}-cache-{shard:04}-{node:03}" for node in range(1, replicas + 2)]
        for shard in range(1, shards + 1)
    }


@pytest.fixture
def cache(aws: Aws, stack: Place) -> Client:
    (found,) = aws("elasticache", stack.region).describe_replication_groups(
        ReplicationGroupId=f"mpac-{stack.name}-cache"
    )["ReplicationGroups"]
    return found


@pytest.fixture
def nodes(aws: Aws, cache: Client, stack: Place) -> list[Client]:
    pages = aws("elasticache", stack.region).get_paginator("describe_cache_clusters").paginate()
    found = [each for page in pages for each in page["CacheClusters"]]
    return [each for each in found if each["ReplicationGroupId"] == cache["ReplicationGroupId"]]


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return plan(STACKS)


def test_there_is_one_in_each_stack(aws: Aws) -> None:
    names = {
        region: {
            each["ReplicationGroupId"]
            for each in aws("elasticache", region).describe_replication_groups()["ReplicationGroups"]
        }
        for region in (TOKYO, OSAKA)
    }
    assert names == {TOKYO: {"mpac-prod-cache", "mpac-staging-cache"}, OSAKA: {"mpac-dr-cache"}}


class TestShape:
    def test_shards_and_replicas(self, stack: Place, cache: Client) -> None:
        node_type, *_ = SIZES[stack.name]
        assert cache["CacheNodeType"] == node_type
        assert (cache["ClusterEnabled"], cache["ClusterMode"]) == (True, "enabled")
        members = {
            group["NodeGroupId"]: sorted(each["CacheClusterId"] for each in group["NodeGroupMembers"])
            for group in cache["NodeGroups"]
        }
        assert members == nodes_of(stack)

    def test_fails_over_by_itself_into_another_zone(self, cache: Client) -> None:
        assert (cache["MultiAZ"], cache["AutomaticFailover"]) == ("enabled", "enabled")
        for group in cache["NodeGroups"]:
            zones = [each["PreferredAvailabilityZone"] for each in group["NodeGroupMembers"]]
            assert len(set(zones)) == len(zones) >= 2

    def test_engine(self, aws: Aws, stack: Place, cache: Client, nodes: list[Client]) -> None:
        assert cache["Engine"] == "valkey"
        # "Redis 7+": Valkey 7.2 is where Redis OSS 7.2 went on.
        assert {each["EngineVersion"].rpartition(".")[0] for each in nodes} == {"9.0"}
        (group,) = {each["CacheParameterGroup"]["CacheParameterGroupName"] for each in nodes}
        found = aws("elasticache", stack.region).describe_cache_parameters(
            CacheParameterGroupName=group, Source="user"
        )["Parameters"]
        assert {each["ParameterName"]: each["ParameterValue"] for each in found} == {
            "cluster-enabled": "yes",
            "maxmemory-policy": "volatile-ttl",
        }

    def test_durability_takes_the_place_of_the_append_only_file(
        self, stack: Place, plans: dict[str, Plan]
    ) -> None:
        # From the plan: the provider that is built here does not know the property yet and never sends it.
        (group,) = [
            each
            for each in plans[stack.name].resources
            if each.type == "aws:elasticache/replicationGroup:ReplicationGroup"
        ]
        assert group.inputs["durability"] == SIZES[stack.name][4]


class TestBackup:
    def test_daily_at_four_and_kept(self, stack: Place, cache: Client) -> None:
        assert cache["SnapshotWindow"].startswith("04:00-")
        assert cache["SnapshotRetentionLimit"] == SIZES[stack.name][3]

    def test_apart_from_maintenance(self, stack: Place, nodes: list[Client]) -> None:
        day = "wed" if stack.name == "dr" else "sun"
        assert {each["PreferredMaintenanceWindow"] for each in nodes} == {f"{day}:19:00-{day}:20:00"}


class TestAccess:
    def test_encrypted_on_the_way_and_at_rest(self, aws: Aws, stack: Place, cache: Client) -> None:
        assert (cache["TransitEncryptionEnabled"], cache["TransitEncryptionMode"]) == (True, "required")
        assert cache["AtRestEncryptionEnabled"] is True
        key = aws("kms", stack.region).describe_key(KeyId=cache["KmsKeyId"])["KeyMetadata"]
        assert key["KeyManager"] == "CUSTOMER"

    def test_lies_in_the_database_subnets_behind_6379(
        self, aws: Aws, stack: Place, vpc_id: str, cache: Client, nodes: list[Client]
    ) -> None:
        assert cache["ConfigurationEndpoint"]["Port"] == 6379
        (name,) = {each["CacheSubnetGroupName"] for each in nodes}
        (group,) = aws("elasticache", stack.region).describe_cache_subnet_groups(CacheSubnetGroupName=name)[
            "CacheSubnetGroups"
        ]
        assert group["VpcId"] == vpc_id
        ec2 = aws("ec2", stack.region)
        subnets = ec2.describe_subnets(SubnetIds=[each["SubnetIdentifier"] for each in group["Subnets"]])
        second = {"prod": 0, "dr": 1, "staging": 10}[stack.name]
        assert sorted(each["CidrBlock"] for each in subnets["Subnets"]) == [
            f"10.{second}.{number}.0/24" for number in (20, 21, 22)
        ]
        (groups,) = {tuple(each["SecurityGroupId"] for each in node["SecurityGroups"]) for node in nodes}
        found = ec2.describe_security_groups(GroupIds=list(groups))["SecurityGroups"]
        assert {each["FromPort"] for group in found for each in group["IpPermissions"]} == {6379}

    def test_only_the_services_user_may_do_anything(self, aws: Aws, stack: Place, cache: Client) -> None:
        client = aws("elasticache", stack.region)
        (group_id,) = cache["UserGroupIds"]
        (group,) = client.describe_user_groups(UserGroupId=group_id)["UserGroups"]
        users = {
            each["UserName"]: each
            for user in group["UserIds"]
            for each in client.describe_users(UserId=user)["Users"]
        }
        assert {name: each["AccessString"] for name, each in users.items()} == {
            "application": "on ~* &* +@all -@dangerous +info",
            "default": "off ~* resetchannels -@all",
        }
        for user in users.values():
            assert user["Authentication"] == {"Type": "password", "PasswordCount": 1}
        assert cache["AuthTokenEnabled"] is False

    def test_password_is_a_secret_of_the_region(self, aws: Aws, stack: Place) -> None:
        found = aws("secretsmanager", stack.region).get_secret_value(SecretId=f"mpac/{stack.name}/cache")
        value = json.loads(found["SecretString"])
        assert value["username"] == "application"
        assert len(value["password"]) == 48

    def test_logs_are_delivered_encrypted_and_kept(self, aws: Aws, stack: Place, cache: Client) -> None:
        prefix = f"/mpac/{stack.name}/cache-"
        delivered = {
            each["LogType"]: each["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"]
            for each in cache["LogDeliveryConfigurations"]
        }
        assert delivered == {kind: f"{prefix}{kind}" for kind in ("slow-log", "engine-log")}
        groups = aws("logs", stack.region).describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        assert {each["logGroupName"] for each in groups} == set(delivered.values())
        for group in groups:
            assert group["retentionInDays"] == 30
            assert f":kms:{stack.region}:" in group["kmsKeyId"]


# Metric, threshold, and how the nodes' values become one.
KINDS = {
    "engine-cpu": ("EngineCPUUtilization", 80, "MAX(FILL(METRICS(), 0))"),
    "memory": ("DatabaseMemoryUsageCountedForEvictPercentage", 80, "MAX(FILL(METRICS(), 0))"),
    "evictions": ("Evictions", 0, "SUM(FILL(METRICS(), 0))"),
    "replication-lag": ("ReplicationLag", 1, "MAX(FILL(METRICS(), 0))"),
    "failover": ("IsMaster", 0, "MAX(ABS(DIFF(METRICS())))"),
    "durability-lag": ("DurabilityLag", 5000, "MAX(FILL(METRICS(), 0))"),
}


def test_alarms_watch_every_node_of_every_shard(aws: Aws, stack: Place) -> None:
    prefix = f"mpac-{stack.name}-cache-"
    pages = aws("cloudwatch", stack.region).get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = {each["AlarmName"].removeprefix(prefix): each for page in pages for each in page["MetricAlarms"]}
    kinds = [kind for kind in KINDS if SIZES[stack.name][4] == "async" or kind != "durability-lag"]
    assert set(found) == {f"{shard}-{kind}" for shard in nodes_of(stack) for kind in kinds}
    for name, each in found.items():
        shard, _, kind = name.partition("-")
        metric, threshold, expression = KINDS[kind]
        assert (each["Threshold"], each["ComparisonOperator"]) == (threshold, "GreaterThanThreshold")
        watched = [query["MetricStat"]["Metric"] for query in each["Metrics"] if "MetricStat" in query]
        assert {(metric["Namespace"], metric["MetricName"]) for metric in watched} == {
            ("AWS/ElastiCache", metric)
        }
        ids = [
            pair["Value"] for one in watched for pair in one["Dimensions"] if pair["Name"] == "CacheClusterId"
        ]
        assert sorted(ids) == nodes_of(stack)[shard]
        (result,) = [query for query in each["Metrics"] if query.get("ReturnData")]
        assert result["Expression"] == expression
        topic = f"arn:aws:sns:{stack.region}:{ACCOUNT}:mpac-{stack.name}-alarms"
        assert each["AlarmActions"] == each["OKActions"] == [topic]
