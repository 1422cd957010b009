"""RDS: restores, each of which makes another instance.

moto copies everything of the source, replicas and resource id with it, and knows nothing of backups that are
replicated from another region.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.rds.models import RDSBackend

from local.aws.additions.patching import wrap
from local.aws.additions.rds import ReplicatedBackups, replicated, retained
from local.aws.errors import AwsError
from local.aws.untyped import Moto

# What a backup has of its instance. Network, parameter group, zones and protection are RDS's defaults unless
# they are named:
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
_OF_THE_SOURCE = (
    "allocated_storage",
    "backup_retention_period",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "kms_key_id",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "storage_encrypted",
    "storage_type",
)


@wrap(RDSBackend, "restore_db_instance_to_point_in_time", digest="ad743c47")
def restore_db_instance_to_point_in_time(
    original: Callable[..., Moto],  # noqa: ARG001  a copy of the source
    self: Moto,
    source_db_identifier: str | None,
    target_db_identifier: str,
    overrides: Mapping[str, Any],
) -> Moto:
    """A new instance from the automated backups of one that is here, was here, or is in another region."""
    replica = _copies(self, overrides.get("source_db_instance_automated_backups_arn"))
    if replica:
        source = replica.source
    elif resource := overrides.get("source_dbi_resource_id"):
        present = {each.dbi_resource_id: each for each in self.databases.values()}
        source = {**retained(self), **present}.get(resource)
        if source is None:
            message = f"No automated backups of {resource}"
            raise AwsError("DBInstanceAutomatedBackupNotFound", message, status=404)
    else:
        source = self.find_db_from_id(source_db_identifier)
    if not source.backup_retention_period:
        message = f"Automated backups are not enabled for {source.db_instance_identifier}"
        raise AwsError("PointInTimeRestoreNotEnabled", message)
    own_key = {"kms_key_id": replica.key_arn} if replica else {}
    return _restore(self, target_db_identifier, source, overrides, **own_key)


@wrap(RDSBackend, "restore_db_instance_from_db_snapshot", digest="14cc4020")
def restore_db_instance_from_db_snapshot(
    original: Callable[..., Moto],  # noqa: ARG001  a copy of the source
    self: Moto,
    from_snapshot_id: str,
    overrides: Mapping[str, Any],
) -> Moto:
    """A new instance from a snapshot."""
    (snapshot,) = self.describe_db_snapshots(
        db_instance_identifier=None, db_snapshot_identifier=from_snapshot_id.rpartition(":")[2]
    )
    return _restore(self, overrides["db_instance_identifier"], snapshot.database, overrides)


def _copies(rds: Moto, arn: str | None) -> ReplicatedBackups | None:
    if arn is None:
        return None
    if arn not in replicated(rds):
        message = f"The automated backups {arn} do not exist"
        raise AwsError("DBInstanceAutomatedBackupNotFound", message, status=404)
    return replicated(rds)[arn]


def _restore(rds: Moto, name: str, source: Moto, overrides: Mapping[str, Any], **more: str | None) -> Moto:
    if name in rds.databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    inherited = {name: getattr(source, name) for name in _OF_THE_SOURCE} | more
    given = {
        name: value
        for name, value in overrides.items()
        # What is restored follows nothing: of a replica this would be its source.
        if value is not None and name != "source_db_instance_identifier"
    }
    return rds.create_db_instance(inherited | given | {"db_instance_identifier": name})
