"""The cache. Requirements: Cache, "ElastiCache Redis", "High Availability" and "Backup and Recovery"."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.cache.cluster import RedisCluster, RedisClusterArgs
from components.cache.settings import CacheSettings
from components.problems import SettingsError
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, STAGING
from tests.components.recording import Registration, of_type, record, repeated_names

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
USER = "aws:elasticache/user:User"

PROD = RedisClusterArgs(
    context=CONTEXT, subnet_ids=("subnet-1", "subnet-2", "subnet-3"), security_group_ids=["sg-1"]
)


def deploy(args: RedisClusterArgs) -> list[Registration]:
    return record(lambda: RedisCluster("cache", args))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(PROD)


def group(graph: list[Registration]) -> dict[str, Any]:
    (found,) = of_type(graph, "aws:elasticache/replicationGroup:ReplicationGroup").values()
    return found.inputs


def test_three_shards_of_a_primary_and_two_replicas(prod: list[Registration]) -> None:
    cluster = group(prod)
    assert cluster["replicationGroupId"] == "mpac-prod-cache"
    assert (cluster["numNodeGroups"], cluster["replicasPerNodeGroup"]) == (3, 2)
    assert (cluster["nodeType"], cluster["clusterMode"]) == ("cache.r6g.large", "enabled")
    assert (cluster["multiAzEnabled"], cluster["automaticFailoverEnabled"]) == (True, True)
    assert cluster["port"] == 6379


def test_aws_raises_no_version(prod: list[Registration]) -> None:
    assert group(prod)["autoMinorVersionUpgrade"] is False


def test_durability_takes_the_place_of_the_append_only_file(prod: list[Registration]) -> None:
    cluster = group(prod)
    assert (cluster["engine"], cluster["engineVersion"]) == ("valkey", "9.0")
    assert cluster["durability"] == "async"
    (parameters,) = of_type(prod, "aws:elasticache/parameterGroup:ParameterGroup").values()
    assert parameters.inputs["family"] == "valkey9"
    given = {each["name"]: each["value"] for each in parameters.inputs["parameters"]}
    assert given == {"cluster-enabled": "yes", "maxmemory-policy": "volatile-ttl"}


def test_redis_has_no_durability() -> None:
    cluster = group(
        deploy(
            replace(PROD, settings=CacheSettings(engine="redis", engine_version="7.1", durability="disabled"))
        )
    )
    assert (cluster["engine"], cluster["engineVersion"]) == ("redis", "7.1")
    assert "durability" not in cluster


def test_snapshots_begin_at_four_and_are_kept_for_seven_days(prod: list[Registration]) -> None:
    cluster = group(prod)
    assert cluster["snapshotWindow"] == "04:00-05:00"
    assert cluster["snapshotRetentionLimit"] == 7
    assert cluster["finalSnapshotIdentifier"] == "mpac-prod-cache-final-cache-final-hex"
    assert cluster["maintenanceWindow"] == "sun:19:00-sun:20:00"


def test_encrypted_on_the_way_and_at_rest_with_an_own_key(prod: list[Registration]) -> None:
    cluster = group(prod)
    assert (cluster["transitEncryptionEnabled"], cluster["transitEncryptionMode"]) == (True, "required")
    assert (cluster["atRestEncryptionEnabled"], cluster["kmsKeyId"]) == (
        True,
        "arn:aws:kms:ap-northeast-1:123456789012:key/cache",
    )
    assert cluster["securityGroupIds"] == ["sg-1"]


def test_only_the_services_user_may_do_anything(prod: list[Registration]) -> None:
    assert group(prod)["userGroupIds"] == ["cache-id"]
    assert "authToken" not in group(prod)
    users = {each.inputs["userName"]: each.inputs for each in of_type(prod, USER).values()}
    assert set(users) == {"application", "default"}
    assert users["default"]["accessString"] == "off ~* resetchannels -@all"
    assert users["application"]["accessString"] == "on ~* &* +@all -@dangerous +info"
    for user in users.values():
        assert user["engine"] == "valkey"
        assert user["authenticationMode"]["type"] == "password"
    passwords = [user["authenticationMode"]["passwords"] for user in users.values()]
    assert list(map(len, passwords)) == [1, 1]
    assert passwords[0] != passwords[1]
    (secret,) = of_type(prod, "aws:secretsmanager/secret:Secret").values()
    assert secret.inputs["name"] == "mpac/prod/cache"
    assert secret.inputs["replicas"] == [
        {"region": OSAKA, "kmsKeyId": "arn:aws:kms:ap-northeast-3:123456789012:key/secrets"}
    ]


def test_slow_commands_and_the_engine_are_logged(prod: list[Registration]) -> None:
    deliveries = {each["logType"]: each for each in group(prod)["logDeliveryConfigurations"]}
    assert set(deliveries) == {"slow-log", "engine-log"}
    groups = {
        each.inputs["name"]: each for each in of_type(prod, "aws:cloudwatch/logGroup:LogGroup").values()
    }
    for kind, delivery in deliveries.items():
        assert delivery["destination"] == f"/mpac/prod/cache-{kind}"
        assert (delivery["destinationType"], delivery["logFormat"]) == ("cloudwatch-logs", "json")
        log_group = groups[f"/mpac/prod/cache-{kind}"]
        assert (log_group.inputs["retentionInDays"], log_group.inputs["kmsKeyId"]) == (
            30,
            "arn:aws:kms:ap-northeast-1:123456789012:key/logs",
        )


def test_alarms_watch_every_node_of_every_shard(prod: list[Registration]) -> None:
    found = {each.inputs["name"]: each.inputs for each in of_type(prod, ALARM).values()}
    kinds = {
        "engine-cpu": ("EngineCPUUtilization", 80),
        "memory": ("DatabaseMemoryUsageCountedForEvictPercentage", 80),
        "evictions": ("Evictions", 0),
        "replication-lag": ("ReplicationLag", 1),
        "failover": ("IsMaster", 0),
        "durability-lag": ("DurabilityLag", 5000),
    }
    assert set(found) == {
        f"mpac-prod-cache-{shard}-{kind}" for shard in ("0001", "0002", "0003") for kind in kinds
    }
    for name, each in found.items():
        shard, _, kind = name.removeprefix("mpac-prod-cache-").partition("-")
        metric, threshold = kinds[kind]
        watched = [query["metric"] for query in each["metricQueries"] if "metric" in query]
        assert {query["metricName"] for query in watched} == {metric}
        assert [query["dimensions"]["CacheClusterId"] for query in watched] == [
            f"mpac-prod-cache-{shard}-{node}" for node in ("001", "002", "003")
        ]
        assert each["threshold"] == threshold
        assert each["alarmActions"] == ["arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"]


def test_people_are_notified_of_a_failover_whichever_node_takes_over(prod: list[Registration]) -> None:
    (alarm,) = [
        each.inputs for each in of_type(prod, ALARM).values() if each.inputs["name"].endswith("0001-failover")
    ]
    (result,) = [query for query in alarm["metricQueries"] if query.get("returnData")]
    assert result["expression"] == "MAX(ABS(DIFF(METRICS())))"


def test_without_durability_nothing_waits_for_its_log() -> None:
    graph = deploy(replace(PROD, settings=CacheSettings(durability="disabled")))
    assert not [each for each in of_type(graph, ALARM) if each.endswith("durability-lag")]


def test_protected_only_where_asked(prod: list[Registration]) -> None:
    for type_ in ("aws:elasticache/replicationGroup:ReplicationGroup", "aws:secretsmanager/secret:Secret"):
        (found,) = of_type(prod, type_).values()
        assert found.protect
    graph = deploy(replace(PROD, context=STAGING))
    assert not [each.name for each in graph if each.protect]
    assert "finalSnapshotIdentifier" not in group(graph)


def test_outputs(prod: list[Registration]) -> None:
    (cluster,) = of_type(prod, "mpac:cache:RedisCluster").values()
    assert cluster.outputs["port"] == 6379
    assert cluster.outputs["secretArn"] == "cache-secretArn"
    assert json.dumps(cluster.outputs).count("password") == 0


def test_moving_data_is_waited_for(prod: list[Registration]) -> None:
    (cluster,) = of_type(prod, "aws:elasticache/replicationGroup:ReplicationGroup").values()
    # The provider's own is 40 minutes.
    assert cluster.timeouts["update"] == "24h"


def test_two_stand_side_by_side() -> None:
    graph = record(lambda: [RedisCluster(name, PROD) for name in ("cache", "sessions")])
    assert repeated_names(graph) == []


def test_another_program_has_names_of_its_own_and_aws_keys() -> None:
    graph = deploy(replace(PROD, context=PLAIN))
    cluster = group(graph)
    assert cluster["replicationGroupId"] == "acme-test-cache"
    assert cluster["atRestEncryptionEnabled"] is True
    assert not [each.name for each in graph if "kmsKeyId" in each.inputs]
    assert not [each.name for each in of_type(graph, ALARM).values() if each.inputs["alarmActions"]]
    assert "mpac" not in json.dumps([each.inputs for each in graph], default=repr)


def test_with_protection_alone_a_cluster_keeps_a_final_snapshot() -> None:
    cluster = group(deploy(replace(PROD, context=replace(PLAIN, protect=True))))
    assert cluster["finalSnapshotIdentifier"] == "acme-test-cache-final-cache-final-hex"


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match="RedisCluster cache: 1 problem"):
        deploy(replace(PROD, settings=CacheSettings(shards=90)))
