"""RDS: what is set is read back, and replicas and backups behave as on AWS."""

import itertools
from typing import Any

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Client, Refused

PASSWORD = "correct0horse0battery"
numbers = itertools.count()


def key(aws: Aws, region: str = TOKYO) -> str:
    return str(aws("kms", region).create_key()["KeyMetadata"]["Arn"])


def subnet_group(aws: Aws, region: str = TOKYO, zones: str = "ac") -> str:
    ec2, name = aws("ec2", region), f"group-{next(numbers)}"
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{region}{zone}")
        for i, zone in enumerate(zones)
    ]
    ids = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    aws("rds", region).create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="test", SubnetIds=ids
    )
    return name


def parameter_group(aws: Aws, family: str = "postgres17") -> str:
    name = f"parameters-{next(numbers)}"
    aws("rds").create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily=family, Description="test"
    )
    return name


def instance(aws: Aws, **changes: object) -> Client:
    settings: dict[str, Any] = {
        "DBInstanceIdentifier": f"db-{next(numbers)}",
        "Engine": "postgres",
        "EngineVersion": "17",
        "DBInstanceClass": "db.r6g.4xlarge",
        "MasterUsername": "mpac_admin",
        "MasterUserPassword": PASSWORD,
        "StorageType": "io2",
        "AllocatedStorage": 1024,
        "Iops": 10000,
        "BackupRetentionPeriod": 30,
    } | changes
    given = {name: value for name, value in settings.items() if value is not ...}
    return aws("rds").create_db_instance(**given)["DBInstance"]


