"""Instances of RDS: versions, storage, zones, passwords, and who may see them."""

import re

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.keys import usable
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_COMBINATION, _VALUE = "InvalidParameterCombination", "InvalidParameterValue"
# https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
_LEAST_MINOR = {"15": 13, "16": 9, "17": 5, "18": 1}
_IO2_GIB, _IO2_IOPS, _IO2_RATIO = range(100, 65537), range(1000, 256001), (0.5, 1000)
_RETENTION_DAYS = range(36)
# Months of 31 days up to two years, or a week: the standard and the paid retention of Performance Insights.
_INSIGHTS_DAYS = (7, 731, *(31 * month for month in range(1, 24)))
_ADVANCED_INSIGHTS_DAYS = 465
_RESERVED_USERS = {"admin", "rdsadmin", "rdsrepladmin", "rdstopmgr", "rds_superuser", "postgres_internal"}
_PASSWORD = re.compile(r"[!-~]{8,128}")
_NOT_IN_PASSWORDS = set('/@"')
_ZONES_OF_A_SUBNET_GROUP = 2


@refuses("rds", "CreateDBInstance", "CreateDBInstanceReadReplica")
def zone_of_a_multi_az_instance(call: Call) -> None:
    """RDS chooses both zones of a Multi-AZ instance."""
    if call.params.get("MultiAZ") and "AvailabilityZone" in call.params:
        message = "Requesting a specific availability zone is not valid for Multi-AZ instances."
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBInstance", "ModifyDBInstance")
def version(call: Call) -> None:
    """Old minor versions run on but are not created any more."""
    engine = call.params.get("Engine", "postgres")
    wanted = call.params.get("EngineVersion", "")
    major, _, minor = wanted.partition(".")
    if engine == "postgres" and minor and int(minor) < _LEAST_MINOR.get(major, 0):
        raise AwsError(_COMBINATION, f"Cannot find version {wanted} for postgres")


@refuses("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
def storage(call: Call) -> None:
    """io2 has its ranges; autoscaling needs room."""
    present = _present(call)
    kind = call.params.get("StorageType", getattr(present, "storage_type", None))
    size = call.params.get("AllocatedStorage", getattr(present, "allocated_storage", 0))
    iops = call.params.get("Iops", getattr(present, "iops", None))
    most = call.params.get("MaxAllocatedStorage")
    if most is not None and most * 10 < size * 11:
        message = "Invalid max storage size: it must be at least 10% greater than the allocated storage"
        raise AwsError(_COMBINATION, message)
    if kind != "io2":
        return
    if iops is None:
        raise AwsError(_COMBINATION, "Iops is required for storage type io2")
    if int(size) not in _IO2_GIB:
        raise AwsError(_VALUE, f"Invalid storage size for engine postgres and storage type io2: {size}")
    low, high = _IO2_RATIO
    if int(iops) not in _IO2_IOPS or not low * size <= int(iops) <= high * size:
        message = f"The IOPS to GiB ratio is invalid for storage type io2: {iops} for {size} GiB"
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBInstance", "ModifyDBInstance", "PromoteReadReplica")
def retention(call: Call) -> None:
    """Backups are kept up to 35 days."""
    if call.params.get("BackupRetentionPeriod", 0) not in _RETENTION_DAYS:
        raise AwsError(_VALUE, f"Invalid backup retention period: {call.params['BackupRetentionPeriod']}")


@refuses("rds", "CreateDBInstance", "ModifyDBInstance")
def master_user(call: Call) -> None:
    """Reserved names, and characters that a password cannot have."""
    user, password = call.params.get("MasterUsername"), call.params.get("MasterUserPassword")
    if user in _RESERVED_USERS:
        message = f"MasterUsername {user} cannot be used as it is a reserved word used by the engine"
        raise AwsError(_VALUE, message)
    if password is not None and (not _PASSWORD.fullmatch(password) or _NOT_IN_PASSWORDS & set(password)):
        message = (
            "The parameter MasterUserPassword is not a valid password: 8 to 128 printable ASCII characters "
            "besides '/', '@', '\"', ' ' may be used."
        )
        raise AwsError(_VALUE, message)


@refuses("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
def keys_of_an_instance(call: Call) -> None:
    """Storage and Performance Insights use enabled keys of the instance's region."""
    for name in ("KmsKeyId", "PerformanceInsightsKMSKeyId"):
        if name in call.params:
            usable(call.region, call.params[name], "KMSKeyNotAccessibleFault")


@refuses("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
def insights(call: Call) -> None:
    """Performance Insights has its own periods, and the advanced mode needs 15 months."""
    days = call.params.get("PerformanceInsightsRetentionPeriod")
    if days is not None and days not in _INSIGHTS_DAYS:
        raise AwsError(_VALUE, f"Invalid Performance Insights retention period: {days}")
    if call.params.get("DatabaseInsightsMode") == "advanced" and (days or 0) < _ADVANCED_INSIGHTS_DAYS:
        message = "Database Insights advanced mode needs a Performance Insights retention of 465 days or more"
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBInstance", "ModifyDBInstance")
def parameter_group_family(call: Call) -> None:
    """A parameter group belongs to one major version."""
    group = call.backend("rds").db_parameter_groups.get(call.params.get("DBParameterGroupName", ""))
    present = _present(call)
    version = str(call.params.get("EngineVersion") or getattr(present, "engine_version", ""))
    engine = call.params.get("Engine") or getattr(present, "engine", "")
    family = f"postgres{version.partition('.')[0]}"
    if group is not None and engine == "postgres" and version and group.family != family:
        message = (
            f"The parameter group {group.name} with DBParameterGroupFamily {group.family} can't be used for "
            f"this instance. Please use a parameter group with DBParameterGroupFamily {family}"
        )
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBSubnetGroup", "ModifyDBSubnetGroup")
def zones_of_a_subnet_group(call: Call) -> None:
    """A standby needs a second zone."""
    subnets = [call.backend("ec2").get_subnet(name) for name in call.params["SubnetIds"]]
    if len({subnet.availability_zone for subnet in subnets}) < _ZONES_OF_A_SUBNET_GROUP:
        message = (
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Current AZ coverage: {subnets[0].availability_zone}. Add subnets to cover at least 2 AZs."
        )
        raise AwsError("DBSubnetGroupDoesNotCoverEnoughAZs", message)


def _present(call: Call) -> Moto:
    """The instance before a modification, or the source of a new replica."""
    rds, params = call.backend("rds"), call.params
    if source := params.get("SourceDBInstanceIdentifier"):
        return rds.find_db_from_id(source)
    return rds.databases.get(params["DBInstanceIdentifier"]) if call.operation != "CreateDBInstance" else None
