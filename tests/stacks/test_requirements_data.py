"""Requirements: Database and Cache. What the plan of production says of them, one figure a test."""

import json
from typing import Any

import pytest

from operations.plan import Plan
from tests.stacks.reading import named, sources

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BACKUP_PLAN = "aws:backup/plan:Plan"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
INSTANCE = "aws:rds/instance:Instance"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("engine", "postgres"),
        ("engineVersion", "17"),
        ("multiAz", True),
        ("allocatedStorage", 1024),
        ("backupWindow", "03:00-03:30"),
        ("backupRetentionPeriod", 30),
    ],
)
def test_first_instance(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401 (of any input)
    assert named(prod, INSTANCE)["database"][key] == figure


def test_what_any_point_in_time_is_restored_from_outlives_the_instance(prod: Plan) -> None:
    # RDS uploads the log of transactions every five minutes as long as it keeps backups:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
    instance = named(prod, INSTANCE)["database"]
    assert instance["backupRetentionPeriod"] > 0
    assert instance["deleteAutomatedBackups"] is False


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("instanceClass", "db.r6g.4xlarge"),
        ("storageType", "io2"),
        ("maxAllocatedStorage", 5120),
        ("iops", 10000),
    ],
)
def test_every_instance(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401
    assert {instance[key] for instance in named(prod, INSTANCE).values()} == {figure}


def test_there_are_two_read_replicas(prod: Plan) -> None:
    assert sum("replicateSourceDb" in instance for instance in named(prod, INSTANCE).values()) == 2


def test_replicas_follow_the_first_instance(prod: Plan) -> None:
    followed = {instance.get("replicateSourceDb") for instance in named(prod, INSTANCE).values()}
    assert followed == {None, "mpac-prod-database"}


def test_a_replica_more_than_a_second_behind_is_told(prod: Plan) -> None:
    alarms = [each for each in named(prod, ALARM).values() if "ReplicaLag" in str(each.get("metricQueries"))]
    assert {(alarm["comparisonOperator"], alarm["threshold"]) for alarm in alarms} == {
        ("GreaterThanThreshold", 1)
    }


def test_the_database_is_backed_up_weekly(prod: Plan) -> None:
    (rule,) = named(prod, BACKUP_PLAN)["backups-weekly"]["rules"]
    assert rule["schedule"] == "cron(0 20 ? * SAT *)"


@pytest.mark.parametrize(("key", "figure"), [("max_client_conn", 10000), ("default_pool_size", 25)])
def test_pgbouncer(prod: Plan, key: str, figure: int) -> None:
    pgbouncer, _ = json.loads(named(prod, TASK)["pgbouncer"]["containerDefinitions"])
    (text,) = (each["value"] for each in pgbouncer["environment"] if each["name"] == "PGBOUNCER_INI")
    assert f"\n{key} = {figure}\n" in text


def test_weekly_backups_are_copied_to_osaka(prod: Plan) -> None:
    (rule,) = named(prod, BACKUP_PLAN)["backups-weekly"]["rules"]
    assert len(rule.get("copyActions", [])) == 1
    assert ("aws:backup/vault:Vault", "backup-copies") in sources(
        prod, BACKUP_PLAN, "backups-weekly", "rules"
    )


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("engine", "valkey"),
        ("engineVersion", "9.0"),
        ("clusterMode", "enabled"),
        ("nodeType", "cache.r6g.large"),
        ("multiAzEnabled", True),
        ("automaticFailoverEnabled", True),
        ("replicasPerNodeGroup", 2),
        ("numNodeGroups", 3),
        ("snapshotWindow", "04:00-05:00"),
        ("snapshotRetentionLimit", 7),
        ("durability", "async"),
    ],
)
def test_cache(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401
    assert named(prod, CACHE)["cache"][key] == figure


def test_a_full_cache_loses_what_is_about_to_expire(prod: Plan) -> None:
    parameters = named(prod, PARAMETERS)["cache"]["parameters"]
    assert {"name": "maxmemory-policy", "value": "volatile-ttl"} in parameters