def described(aws: Aws, name: str, region: str = TOKYO) -> Client:
    return aws("rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def replica(aws: Aws, source: str, region: str = TOKYO, **settings: object) -> Client:
    name = f"replica-{next(numbers)}"
    aws("rds", region).create_db_instance_read_replica(
        DBInstanceIdentifier=name,
        SourceDBInstanceIdentifier=source,
        DBInstanceClass="db.r6g.4xlarge",
        **settings,
    )
    return described(aws, name, region)


def test_every_setting_is_read_back(aws: Aws) -> None:
    key_arn = key(aws)
    settings: dict[str, Any] = {
        "MultiAZ": True,
        "MaxAllocatedStorage": 5120,
        "StorageEncrypted": True,
        "KmsKeyId": key_arn,
        "PreferredBackupWindow": "03:00-03:30",
        "PreferredMaintenanceWindow": "sun:18:00-sun:19:00",
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "DatabaseInsightsMode": "standard",
        "PerformanceInsightsKMSKeyId": key_arn,
        "PerformanceInsightsRetentionPeriod": 7,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": True,
        "PubliclyAccessible": False,
    }
    made = instance(
        aws,
        **settings,
        DBSubnetGroupName=subnet_group(aws),
        EnablePerformanceInsights=True,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
    )
    read = described(aws, made["DBInstanceIdentifier"])
    assert {name: read[name] for name in settings} == settings
    assert read["PerformanceInsightsEnabled"] is True
    assert read["IAMDatabaseAuthenticationEnabled"] is True
    assert read["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert (read["StorageType"], read["AllocatedStorage"], read["Iops"]) == ("io2", 1024, 10000)


def test_a_major_version_stands_for_its_newest_minor_one(aws: Aws) -> None:
    major, _, minor = instance(aws)["EngineVersion"].partition(".")
    assert major == "17"
    assert int(minor) >= 5


def test_instances_have_ids_of_their_own(aws: Aws) -> None:
    assert instance(aws)["DbiResourceId"] != instance(aws)["DbiResourceId"]


def test_a_modification_is_read_back(aws: Aws) -> None:
    name = instance(aws)["DBInstanceIdentifier"]
    aws("rds").modify_db_instance(
        DBInstanceIdentifier=name, EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=31
    )
    read = described(aws, name)
    assert (read["PerformanceInsightsEnabled"], read["PerformanceInsightsRetentionPeriod"]) == (True, 31)


def test_a_replica_is_an_instance_of_its_own(aws: Aws) -> None:
    source = instance(aws, MultiAZ=True, Tags=[{"Key": "Name", "Value": "source"}])
    made = replica(aws, source["DBInstanceIdentifier"], AvailabilityZone=f"{TOKYO}c", Iops=12000)
    again = described(aws, source["DBInstanceIdentifier"])
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceIdentifier"]
    assert again["ReadReplicaDBInstanceIdentifiers"] == [made["DBInstanceIdentifier"]]
    assert made["DbiResourceId"] != source["DbiResourceId"]
    assert (made["BackupRetentionPeriod"], again["BackupRetentionPeriod"]) == (0, 30)
    assert (made["MultiAZ"], again["MultiAZ"]) == (False, True)
    assert (made["Iops"], again["Iops"]) == (12000, 10000)
    assert (made["AvailabilityZone"], made["AllocatedStorage"]) == (f"{TOKYO}c", 1024)
    assert (made["TagList"], again["TagList"]) == ([], [{"Key": "Name", "Value": "source"}])


def test_a_replica_in_another_region(aws: Aws) -> None:
    source = instance(aws, StorageEncrypted=True, KmsKeyId=key(aws))
    key_arn, group = key(aws, OSAKA), subnet_group(aws, OSAKA, "ab")
    made = replica(aws, source["DBInstanceArn"], OSAKA, KmsKeyId=key_arn, DBSubnetGroupName=group)
    again = described(aws, source["DBInstanceIdentifier"])
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert again["ReadReplicaDBInstanceIdentifiers"] == [made["DBInstanceArn"]]
    assert (made["KmsKeyId"], made["DBSubnetGroup"]["DBSubnetGroupName"]) == (key_arn, group)
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres17"


@pytest.mark.parametrize("region", [TOKYO, OSAKA])
def test_a_promoted_replica_stands_alone(aws: Aws, refused: Refused, region: str) -> None:
    source = instance(aws)
    name = replica(aws, source["DBInstanceArn"], region)["DBInstanceIdentifier"]
    aws("rds", region).promote_read_replica(DBInstanceIdentifier=name, BackupRetentionPeriod=7)
    promoted = described(aws, name, region)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert promoted["BackupRetentionPeriod"] == 7
    assert described(aws, source["DBInstanceIdentifier"])["ReadReplicaDBInstanceIdentifiers"] == []
    with refused("InvalidDBInstanceState"):
        aws("rds", region).promote_read_replica(DBInstanceIdentifier=name)


@pytest.mark.parametrize("region", [TOKYO, OSAKA])
def test_a_deleted_replica_leaves_its_source(aws: Aws, region: str) -> None:
    source = instance(aws)
    name = replica(aws, source["DBInstanceArn"], region)["DBInstanceIdentifier"]
    aws("rds", region).delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    assert described(aws, source["DBInstanceIdentifier"])["ReadReplicaDBInstanceIdentifiers"] == []


def test_backups_are_replicated_to_another_region(aws: Aws) -> None:
    source = instance(aws, StorageEncrypted=True, KmsKeyId=key(aws))
    rds, key_arn = aws("rds", OSAKA), key(aws, OSAKA)
    started = rds.start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=source["DBInstanceArn"], BackupRetentionPeriod=30, KmsKeyId=key_arn
    )["DBInstanceAutomatedBackup"]
    arn = started["DBInstanceAutomatedBackupsArn"]
    (read,) = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)[
        "DBInstanceAutomatedBackups"
    ]
    assert arn.startswith(f"arn:aws:rds:{OSAKA}:{ACCOUNT}:auto-backup:ab-")
    assert (read["BackupRetentionPeriod"], read["KmsKeyId"], read["Region"]) == (30, key_arn, TOKYO)
    assert read["Status"] == "replicating"
    name = source["DBInstanceIdentifier"]
    replications = described(aws, name)["DBInstanceAutomatedBackupsReplications"]
    assert replications == [{"DBInstanceAutomatedBackupsArn": arn}]

    rds.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=source["DBInstanceArn"])
    found = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)
    assert [each["Status"] for each in found["DBInstanceAutomatedBackups"]] == ["retained"]
    assert described(aws, name).get("DBInstanceAutomatedBackupsReplications", []) == []


