"""Replicas of RDS, backups in other regions, parameters, and deletions."""

from local.aws.additions.rds import replication_of, source_of, subnet_group_of
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.keys import usable
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_COMBINATION = "InvalidParameterCombination"
# Parameters of PostgreSQL that are read when it starts.
_STATIC = {"max_connections", "max_wal_senders", "shared_buffers", "shared_preload_libraries", "wal_buffers"}


@refuses("rds", "CreateDBInstanceReadReplica")
def source(call: Call) -> None:
    """A replica begins with a backup of its source, whose password RDS must not manage."""
    instance = _source(call)
    if not instance.backup_retention_period:
        message = f"Automated backups are not enabled for this database instance: {instance.resource_id}"
        raise AwsError("InvalidDBInstanceState", message)
    if instance.manage_master_user_password:
        message = (
            "Creating read replicas for source instance where ManageMasterUserPassword is enabled "
            "is not supported"
        )
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBInstanceReadReplica")
def key_of_a_replica(call: Call) -> None:
    """The key of an encrypted replica: its source's in the same region, one that is named in another."""
    instance, key = _source(call), call.params.get("KmsKeyId")
    if not instance.storage_encrypted:
        return
    if instance.region == call.region:
        if key and usable(call.region, key, "KMSKeyNotAccessibleFault").arn != instance.kms_key_id:
            message = "KmsKeyId must be that of the source instance for a read replica in the same region"
            raise AwsError(_COMBINATION, message)
    elif key is None:
        message = "Cannot create a cross region unencrypted read replica from an encrypted instance"
        raise AwsError(_COMBINATION, message)


@refuses("rds", "CreateDBInstanceReadReplica")
def groups_of_a_replica(call: Call) -> None:
    """PostgreSQL's replicas take a parameter group later only, and a subnet group not in the same region."""
    if "DBParameterGroupName" in call.params:
        message = (
            "A parameter group can't be specified during Read Replica creation for the following DB engine: "
            "postgres"
        )
        raise AwsError(_COMBINATION, message)
    by_name = not call.params["SourceDBInstanceIdentifier"].startswith("arn:")
    if by_name and "DBSubnetGroupName" in call.params:
        message = (
            "DbSubnetGroupName should not be specified for read replicas that are created in the same region"
        )
        raise AwsError("DBSubnetGroupNotAllowedFault", message)


@refuses("rds", "PromoteReadReplica")
def promotion(call: Call) -> None:
    """Only a replica is promoted, and only once."""
    instance = call.backend("rds").databases.get(call.params["DBInstanceIdentifier"])
    if instance is not None and not instance.is_replica:
        message = "DB Instance is not a read replica"
        raise AwsError("InvalidDBInstanceState", message)


@refuses("rds", "StartDBInstanceAutomatedBackupsReplication")
def backups_in_another_region(call: Call) -> None:
    """Backups go to another region, once, under a key of that region."""
    instance, key = source_of(call), call.params.get("KmsKeyId")
    if instance.region == call.region:
        message = "The source and destination regions of automated backups replication cannot be the same"
        raise AwsError("InvalidParameterValue", message)
    if not instance.backup_retention_period:
        message = "Automated backups are not enabled for the source DB instance"
        raise AwsError("InvalidDBInstanceState", message)
    if instance.storage_encrypted and key is None:
        message = "KmsKeyId is required for the automated backups of an encrypted instance"
        raise AwsError(_COMBINATION, message)
    if key:
        usable(call.region, key, "KMSKeyNotAccessibleFault")
    if replication_of(instance, call.region):
        message = "The automated backups of the instance are replicated to this region already"
        raise AwsError("InvalidDBInstanceState", message)


@refuses("rds", "ModifyDBParameterGroup")
def apply_method(call: Call) -> None:
    """A static parameter waits for a restart."""
    for parameter in call.params["Parameters"]:
        if parameter["ParameterName"] in _STATIC and parameter.get("ApplyMethod") == "immediate":
            message = "cannot use immediate apply method for static parameter: " + parameter["ParameterName"]
            raise AwsError(_COMBINATION, message)


@refuses("rds", "DeleteDBInstance")
def final_snapshot(call: Call) -> None:
    """A deletion says what becomes of the data; a replica has none of its own."""
    instance = call.backend("rds").databases.get(call.params["DBInstanceIdentifier"])
    name, skipped = call.params.get("FinalDBSnapshotIdentifier"), call.params.get("SkipFinalSnapshot", False)
    if instance is None:
        return
    if name and instance.is_replica:
        message = "Cannot create a final snapshot of a read replica"
        raise AwsError(_COMBINATION, message)
    if not skipped and not name:
        message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise AwsError(_COMBINATION, message)


@refuses("rds", "DeleteDBParameterGroup", "DeleteDBSubnetGroup")
def group_in_use(call: Call) -> None:
    """A group stays as long as an instance uses it."""
    is_subnets = call.operation == "DeleteDBSubnetGroup"
    name = call.params["DBSubnetGroupName" if is_subnets else "DBParameterGroupName"]
    users = [
        instance.db_instance_identifier
        for instance in call.backend("rds").databases.values()
        if name == (subnet_group_of(instance) if is_subnets else instance.db_parameter_group_name)
    ]
    if users:
        code = "InvalidDBSubnetGroupStateFault" if is_subnets else "InvalidDBParameterGroupState"
        raise AwsError(code, f"One or more database instances are still members of {name}: {users}")


def _source(call: Call) -> Moto:
    return call.backend("rds").find_db_from_id(call.params["SourceDBInstanceIdentifier"])
