"""PostgreSQL. Requirements: Database, "RDS PostgreSQL", "Backup Strategy" and "Read Replicas"."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.context import Standby
from components.database.cluster import CrossRegionReplica, PostgresCluster, PostgresClusterArgs, Primary
from components.database.settings import DatabaseSettings
from components.problems import SettingsError
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, STAGING
from tests.components.recording import Registration, Secret, of_type, record, repeated_names
from tests.iam import Request, allowed

INSTANCE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SOURCE = "arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-database"

PRIMARY = PostgresClusterArgs(
    context=CONTEXT,
    role=Primary(replica_zones=("ap-northeast-1a", "ap-northeast-1c")),
    subnet_ids=("subnet-1", "subnet-2", "subnet-3"),
    security_group_id="sg-1",
    backup_tags={"Backup": "weekly"},
)
STANDBY = replace(
    PRIMARY,
    context=replace(CONTEXT.in_standby(), environment="dr"),
    settings=DatabaseSettings(read_replicas=0),
    role=CrossRegionReplica(source_arn=SOURCE),
)


def deploy(args: PostgresClusterArgs) -> list[Registration]:
    return record(lambda: PostgresCluster("database", args))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(PRIMARY)


@pytest.fixture(scope="module")
def dr() -> list[Registration]:
    return deploy(STANDBY)


def inputs(graph: list[Registration], name: str = "database") -> dict[str, Any]:
    return of_type(graph, INSTANCE)[name].inputs


def test_the_primary_has_the_required_size(prod: list[Registration]) -> None:
    primary = inputs(prod)
    assert primary["identifier"] == "mpac-prod-database"
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
    assert copy.inputs["kmsKeyId"] == "arn:aws:kms:ap-northeast-3:123456789012:key/database"
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
    assert instance["performanceInsightsKmsKeyId"] == "arn:aws:kms:ap-northeast-1:123456789012:key/database"
    assert instance["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert (instance["autoMinorVersionUpgrade"], instance["allowMajorVersionUpgrade"]) == (True, False)
    assert instance["applyImmediately"] is False


def test_logs_have_their_groups_before_rds_makes_them(prod: list[Registration]) -> None:
    groups = of_type(prod, "aws:cloudwatch/logGroup:LogGroup")
    for suffix, name in (("", "database"), ("-1a", "database-1a"), ("-1c", "database-1c")):
        instance = of_type(prod, INSTANCE)[name]
        for export in ("postgresql", "upgrade"):
            group = groups[f"{name}-{export}"]
            assert group.inputs["name"] == f"/aws/rds/instance/mpac-prod-database{suffix}/{export}"
            assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (
                90,
                "arn:aws:kms:ap-northeast-1:123456789012:key/logs",
            )
            assert group.urn in instance.dependencies


def test_nothing_with_data_can_be_deleted_in_prod(prod: list[Registration]) -> None:
    for instance in of_type(prod, INSTANCE).values():
        assert instance.protect
        assert instance.inputs["deletionProtection"] is True
    primary = inputs(prod)
    assert (primary["skipFinalSnapshot"], primary["deleteAutomatedBackups"]) == (False, False)
    # With a part that is another one for the next instance, whose snapshot would find the name taken.
    assert primary["finalSnapshotIdentifier"] == "mpac-prod-database-final-database-final-hex"


def test_a_stack_without_data_to_lose_can_be_deleted() -> None:
    graph = deploy(replace(PRIMARY, context=STAGING))
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
    assert secret.inputs["name"] == "mpac/prod/database-master"
    assert secret.inputs["kmsKeyId"] == "arn:aws:kms:ap-northeast-1:123456789012:key/secrets"
    assert secret.inputs["replicas"] == [
        {"region": OSAKA, "kmsKeyId": "arn:aws:kms:ap-northeast-3:123456789012:key/secrets"}
    ]
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
    graph = deploy(replace(PRIMARY, settings=DatabaseSettings(version="18", upgrade_from="17")))
    primary = inputs(graph)
    assert (primary["engineVersion"], primary["parameterGroupName"]) == ("18", "mpac-prod-database-18")
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
    graph = deploy(replace(PRIMARY, settings=DatabaseSettings(version="18")))
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
    found = alarms(prod, "mpac-prod-database")
    assert {name: each["threshold"] for name, each in found.items()} == {
        "cpu": 80,
        "connections": 4000,  # 80 % of 5,000
        "storage": 109_951_162_777.6,  # 10 % of 1 TiB, where the storage grows
        "iops": 9000,  # 90 % of 10,000
    }
    assert found["storage"]["comparisonOperator"] == "LessThanThreshold"
    assert found["cpu"]["treatMissingData"] == "breaching"
    for each in found.values():
        assert (
            each["alarmActions"]
            == each["okActions"]
            == ["arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"]
        )


@pytest.mark.parametrize("zone", ["1a", "1c"])
def test_alarms_of_a_replica_hold_its_lag_below_a_second(prod: list[Registration], zone: str) -> None:
    found = alarms(prod, f"mpac-prod-database-{zone}")
    assert set(found) == {"cpu", "connections", "storage", "iops", "replica-lag"}
    lag = found["replica-lag"]
    assert (lag["threshold"], lag["comparisonOperator"]) == (1, "GreaterThanThreshold")
    measured = {each["id"]: each["metric"]["metricName"] for each in lag["metricQueries"] if "metric" in each}
    assert measured == {"lag": "ReplicaLag", "writes": "WriteIOPS"}
    assert lag["treatMissingData"] == "breaching", "a replica that does not replicate reports nothing"


def test_people_are_notified_of_the_events_of_every_instance(prod: list[Registration]) -> None:
    (rule,) = of_type(prod, "aws:cloudwatch/eventRule:EventRule").values()
    pattern = json.loads(rule.inputs["eventPattern"])
    assert pattern["source"] == ["aws.rds"]
    assert pattern["resources"] == [
        f"arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-database{suffix}"
        for suffix in ("", "-1a", "-1c")
    ]
    assert {"failover", "failure", "low storage", "read replica", "maintenance"} <= set(
        pattern["detail"]["EventCategories"]
    )
    (target,) = of_type(prod, "aws:cloudwatch/eventTarget:EventTarget").values()
    assert target.inputs["arn"] == "arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"


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


def test_the_standby_follows_the_primary_with_a_key_of_its_own(dr: list[Registration]) -> None:
    (instance,) = of_type(dr, INSTANCE).values()
    given = instance.inputs
    assert given["identifier"] == "mpac-dr-database"
    assert given["replicateSourceDb"] == "arn:aws:rds:ap-northeast-1:123456789012:db:mpac-prod-database"
    assert (given["kmsKeyId"], given["instanceClass"], given["storageType"]) == (
        "arn:aws:kms:ap-northeast-3:123456789012:key/database",
        "db.r6g.4xlarge",
        "io2",
    )
    # Turning backups on later restarts an instance.
    assert (given["backupRetentionPeriod"], given["backupWindow"]) == (30, "03:00-03:30")
    assert not [key for key in ("username", "password", "dbName", "engine") if key in given]
    assert instance.protect
    assert not of_type(dr, "aws:secretsmanager/secret:Secret")
    assert "replica-lag" in alarms(dr, "mpac-dr-database")


def test_a_promoted_standby_is_the_same_instance_without_a_source(dr: list[Registration]) -> None:
    graph = deploy(replace(STANDBY, role=CrossRegionReplica(source_arn=SOURCE, promoted=True)))
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
        "finalSnapshotIdentifier": "mpac-dr-database-final-database-final-hex",
        "tags": {"Backup": "weekly"},
    }
    assert "replica-lag" not in alarms(graph, "mpac-dr-database")
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


def test_two_databases_stand_side_by_side() -> None:
    def both() -> None:
        PostgresCluster("database", PRIMARY)
        PostgresCluster("reports", PRIMARY)

    assert repeated_names(record(both)) == []


def test_another_program_has_names_of_its_own_and_aws_keys() -> None:
    graph = deploy(replace(PRIMARY, context=PLAIN))
    primary = inputs(graph)
    assert (primary["identifier"], primary["dbName"], primary["username"]) == (
        "acme-test-database",
        "acme",
        "acme_admin",
    )
    assert primary["storageEncrypted"] is True
    assert not [each.name for each in graph if {"kmsKeyId", "performanceInsightsKmsKeyId"} & {*each.inputs}]
    assert not [name for name, each in alarms(graph, "acme-test-database").items() if each["alarmActions"]]
    assert "mpac-" not in json.dumps([each.inputs for each in graph], default=repr)


@pytest.mark.parametrize(
    ("given", "zones", "key"),
    [
        ({"iops": 2559}, "ac", "iops"),
        ({"backup_window": "18:30-19:30"}, "ac", "maintenanceWindow"),
        ({}, "a", "readReplicas"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    given: dict[str, Any], zones: Sequence[str], key: str
) -> None:
    role = Primary(replica_zones=[f"ap-northeast-1{zone}" for zone in zones])
    args = replace(PRIMARY, role=role, settings=DatabaseSettings(**given))
    with pytest.raises(SettingsError, match="PostgresCluster database: 1 problem") as error:
        deploy(args)
    assert [each.key for each in error.value.problems] == [key]


@pytest.mark.parametrize(
    "args",
    [
        replace(STANDBY, context=replace(STANDBY.context, key_arns={})),
        replace(PRIMARY, context=replace(CONTEXT, standby=Standby(region=OSAKA, key_arns={}))),
    ],
)
def test_nothing_is_copied_to_a_region_without_a_key_there(args: PostgresClusterArgs) -> None:
    with pytest.raises(ValueError, match="needs a key of databases"):
        deploy(args)