def test_parameters_are_read_back_and_reset(aws: Aws) -> None:
    rds, name = aws("rds"), parameter_group(aws)
    parameters = [
        {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"},
        {"ParameterName": "max_connections", "ParameterValue": "5000", "ApplyMethod": "pending-reboot"},
    ]
    rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=parameters)
    read = rds.describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
    assert read == [parameter | {"Source": "user"} for parameter in parameters]
    rds.reset_db_parameter_group(
        DBParameterGroupName=name, Parameters=[{"ParameterName": "rds.force_ssl", "ApplyMethod": "immediate"}]
    )
    (left,) = rds.describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
    assert left["ParameterName"] == "max_connections"


def test_a_value_that_rds_sets_itself_is_not_registered(aws: Aws) -> None:
    rds, name = aws("rds"), parameter_group(aws)

    def force_ssl() -> dict[str, str]:
        every = rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
        (found,) = [each for each in every if each["ParameterName"] == "rds.force_ssl"]
        return {key: found[key] for key in ("ParameterValue", "Source", "ApplyMethod")}

    def modify(value: str) -> None:
        parameter = {"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=[parameter])

    modify("1")
    assert force_ssl() == {"ParameterValue": "1", "Source": "system", "ApplyMethod": "pending-reboot"}
    modify("0")
    assert force_ssl() == {"ParameterValue": "0", "Source": "user", "ApplyMethod": "immediate"}


def restored(aws: Aws, region: str = TOKYO, **settings: object) -> Client:
    name = f"restored-{next(numbers)}"
    aws("rds", region).restore_db_instance_to_point_in_time(
        TargetDBInstanceIdentifier=name, UseLatestRestorableTime=True, **settings
    )
    return described(aws, name, region)


def test_a_restore_is_another_instance_with_the_defaults_of_rds(aws: Aws) -> None:
    group = parameter_group(aws)
    source = instance(aws, DBParameterGroupName=group, DeletionProtection=True, MultiAZ=True)
    replica(aws, source["DBInstanceIdentifier"])
    made = restored(aws, SourceDBInstanceIdentifier=source["DBInstanceIdentifier"])
    for name in ("Engine", "EngineVersion", "StorageType", "AllocatedStorage", "Iops", "MasterUsername"):
        assert made[name] == source[name]
    assert made["DbiResourceId"] != source["DbiResourceId"]
    assert (made["DeletionProtection"], made["MultiAZ"]) == (False, False)
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] != group
    assert made["ReadReplicaDBInstanceIdentifiers"] == []
    assert "ReadReplicaSourceDBInstanceIdentifier" not in made


def test_a_deleted_instance_is_restored_from_what_it_left(aws: Aws) -> None:
    rds, gone = aws("rds"), instance(aws)
    name = gone["DBInstanceIdentifier"]
    copies = aws("rds", OSAKA).start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=gone["DBInstanceArn"]
    )["DBInstanceAutomatedBackup"]["DBInstanceAutomatedBackupsArn"]
    rds.delete_db_instance(
        DBInstanceIdentifier=name, FinalDBSnapshotIdentifier=f"{name}-final", DeleteAutomatedBackups=False
    )
    (backups,) = rds.describe_db_instance_automated_backups(DbiResourceId=gone["DbiResourceId"])[
        "DBInstanceAutomatedBackups"
    ]
    assert backups["Status"] == "retained"
    by_id = restored(aws, SourceDbiResourceId=gone["DbiResourceId"])
    elsewhere = restored(aws, OSAKA, SourceDBInstanceAutomatedBackupsArn=copies)
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}-final", DBInstanceClass="db.r6g.large"
    )
    from_snapshot = described(aws, name)
    assert [each["AllocatedStorage"] for each in (by_id, elsewhere, from_snapshot)] == [1024] * 3
    assert from_snapshot["DBInstanceClass"] == "db.r6g.large"
    assert len({each["DbiResourceId"] for each in (gone, by_id, elsewhere, from_snapshot)}) == 4


