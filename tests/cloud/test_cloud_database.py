"""The deployed databases hold the requirement's figures: Database, "RDS PostgreSQL" to "Read Replicas"."""

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.cloud.conftest import STACKS, Aws, Client, Place
from tests.iam import Request, allowed

ACCOUNT = "123456789012"
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
# Class, Multi-AZ, GiB, GiB at the most, operations per second, days of backups, connections.
SEED = ("db.r6g.4xlarge", True, 1024, 5120, 10000, 30, 5000)
SIZES = {
    "prod": SEED,
    # As large: a smaller replica falls behind, and would have to restart to take over.
    "dr": SEED,
    "staging": ("db.r6g.large", False, 100, 200, 1000, 7, 500),
}
REPLICAS = {"mpac-prod-database-1a": "ap-northeast-1a", "mpac-prod-database-1c": "ap-northeast-1c"}
FIRST = {f"mpac-{name}-database": place for name, place in STACKS.items()}
# Every instance and its stack.
INSTANCES = FIRST | dict.fromkeys(REPLICAS, STACKS["prod"])


def instances(aws: Aws, region: str) -> dict[str, Client]:
    pages = aws("rds", region).get_paginator("describe_db_instances").paginate()
    return {each["DBInstanceIdentifier"]: each for page in pages for each in page["DBInstances"]}


