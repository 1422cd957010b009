"""RDS: restores, each of which makes another instance, and the change of names by which it takes over.

moto copies everything of the source, replicas and resource id with it, and knows nothing of backups that are
replicated from another region.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.rds.models import RDSBackend

from local.aws.additions.patching import wrap
from local.aws.additions.rds import replicated
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
    """A new instance from the automated backups of one here, or from those replicated from another region."""
    if copies := overrides.get("source_db_instance_automated_backups_arn"):
        found = [each for each in replicated(self).values() if each.arn == copies]
        if not found:
            message = f"The automated backups {copies} do not exist"
            raise AwsError("DBInstanceAutomatedBackupNotFound", message, status=404)
        source_db_identifier = found[0].description["DBInstanceArn"]
    source = self.find_db_from_id(source_db_identifier)
    if not source.backup_retention_period:
        message = f"Automated backups are not enabled for {source_db_identifier}"
        raise AwsError("PointInTimeRestoreNotEnabled", message)
    given = {name: value for name, value in overrides.items() if value is not None}
    inherited = {name: getattr(source, name) for name in _OF_THE_SOURCE}
    if copies:
        inherited["kms_key_id"] = found[0].description.get("KmsKeyId")
    return self.create_db_instance(inherited | given | {"db_instance_identifier": target_db_identifier})


@wrap(RDSBackend, "modify_db_instance", digest="0b803596")
def modify_db_instance(
    original: Callable[..., Moto], self: Moto, db_instance_identifier: str, db_kwargs: dict[str, Any]
) -> Moto:
    """Replicas go on following an instance that has got another name."""
    name = db_kwargs.get("new_db_instance_identifier")
    if name and name in self.databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    modified = original(self, db_instance_identifier, db_kwargs)
    if name:
        for each in modified.replicas:
            replica = self.find_db_from_id(each)
            replica.source_db_instance_identifier = (
                name if replica.region == self.region_name else modified.db_instance_arn
            )
    return modified