def test_a_restored_instance_takes_over_the_name(aws: Aws, refused: Refused) -> None:
    rds, old = aws("rds"), instance(aws)
    name = old["DBInstanceIdentifier"]
    follower = replica(aws, name)["DBInstanceIdentifier"]
    new = restored(aws, SourceDBInstanceIdentifier=name)

    def rename(identifier: str, to: str) -> None:
        rds.modify_db_instance(
            DBInstanceIdentifier=identifier, NewDBInstanceIdentifier=to, ApplyImmediately=True
        )

    with refused("DBInstanceAlreadyExists"):
        rename(new["DBInstanceIdentifier"], name)
    rename(name, f"{name}-destroyed")
    rename(new["DBInstanceIdentifier"], name)
    assert described(aws, name)["DbiResourceId"] == new["DbiResourceId"]
    assert described(aws, name)["DBInstanceArn"] == old["DBInstanceArn"]
    # What followed the old one still does.
    assert described(aws, follower)["ReadReplicaSourceDBInstanceIdentifier"] == f"{name}-destroyed"
    assert described(aws, name)["ReadReplicaDBInstanceIdentifiers"] == []


def test_osaka_restores_from_its_copies_with_a_key_of_its_own(aws: Aws, refused: Refused) -> None:
    source = instance(aws, StorageEncrypted=True, KmsKeyId=key(aws))
    osaka_key = key(aws, OSAKA)
    aws("rds", OSAKA).start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=source["DBInstanceArn"], KmsKeyId=osaka_key, SourceRegion=TOKYO
    )
    found = aws("rds", OSAKA).describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    (copies,) = [each for each in found if each["DBInstanceArn"] == source["DBInstanceArn"]]
    arn = copies["DBInstanceAutomatedBackupsArn"]
    made = restored(aws, OSAKA, SourceDBInstanceAutomatedBackupsArn=arn)
    assert made["KmsKeyId"] == osaka_key
    assert made["AllocatedStorage"] == 1024
    with refused("DBInstanceAutomatedBackupNotFound"):
        restored(aws, OSAKA, SourceDBInstanceAutomatedBackupsArn=arn + "x")


# Refusals


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"MultiAZ": True, "AvailabilityZone": "ap-northeast-1a"}, "InvalidParameterCombination"),
        ({"EngineVersion": "17.4"}, "InvalidParameterCombination"),
        ({"EngineVersion": "15.12"}, "InvalidParameterCombination"),
        ({"Iops": ...}, "InvalidParameterCombination"),
        ({"AllocatedStorage": 99, "Iops": 1000}, "InvalidParameterValue"),
        ({"Iops": 999}, "InvalidParameterCombination"),
        ({"AllocatedStorage": 5120, "Iops": 2559}, "InvalidParameterCombination"),
        ({"AllocatedStorage": 100, "Iops": 100001}, "InvalidParameterCombination"),
        ({"MaxAllocatedStorage": 1126}, "InvalidParameterCombination"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue"),
        ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "correct/horse"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"PerformanceInsightsRetentionPeriod": 30}, "InvalidParameterValue"),
        ({"DatabaseInsightsMode": "advanced"}, "InvalidParameterCombination"),
        (
            {"PreferredBackupWindow": "03:00-03:30", "PreferredMaintenanceWindow": "sun:03:00-sun:04:00"},
            "InvalidParameterValue",
        ),
    ],
)
def test_an_instance_is_refused(aws: Aws, refused: Refused, changes: dict[str, Any], code: str) -> None:
    with refused(code):
        instance(aws, **changes)


@pytest.mark.parametrize("name", ["KmsKeyId", "PerformanceInsightsKMSKeyId"])
def test_an_instance_needs_keys_of_its_region(aws: Aws, refused: Refused, name: str) -> None:
    with refused("KMSKeyNotAccessibleFault"):
        instance(aws, StorageEncrypted=True, **{name: key(aws, OSAKA)})


def test_a_parameter_group_is_of_its_version(aws: Aws, refused: Refused) -> None:
    name = instance(aws, DBParameterGroupName=parameter_group(aws))["DBInstanceIdentifier"]
    other = parameter_group(aws, "postgres16")
    with refused("InvalidParameterCombination"):
        instance(aws, DBParameterGroupName=other)
    with refused("InvalidParameterCombination"):
        aws("rds").modify_db_instance(DBInstanceIdentifier=name, DBParameterGroupName=other)