@pytest.fixture(params=INSTANCES)
def identifier(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def place(identifier: str) -> Place:
    return INSTANCES[identifier]


@pytest.fixture
def instance(aws: Aws, identifier: str, place: Place) -> Client:
    """Each instance in turn."""
    return instances(aws, place.region)[identifier]


@pytest.fixture
def first(aws: Aws, stack: Place) -> Client:
    """The first instance of each stack."""
    return instances(aws, stack.region)[f"mpac-{stack.name}-database"]


def test_there_are_these_and_no_others(aws: Aws) -> None:
    assert set(instances(aws, TOKYO)) == {"mpac-prod-database", "mpac-staging-database", *REPLICAS}
    assert set(instances(aws, OSAKA)) == {"mpac-dr-database"}


class TestEveryInstance:
    def test_engine_and_size(self, place: Place, instance: Client) -> None:
        class_, _, gib, most, iops, _, _ = SIZES[place.name]
        assert instance["Engine"] == "postgres"
        assert int(instance["EngineVersion"].partition(".")[0]) >= 15
        assert instance["EngineVersion"].startswith("17.")
        assert instance["DBInstanceClass"] == class_
        assert instance["StorageType"] == "io2"
        assert (instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == (gib, most)
        assert instance["Iops"] == iops

    def test_is_closed_and_encrypted(self, aws: Aws, place: Place, instance: Client) -> None:
        assert instance["PubliclyAccessible"] is False
        assert instance["StorageEncrypted"] is True
        assert instance["KmsKeyId"].startswith(f"arn:aws:kms:{place.region}:{ACCOUNT}:key/")
        key = aws("kms", place.region).describe_key(KeyId=instance["KmsKeyId"])["KeyMetadata"]
        assert key["KeyManager"] == "CUSTOMER"
        assert instance["IAMDatabaseAuthenticationEnabled"] is True
        assert instance["Endpoint"]["Port"] == 5432

    def test_lies_in_three_zones_of_its_network(self, place: Place, instance: Client) -> None:
        subnets = instance["DBSubnetGroup"]["Subnets"]
        zones = {each["SubnetAvailabilityZone"]["Name"] for each in subnets}
        assert len(zones) == 3
        assert all(zone.startswith(place.region) for zone in zones)
        assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == f"mpac-{place.name}-database"

    def test_is_watched(self, place: Place, instance: Client) -> None:
        assert instance["MonitoringInterval"] == 60
        assert instance["MonitoringRoleArn"].endswith(f":role/mpac-{place.name}-database-monitoring")
        assert instance["PerformanceInsightsEnabled"] is True
        assert instance["PerformanceInsightsKMSKeyId"] == instance["KmsKeyId"]
        assert instance["PerformanceInsightsRetentionPeriod"] == 7

    def test_logs_are_encrypted_and_kept(
        self, aws: Aws, identifier: str, place: Place, instance: Client
    ) -> None:
        assert sorted(instance["EnabledCloudwatchLogsExports"]) == ["postgresql", "upgrade"]
        prefix = f"/aws/rds/instance/{identifier}/"
        groups = aws("logs", place.region).describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        assert {each["logGroupName"] for each in groups} == {f"{prefix}postgresql", f"{prefix}upgrade"}
        for group in groups:
            assert group["retentionInDays"] == 90
            assert f":kms:{place.region}:" in group["kmsKeyId"]

    def test_is_kept_from_deletion_outside_staging(self, place: Place, instance: Client) -> None:
        assert instance["DeletionProtection"] is (place.name != "staging")

    def test_is_maintained_by_itself_apart_from_backups(self, identifier: str, instance: Client) -> None:
        windows = {
            "mpac-dr-database": "wed:18:00-wed:19:00",
            "mpac-prod-database-1a": "sun:16:00-sun:17:00",
            "mpac-prod-database-1c": "sun:17:00-sun:18:00",
        }
        assert instance["PreferredMaintenanceWindow"] == windows.get(identifier, "sun:18:00-sun:19:00")
        assert instance["AutoMinorVersionUpgrade"] is True

    def test_demands_tls_and_scram(self, aws: Aws, place: Place, instance: Client) -> None:
        (group,) = instance["DBParameterGroups"]
        assert group["ParameterApplyStatus"] == "in-sync"
        pages = (
            aws("rds", place.region)
            .get_paginator("describe_db_parameters")
            .paginate(DBParameterGroupName=group["DBParameterGroupName"])
        )
        given = {
            each["ParameterName"]: each.get("ParameterValue") for page in pages for each in page["Parameters"]
        }
        assert given["rds.force_ssl"] == "1"
        assert given["password_encryption"] == "scram-sha-256"
        assert given["rds.accepted_password_auth_method"] == "scram"
        assert given["max_connections"] == str(SIZES[place.name][6])
        assert (given["log_connections"], given["log_statement"]) == ("1", "ddl")


class TestBackups:
    def test_daily_at_three_and_kept(self, stack: Place, first: Client) -> None:
        assert first["PreferredBackupWindow"].startswith("03:00-")
        assert first["BackupRetentionPeriod"] == SIZES[stack.name][5]
        assert first["CopyTagsToSnapshot"] is True

    def test_any_point_in_time_within_five_minutes(self, aws: Aws, first: Client, stack: Place) -> None:
        if stack.name == "dr":
            return  # a replica's own begins with its promotion; that its backups are on is tested above
        clock = aws("rds", stack.region).describe_db_instances()["ResponseMetadata"]["HTTPHeaders"]["date"]
        assert parsedate_to_datetime(clock) - first["LatestRestorableTime"] <= timedelta(minutes=5)

    def test_prod_has_a_second_set_in_osaka(self, aws: Aws) -> None:
        found = aws("rds", OSAKA).describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        source = f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:mpac-prod-database"
        (copy,) = [each for each in found if each["DBInstanceArn"] == source]
        assert copy["Status"] == "replicating"
        assert copy["BackupRetentionPeriod"] == 30
        assert copy["KmsKeyId"].startswith(f"arn:aws:kms:{OSAKA}:")

    def test_weekly_ones_are_asked_for_by_tag(self, stack: Place, first: Client) -> None:
        tags = {tag["Key"]: tag["Value"] for tag in first["TagList"]}
        # AWS Backup takes none of a replica that RDS has no automated backups of.
        assert tags.get("Backup") == (None if stack.name == "dr" else "weekly")


class TestReplicas:
    def test_multi_az_is_the_first_instance_s(self, stack: Place, first: Client) -> None:
        assert first["MultiAZ"] is SIZES[stack.name][1]

    def test_prod_has_two_in_two_zones(self, aws: Aws) -> None:
        found = instances(aws, TOKYO)
        primary = found["mpac-prod-database"]
        assert {each.rpartition(":")[2] for each in primary["ReadReplicaDBInstanceIdentifiers"]} >= set(
            REPLICAS
        )
        assert len(REPLICAS) == 2
        for identifier, zone in REPLICAS.items():
            replica = found[identifier]
            assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "mpac-prod-database"
            assert replica["AvailabilityZone"] == zone
            assert replica["MultiAZ"] is False

    def test_osaka_follows_tokyo(self, aws: Aws) -> None:
        replica = instances(aws, OSAKA)["mpac-dr-database"]
        source = f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:mpac-prod-database"
        assert replica["ReadReplicaSourceDBInstanceIdentifier"] == source

    def test_staging_has_none(self, aws: Aws) -> None:
        assert instances(aws, TOKYO)["mpac-staging-database"]["ReadReplicaDBInstanceIdentifiers"] == []


class TestPassword:
    def test_is_generated_and_nobody_s_default(self, aws: Aws) -> None:
        for stack in ("prod", "staging"):
            manager = aws("secretsmanager", TOKYO)
            name = f"mpac/{stack}/database-master"
            value = json.loads(manager.get_secret_value(SecretId=name)["SecretString"])
            assert value["username"] == "mpac_admin"
            assert len(value["password"]) == 48
            assert manager.describe_secret(SecretId=name)["KmsKeyId"].startswith("arn:aws:kms:")

    def test_prod_s_is_in_osaka_too(self, aws: Aws) -> None:
        name = "mpac/prod/database-master"
        (copy,) = aws("secretsmanager", TOKYO).describe_secret(SecretId=name)["ReplicationStatus"]
        assert (copy["Region"], copy["Status"]) == (OSAKA, "InSync")
        assert copy["KmsKeyId"].startswith(f"arn:aws:kms:{OSAKA}:")
        values = [
            aws("secretsmanager", region).get_secret_value(SecretId=name)["SecretString"]
            for region in (TOKYO, OSAKA)
        ]
        assert values[0] == values[1]


def alarms(aws: Aws, place: Place, identifier: str) -> dict[str, Client]:
    """Alarms of one instance; a replica's names begin with its primary's."""
    pages = (
        aws("cloudwatch", place.region)
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{identifier}-")
    )
    found = [each for page in pages for each in page["MetricAlarms"]]
    return {
        each["AlarmName"].removeprefix(f"{identifier}-"): each
        for each in found
        if {"Name": "DBInstanceIdentifier", "Value": identifier} in dimensions(each)
    }


def dimensions(alarm: Client) -> list[dict[str, str]]:
    metrics = [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [pair for metric in (alarm, *metrics) for pair in metric.get("Dimensions", [])]


def measured(queries: list[Client]) -> dict[str, str]:
    return {
        each["MetricStat"]["Metric"]["MetricName"]: each["Id"] for each in queries if "MetricStat" in each
    }


class TestAlarms:
    def test_thresholds(self, aws: Aws, identifier: str, place: Place) -> None:
        _, _, gib, _, iops, _, connections = SIZES[place.name]
        found = alarms(aws, place, identifier)
        wanted = {
            "cpu": (80, "GreaterThanThreshold"),
            "connections": (connections * 0.8, "GreaterThanThreshold"),
            "storage": (gib * 2**30 * 0.1, "LessThanThreshold"),
            "iops": (iops * 0.9, "GreaterThanThreshold"),
        }
        if identifier in REPLICAS or place.name == "dr":
            # "< 1 second lag"
            wanted["replica-lag"] = (1, "GreaterThanThreshold")
        read = {name: (each["Threshold"], each["ComparisonOperator"]) for name, each in found.items()}
        assert read == {name: (pytest.approx(value), how) for name, (value, how) in wanted.items()}

    def test_metrics(self, aws: Aws, identifier: str, place: Place) -> None:
        found = alarms(aws, place, identifier)
        for name, metric in (
            ("cpu", "CPUUtilization"),
            ("connections", "DatabaseConnections"),
            ("storage", "FreeStorageSpace"),
        ):
            if name in found:
                assert (found[name]["Namespace"], found[name]["MetricName"]) == ("AWS/RDS", metric)
        queries = found["iops"]["Metrics"]
        assert measured(queries) == {"ReadIOPS": "reads", "WriteIOPS": "writes"}
        if "replica-lag" in found:
            assert measured(found["replica-lag"]["Metrics"]) == {"ReplicaLag": "lag", "WriteIOPS": "writes"}
        (result,) = [each for each in queries if each.get("ReturnData")]
        assert result["Expression"] == "reads + writes"

    def test_silence_of_an_instance_is_told(self, aws: Aws, identifier: str, place: Place) -> None:
        found = alarms(aws, place, identifier)
        assert found["cpu"]["TreatMissingData"] == "breaching"
        if "replica-lag" in found:
            assert found["replica-lag"]["TreatMissingData"] == "breaching"

    def test_events_are_told(self, aws: Aws, stack: Place) -> None:
        events = aws("events", stack.region)
        name = f"mpac-{stack.name}-database-events"
        rule = events.describe_rule(Name=name)
        pattern = json.loads(rule["EventPattern"])
        assert rule["State"] == "ENABLED"
        own = {each for each, place in INSTANCES.items() if place.name == stack.name}
        assert {each.rpartition(":")[2] for each in pattern["resources"]} == own
        assert {"failover", "failure", "low storage", "read replica"} <= set(
            pattern["detail"]["EventCategories"]
        )
        (target,) = events.list_targets_by_rule(Rule=name)["Targets"]
        assert target["Arn"] == f"arn:aws:sns:{stack.region}:{ACCOUNT}:mpac-{stack.name}-alarms"


def test_monitoring_writes_to_its_log_group_and_nothing_else(aws: Aws, stack: Place) -> None:
    iam, role = aws("iam", stack.region), f"mpac-{stack.name}-database-monitoring"
    (trust,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    own = {each for each, place in INSTANCES.items() if place.name == stack.name}
    sources = trust["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn.rpartition(":")[2] for arn in ([sources] if isinstance(sources, str) else sources)} == own
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]

    def on(action: str, group: str, stream: str) -> Request:
        arn = f"arn:aws:logs:{stack.region}:{ACCOUNT}:log-group:{group}:log-stream:{stream}"
        return Request(f"logs:{action}", arn)

    for action, stream in (("CreateLogGroup", ""), ("PutRetentionPolicy", ""), ("PutLogEvents", "db-1")):
        assert allowed(documents, on(action, "RDSOSMetrics", stream))
        for other in ("RDSOSMetrics2", "/mpac/prod/svc-portal", "/mpac/prod/flow-logs"):
            assert not allowed(documents, on(action, other, stream))
    for action in ("logs:DeleteLogGroup", "rds:DescribeDBInstances", "kms:Decrypt"):
        assert not allowed(documents, Request(action))
