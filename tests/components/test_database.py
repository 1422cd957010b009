"""PostgreSQL. Requirements: Database, "RDS PostgreSQL", "Backup Strategy" and "Read Replicas"."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.database import (
    CrossRegionReplica,
    PostgresCluster,
    PostgresClusterArgs,
    Primary,
    StandByRegion,
)
from tests.components.recording import Registration, Secret, of_type, record
from tests.iam import Request, allowed

INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"

PRIMARY = PostgresClusterArgs(
    environment="prod",
    account_id="123456789012",
    region=TOKYO,
    role=Primary(
        secrets_key_arn="secrets-key",
        replica_zones=("ap-northeast-1a", "ap-northeast-1c"),
        stand_by=StandByRegion(
            region=OSAKA, key_arn="osaka-database-key", secrets_key_arn="osaka-secrets-key"
        ),
    ),
    subnet_ids=("subnet-1", "subnet-2", "subnet-3"),
    security_group_id="sg-1",
    key_arn="database-key",
    logs_key_arn="logs-key",
    topic_arn="topic",
    version="17",
    instance_class="db.r6g.4xlarge",
    multi_az=True,
    storage_gib=1024,
    max_storage_gib=5120,
    iops=10000,
    max_connections=5000,
    backup_window="03:00-03:30",
    backup_retention_days=30,
    maintenance_window="sun:18:00-sun:19:00",
    replica_maintenance_windows=("sun:16:00-sun:17:00", "sun:17:00-sun:18:00"),
    log_retention_days=90,
    backup_tags={"Backup": "weekly"},
    protect=True,
)
STAND_BY = replace(
    PRIMARY,
    replica_maintenance_windows=(),
    environment="dr",
    region=OSAKA,
    role=CrossRegionReplica(source_arn="arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-postgres"),
)


def deploy(args: PostgresClusterArgs) -> list[Registration]:
    return record(lambda: PostgresCluster("database", args))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(PRIMARY)


@pytest.fixture(scope="module")
def dr() -> list[Registration]:
    return deploy(STAND_BY)


def inputs(graph: list[Registration], name: str = "database") -> dict[str, Any]:
    return of_type(graph, INSTANCE)[name].inputs


def test_the_primary_has_the_required_size(prod: list[Registration]) -> None:
    primary = inputs(prod)
    assert primary["identifier"] == "mpac-prod-postgres"
    assert (primary["engine"], primary["engineVersion"]) == ("postgres", "17")
    assert primary["instanceClass"] == "db.r6g.4xlarge"
    assert primary["multiAz"] is True
    assert "availabilityZone" not in primary, "AWS refuses a zone on a Multi-AZ instance"
    assert (primary["storageType"], primary["iops"]) == ("io2", 10000)
    assert (primary["allocatedStorage"], primary["maxAllocatedStorage"]) == (1024, 5120)
    assert primary["engineLifecycleSupport"] == "open-source-rds-extended-support-disabled"


def test_backups_begin_at_three_and_are_kept_for_thirty_days(prod: list[Registration]) -> None:
    primary = inputs(prod)
    assert primary["backupWindow"] == "03:00-03:30"
    assert primary["backupRetentionPeriod"] == 30
    assert primary["copyTagsToSnapshot"] is True


def test_automated_backups_are_replicated_to_osaka(prod: list[Registration]) -> None:
    type_ = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    (copy,) = of_type(prod, type_).values()
    assert copy.region == OSAKA
    assert copy.inputs["kmsKeyId"] == "osaka-database-key"
    assert copy.inputs["retentionPeriod"] == 30
    assert copy.inputs["sourceDbInstanceArn"] == "database-arn"
    assert copy.protect


def test_two_read_replicas_in_two_zones(prod: list[Registration]) -> None:
    replicas = [inputs(prod, "database-1a"), inputs(prod, "database-1c")]
    assert len(of_type(prod, INSTANCE)) == 3
    assert [each["availabilityZone"] for each in replicas] == ["ap-northeast-1a", "ap-northeast-1c"]
    for each in replicas:
        assert each["instanceClass"] == "db.r6g.4xlarge"
        assert (each["storageType"], each["iops"], each["maxAllocatedStorage"]) == ("io2", 10000, 5120)
        # What RDS takes over from the primary, or refuses.
        refused = ("username", "password", "dbName", "dbSubnetGroupName", "kmsKeyId", "allocatedStorage")
        assert not [key for key in (*refused, "finalSnapshotIdentifier") if key in each]
        assert each["skipFinalSnapshot"] is True


@pytest.mark.parametrize("name", ["database", "database-1a", "database-1c"])
def test_every_instance_is_closed_encrypted_and_watched(prod: list[Registration], name: str) -> None:
    instance = inputs(prod, name)
    assert instance["publiclyAccessible"] is False
    assert instance["vpcSecurityGroupIds"] == ["sg-1"]
    assert (instance["storageEncrypted"], instance["port"]) == (True, 5432)
    assert instance["iamDatabaseAuthenticationEnabled"] is True
    assert instance["caCertIdentifier"] == "rds-ca-rsa2048-g1"
    assert instance["monitoringInterval"] == 60
    assert instance["monitoringRoleArn"] == "database-monitoring-arn"
    assert instance["performanceInsightsEnabled"] is True
    assert instance["performanceInsightsKmsKeyId"] == "database-key"
    assert instance["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert (instance["autoMinorVersionUpgrade"], instance["allowMajorVersionUpgrade"]) == (True, False)
    assert instance["applyImmediately"] is False


def test_logs_have_their_groups_before_rds_makes_them(prod: list[Registration]) -> None:
    groups = of_type(prod, "aws:cloudwatch/logGroup:LogGroup")
    for suffix, name in (("", "database"), ("-1a", "database-1a"), ("-1c", "database-1c")):
        instance = of_type(prod, INSTANCE)[name]
        for export in ("postgresql", "upgrade"):
            group = groups[f"{name}-{export}"]
            assert group.inputs["name"] == f"/aws/rds/instance/mpac-prod-postgres{suffix}/{export}"
            assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (90, "logs-key")
            assert group.urn in instance.dependencies


def test_nothing_with_data_can_be_deleted_in_prod(prod: list[Registration]) -> None:
    for instance in of_type(prod, INSTANCE).values():
        assert instance.protect
        assert instance.inputs["deletionProtection"] is True
    primary = inputs(prod)
    assert (primary["skipFinalSnapshot"], primary["deleteAutomatedBackups"]) == (False, False)
    # With a part that is another one for the next instance, whose snapshot would find the name taken.
    assert primary["finalSnapshotIdentifier"] == "mpac-prod-postgres-final-database-final-hex"


def test_a_stack_without_data_to_lose_can_be_deleted() -> None:
    graph = deploy(replace(PRIMARY, environment="staging", protect=False))
    assert not [each.name for each in graph if each.protect]
    primary = inputs(graph)
    assert (primary["skipFinalSnapshot"], primary["deletionProtection"]) == (True, False)
    assert "finalSnapshotIdentifier" not in primary


def test_the_password_is_generated_and_copied_to_osaka(prod: list[Registration]) -> None:
    primary = inputs(prod)
    assert isinstance(primary["password"], Secret)
    assert primary["username"] not in ("postgres", "admin", "root", "rdsadmin")
    assert "manageMasterUserPassword" not in primary, "it excludes read replicas"
    (secret,) = of_type(prod, "aws:secretsmanager/secret:Secret").values()
    assert secret.inputs["name"] == "mpac/prod/postgres/master"
    assert secret.inputs["kmsKeyId"] == "secrets-key"
    assert secret.inputs["replicas"] == [{"region": OSAKA, "kmsKeyId": "osaka-secrets-key"}]
    assert secret.inputs["recoveryWindowInDays"] == 30


def test_parameters_demand_tls_and_scram(prod: list[Registration]) -> None:
    (group,) = of_type(prod, "aws:rds/parameterGroup:ParameterGroup").values()
    assert group.inputs["family"] == "postgres17"
    given = {each["name"]: each["value"] for each in group.inputs["parameters"]}
    assert given["rds.force_ssl"] == "1"
    assert given["password_encryption"] == "scram-sha-256"
    assert given["rds.accepted_password_auth_method"] == "scram"
    assert given["max_connections"] == "5000"
    assert given["log_connections"] == given["log_disconnections"] == given["log_lock_waits"] == "1"


def test_an_upgrade_is_of_the_primary_and_at_once() -> None:
    graph = deploy(replace(PRIMARY, version="18", upgrade_from="17"))
    primary = inputs(graph)
    assert (primary["engineVersion"], primary["parameterGroupName"]) == ("18", "mpac-prod-postgres18")
    assert (primary["allowMajorVersionUpgrade"], primary["applyImmediately"]) == (True, True)
    for name in ("database-1a", "database-1c"):
        follower = of_type(graph, INSTANCE)[name]
        assert follower.inputs["allowMajorVersionUpgrade"] is False
        assert follower.inputs["applyImmediately"] is False
        # RDS upgrades it, and refuses a change meanwhile.
        assert follower.ignore_changes == ("dbName", "parameterGroupName")
    groups = of_type(graph, "aws:rds/parameterGroup:ParameterGroup")
    assert {each.inputs["family"] for each in groups.values()} == {"postgres17", "postgres18"}


def test_version_18_takes_a_list_of_what_of_connections_is_logged() -> None:
    graph = deploy(replace(PRIMARY, version="18"))
    (group,) = of_type(graph, "aws:rds/parameterGroup:ParameterGroup").values()
    given = {each["name"]: each["value"] for each in group.inputs["parameters"]}
    assert given["log_connections"] == "receipt,authentication,authorization"
    assert of_type(graph, INSTANCE)["database-1a"].ignore_changes == ("dbName",)


def alarms(graph: list[Registration], identifier: str) -> dict[str, dict[str, Any]]:
    found = {each.inputs["name"]: each.inputs for each in of_type(graph, ALARM).values()}
    return {
        name.removeprefix(f"{identifier}-"): each
        for name, each in found.items()
        if json.dumps(identifier) in json.dumps(each)
    }


def test_alarms_of_the_primary(prod: list[Registration]) -> None:
    found = alarms(prod, "mpac-prod-postgres")
    assert {name: each["threshold"] for name, each in found.items()} == {
        "cpu": 80,
        "connections": 4000,  # 80 % of 5,000
        "storage": 109_951_162_777.6,  # 10 % of 1 TiB, where the storage grows
        "iops": 9000,  # 90 % of 10,000
    }
    assert found["storage"]["comparisonOperator"] == "LessThanThreshold"
    assert found["cpu"]["treatMissingData"] == "breaching"
    for each in found.values():
        assert each["alarmActions"] == each["okActions"] == ["topic"]


@pytest.mark.parametrize("zone", ["1a", "1c"])
def test_alarms_of_a_replica_hold_its_lag_below_a_second(prod: list[Registration], zone: str) -> None:
    found = alarms(prod, f"mpac-prod-postgres-{zone}")
    assert set(found) == {"cpu", "connections", "storage", "iops", "replica-lag"}
    lag = found["replica-lag"]
    assert (lag["threshold"], lag["comparisonOperator"]) == (1, "GreaterThanThreshold")
    measured = {each["id"]: each["metric"]["metricName"] for each in lag["metricQueries"] if "metric" in each}
    assert measured == {"lag": "ReplicaLag", "writes": "WriteIOPS"}
    assert lag["treatMissingData"] == "breaching", "a replica that does not replicate reports nothing"


def test_events_of_every_instance_are_told(prod: list[Registration]) -> None:
    (rule,) = of_type(prod, "aws:cloudwatch/eventRule:EventRule").values()
    pattern = json.loads(rule.inputs["eventPattern"])
    assert pattern["source"] == ["aws.rds"]
    assert pattern["resources"] == [
        f"arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-postgres{suffix}"
        for suffix in ("", "-1a", "-1c")
    ]
    assert {"failover", "failure", "low storage", "read replica", "maintenance"} <= set(
        pattern["detail"]["EventCategories"]
    )
    (target,) = of_type(prod, "aws:cloudwatch/eventTarget:EventTarget").values()
    assert target.inputs["arn"] == "topic"


def test_enhanced_monitoring_may_do_no_more_than_its_work(prod: list[Registration]) -> None:
    role = of_type(prod, "aws:iam/role:Role")["database-monitoring"]
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    policy = json.loads(
        of_type(prod, "aws:iam/rolePolicy:RolePolicy")["database-monitoring"].inputs["policy"]
    )
    group = "arn:aws:logs:ap-northeast-1:123456789012:log-group:RDSOSMetrics"
    # As AWS's managed policy AmazonRDSEnhancedMonitoringRole.
    for action in ("CreateLogGroup", "PutRetentionPolicy", "DescribeLogStreams"):
        assert allowed([policy], Request(f"logs:{action}", f"{group}:log-stream:")), action
    for action in ("CreateLogStream", "PutLogEvents", "GetLogEvents"):
        assert allowed([policy], Request(f"logs:{action}", f"{group}:log-stream:db-ABC")), action
        assert not allowed([policy], Request(f"logs:{action}", f"{group}2:log-stream:db-ABC")), action
    assert not allowed([policy], Request("logs:DeleteLogGroup", f"{group}:log-stream:"))


def test_the_stand_by_follows_the_primary_with_a_key_of_its_own(dr: list[Registration]) -> None:
    (instance,) = of_type(dr, INSTANCE).values()
    given = instance.inputs
    assert given["identifier"] == "mpac-dr-postgres"
    assert given["replicateSourceDb"] == "arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-postgres"
    assert (given["kmsKeyId"], given["instanceClass"], given["storageType"]) == (
        "database-key",
        "db.r6g.4xlarge",
        "io2",
    )
    # Turning backups on later restarts an instance.
    assert (given["backupRetentionPeriod"], given["backupWindow"]) == (30, "03:00-03:30")
    assert not [key for key in ("username", "password", "dbName", "engine") if key in given]
    assert instance.protect
    assert not of_type(dr, "aws:secretsmanager/secret:Secret")
    assert "replica-lag" in alarms(dr, "mpac-dr-postgres")


def test_a_promoted_stand_by_is_the_same_instance_without_a_source(dr: list[Registration]) -> None:
    arn = "arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-postgres"
    graph = deploy(replace(STAND_BY, role=CrossRegionReplica(source_arn=arn, promoted=True)))
    (before,), (after,) = (of_type(each, INSTANCE).values() for each in (dr, graph))
    assert after.urn == before.urn
    assert after.protect
    changed = {
        key: after.inputs.get(key)
        for key in {*before.inputs, *after.inputs}
        if before.inputs.get(key) != after.inputs.get(key)
    }
    assert changed == {
        "replicateSourceDb": None,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "mpac-dr-postgres-final-database-final-hex",
        "tags": {"Backup": "weekly"},
    }
    assert "replica-lag" not in alarms(graph, "mpac-dr-postgres")
    cluster = {"aws:cloudwatch/metricAlarm:MetricAlarm"}
    gone = {each.urn for each in dr} - {each.urn for each in graph}
    assert {urn.split("::")[2].split("$")[-1] for urn in gone} == cluster


def test_outputs(prod: list[Registration]) -> None:
    (cluster,) = of_type(prod, "mpac:database:PostgresCluster").values()
    assert set(cluster.outputs) >= {"arn", "address", "replicaAddresses"}
    assert cluster.outputs["arn"] == "database-arn"


def test_a_copy_of_terabytes_is_waited_for(prod: list[Registration], dr: list[Registration]) -> None:
    # The provider's own are 50 minutes for a new instance and 75 for replicated backups.
    copies = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    waiting = [
        *of_type(prod, INSTANCE).values(),
        *of_type(prod, copies).values(),
        *of_type(dr, INSTANCE).values(),
    ]
    assert len(waiting) == 5
    for each in waiting:
        assert each.timeouts == {"create": "24h", "update": "24h", "delete": "24h"}


def test_instances_are_maintained_one_after_the_other(prod: list[Registration]) -> None:
    windows = {name: each.inputs["maintenanceWindow"] for name, each in of_type(prod, INSTANCE).items()}
    assert windows == {
        "database-1a": "sun:16:00-sun:17:00",
        "database-1c": "sun:17:00-sun:18:00",
        "database": "sun:18:00-sun:19:00",
    }


def test_a_parameter_that_rds_sets_itself_waits_for_a_reboot(prod: list[Registration]) -> None:
    (group,) = of_type(prod, "aws:rds/parameterGroup:ParameterGroup").values()
    methods = {each["name"]: each["applyMethod"] for each in group.inputs["parameters"]}
    assert {name for name, method in methods.items() if method == "pending-reboot"} == {
        "log_autovacuum_min_duration",
        "log_parameter_max_length_on_error",
        "max_connections",
        "password_encryption",
        "rds.force_ssl",
        "shared_preload_libraries",
    }