def test_a_major_upgrade_takes_the_replicas_along(aws: Aws) -> None:
    old, new = parameter_group(aws), parameter_group(aws, "postgres18")
    name = instance(aws, DBParameterGroupName=old)["DBInstanceIdentifier"]
    follower = replica(aws, name)["DBInstanceIdentifier"]
    upgrade(aws, name, DBParameterGroupName=new)
    read = described(aws, name)
    assert read["EngineVersion"].partition(".")[0] == "18"
    assert read["DBParameterGroups"][0]["DBParameterGroupName"] == new
    read = described(aws, follower)
    assert read["EngineVersion"].partition(".")[0] == "18"
    assert read["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres18"
    aws("rds").delete_db_parameter_group(DBParameterGroupName=old)


def test_a_major_upgrade_is_refused(aws: Aws, refused: Refused) -> None:
    old, new = parameter_group(aws), parameter_group(aws, "postgres18")
    source = instance(aws, DBParameterGroupName=old)
    name = source["DBInstanceIdentifier"]
    follower = replica(aws, name, Iops=10000)["DBInstanceIdentifier"]
    with refused("InvalidParameterCombination"):
        upgrade(aws, name, DBParameterGroupName=new, AllowMajorVersionUpgrade=False)
    with refused("InvalidParameterCombination"):
        upgrade(aws, name)
    with refused("InvalidParameterCombination"):
        upgrade(aws, name, DBParameterGroupName=old)
    with refused("InvalidParameterCombination"):
        upgrade(aws, name, EngineVersion="16", DBParameterGroupName=parameter_group(aws, "postgres16"))
    with refused("InvalidDBInstanceState"):
        upgrade(aws, follower, DBParameterGroupName=new)
    elsewhere = replica(aws, source["DBInstanceArn"], OSAKA)["DBInstanceIdentifier"]
    with refused("InvalidDBInstanceState"):
        upgrade(aws, name, DBParameterGroupName=new)
    aws("rds", OSAKA).delete_db_instance(DBInstanceIdentifier=elsewhere, SkipFinalSnapshot=True)
    upgrade(aws, name, DBParameterGroupName=new)


def upgrade(aws: Aws, name: str, **changes: object) -> None:
    settings: dict[str, object] = {
        "EngineVersion": "18",
        "AllowMajorVersionUpgrade": True,
        "ApplyImmediately": True,
    }
    aws("rds").modify_db_instance(DBInstanceIdentifier=name, **(settings | changes))


def test_a_static_parameter_waits_for_a_restart(aws: Aws, refused: Refused) -> None:
    name = parameter_group(aws)
    with refused("InvalidParameterCombination"):
        aws("rds").modify_db_parameter_group(
            DBParameterGroupName=name,
            Parameters=[
                {"ParameterName": "max_connections", "ParameterValue": "9", "ApplyMethod": "immediate"}
            ],
        )


def test_a_subnet_group_covers_two_zones(aws: Aws, refused: Refused) -> None:
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        subnet_group(aws, zones="aa")


def test_groups_in_use_stay(aws: Aws, refused: Refused) -> None:
    subnets, parameters = subnet_group(aws), parameter_group(aws)
    instance(aws, DBSubnetGroupName=subnets, DBParameterGroupName=parameters)
    with refused("InvalidDBSubnetGroupStateFault"):
        aws("rds").delete_db_subnet_group(DBSubnetGroupName=subnets)
    with refused("InvalidDBParameterGroupState"):
        aws("rds").delete_db_parameter_group(DBParameterGroupName=parameters)


def test_a_replica_needs_the_backups_of_its_source(aws: Aws, refused: Refused) -> None:
    source = instance(aws, BackupRetentionPeriod=0)["DBInstanceIdentifier"]
    with refused("InvalidDBInstanceState"):
        replica(aws, source)


def test_a_managed_password_excludes_replicas(aws: Aws, refused: Refused) -> None:
    source = instance(aws, ManageMasterUserPassword=True, MasterUserPassword=...)["DBInstanceIdentifier"]
    with refused("InvalidParameterCombination"):
        replica(aws, source)


def test_a_replica_takes_no_groups(aws: Aws, refused: Refused) -> None:
    source, group = instance(aws)["DBInstanceIdentifier"], parameter_group(aws)
    with refused("InvalidParameterCombination"):
        replica(aws, source, DBParameterGroupName=group)
    with refused("DBSubnetGroupNotAllowedFault"):
        replica(aws, source, DBSubnetGroupName=subnet_group(aws))


def test_an_encrypted_replica_has_its_key(aws: Aws, refused: Refused) -> None:
    source = instance(aws, StorageEncrypted=True, KmsKeyId=key(aws))
    with refused("InvalidParameterCombination"):
        replica(aws, source["DBInstanceIdentifier"], KmsKeyId=key(aws))
    with refused("InvalidParameterCombination"):
        replica(aws, source["DBInstanceArn"], OSAKA)
    with refused("KMSKeyNotAccessibleFault"):
        replica(aws, source["DBInstanceArn"], OSAKA, KmsKeyId=source["KmsKeyId"])


def test_a_zone_of_a_multi_az_replica(aws: Aws, refused: Refused) -> None:
    source = instance(aws)["DBInstanceIdentifier"]
    with refused("InvalidParameterCombination"):
        replica(aws, source, MultiAZ=True, AvailabilityZone=f"{TOKYO}a")


def test_backups_that_cannot_be_replicated(aws: Aws, refused: Refused) -> None:
    source = instance(aws, StorageEncrypted=True, KmsKeyId=key(aws))
    without = instance(aws, BackupRetentionPeriod=0)

    def start(region: str, source_arn: str, **more: object) -> None:
        aws("rds", region).start_db_instance_automated_backups_replication(
            SourceDBInstanceArn=source_arn, **more
        )

    with refused("InvalidParameterValue"):
        start(TOKYO, source["DBInstanceArn"], KmsKeyId=source["KmsKeyId"])
    with refused("InvalidParameterCombination"):
        start(OSAKA, source["DBInstanceArn"])
    with refused("KMSKeyNotAccessibleFault"):
        start(OSAKA, source["DBInstanceArn"], KmsKeyId=source["KmsKeyId"])
    with refused("InvalidDBInstanceState"):
        start(OSAKA, without["DBInstanceArn"])
    start(OSAKA, source["DBInstanceArn"], KmsKeyId=key(aws, OSAKA))
    with refused("InvalidDBInstanceState"):
        start(OSAKA, source["DBInstanceArn"], KmsKeyId=key(aws, OSAKA))


def test_a_deletion_says_what_becomes_of_the_data(aws: Aws, refused: Refused) -> None:
    source = instance(aws)["DBInstanceIdentifier"]
    follower = replica(aws, source)["DBInstanceIdentifier"]
    with refused("InvalidParameterCombination"):
        aws("rds").delete_db_instance(DBInstanceIdentifier=source)
    with refused("InvalidParameterCombination"):
        aws("rds").delete_db_instance(DBInstanceIdentifier=follower, FinalDBSnapshotIdentifier="final")


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        ([TOKYO], "InvalidParameterException"),
        ([OSAKA, OSAKA], "InvalidParameterException"),
    ],
)
def test_a_secret_that_cannot_be_replicated(
    aws: Aws, refused: Refused, regions: list[str], code: str
) -> None:
    with refused(code):
        aws("secretsmanager").create_secret(
            Name=f"secret-{next(numbers)}",
            SecretString="x",
            AddReplicaRegions=[{"Region": region} for region in regions],
        )


def test_the_name_of_a_secret_is_taken_in_the_replica_region(aws: Aws, refused: Refused) -> None:
    name = f"secret-{next(numbers)}"
    aws("secretsmanager", OSAKA).create_secret(Name=name, SecretString="x")
    with refused("ResourceExistsException"):
        aws("secretsmanager").create_secret(
            Name=name, SecretString="x", AddReplicaRegions=[{"Region": OSAKA}]
        )
