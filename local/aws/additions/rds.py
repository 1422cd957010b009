"""RDS: fields that are read back, replicas that are instances of their own, and replicated backups.

moto gives every instance the same resource id, by which the provider tells instances apart; it makes a
replica a shallow copy of its primary, tags and all; and it knows nothing of backups in another region.
"""

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.common_models import BaseModel
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from local.aws.additions.operations import answers
from local.aws.additions.patching import attribute, wrap
from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.untyped import Moto

Original = Callable[..., Any]

# What a version of PostgreSQL without its minor part stands for.
NEWEST = {"15": "15.15", "16": "16.11", "17": "17.7", "18": "18.1"}
STANDARD_SUPPORT_AND_MORE = "open-source-rds-extended-support"

# Parameter, as moto spells it, and the attribute that it is read back from.
_READ_BACK = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
    "database_insights_mode": "database_insights_mode",
    "engine_lifecycle_support": "engine_lifecycle_support",
}
# What a replica takes over from its primary unless it is told otherwise; in another region only the first.
_FROM_ANYWHERE = (
    "allocated_storage",
    "db_instance_class",
    "engine",
    "engine_version",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_encrypted",
    "storage_type",
)
_FROM_THE_SAME_REGION = ("db_parameter_group_name", "kms_key_id", "vpc_security_group_ids")

attribute(DBInstance, "performance_insights_enabled", value=False)
attribute(DBInstance, "performance_insights_kms_key_id", None)
attribute(DBInstance, "performance_insights_retention_period", None)
attribute(DBInstance, "database_insights_mode", "standard")
attribute(DBInstance, "engine_lifecycle_support", STANDARD_SUPPORT_AND_MORE)


class ReplicatedBackups(BaseModel):
    """Automated backups of an instance in another region."""

    def __init__(self, source: Moto, region: str, retention_days: int, key_arn: str | None) -> None:
        name = "ab-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(39))
        self.arn = f"arn:aws:rds:{region}:{ACCOUNT}:auto-backup:{name}"
        self.source, self.key_arn = source, key_arn
        self._retention_days = retention_days
        self.status = "replicating"

    @property
    def description(self) -> dict[str, Any]:
        """As RDS describes them; the instance may have got another name meanwhile, or be gone."""
        source = self.source
        return {
            "DBInstanceArn": source.db_instance_arn,
            "DbiResourceId": source.dbi_resource_id,
            "Region": source.region,
            "DBInstanceIdentifier": source.db_instance_identifier,
            "AllocatedStorage": source.allocated_storage,
            "Status": self.status,
            "Port": source.port,
            "Engine": source.engine,
            "EngineVersion": source.engine_version,
            "Encrypted": source.storage_encrypted,
            "BackupRetentionPeriod": self._retention_days,
            "DBInstanceAutomatedBackupsArn": self.arn,
        } | ({"KmsKeyId": self.key_arn} if self.key_arn else {})


@wrap(DBInstance, "__init__", digest="137b0e5d")
def init(original: Original, self: Moto, rds: Moto, **settings: Moto) -> None:
    """With an id of its own, a whole version, and what moto drops."""
    version = settings.get("engine_version")
    if settings.get("engine") == "postgres" and version:
        settings["engine_version"] = NEWEST.get(version, version)
    original(self, rds, **settings)
    alphabet = string.ascii_uppercase + "234567"
    self.dbi_resource_id = "db-" + "".join(secrets.choice(alphabet) for _ in range(26))
    if self.engine == "postgres":
        self.option_group_name = f"default:postgres-{self.engine_version.split('.')[0]}"
        self.license_model = "postgresql-license"
    self.db_instance_automated_backups_replications = []
    _read_back(self, settings)


@wrap(DBInstance, "update", digest="4de749ef")
def update(original: Original, self: Moto, **settings: Moto) -> None:
    """The same of a modification."""
    if version := settings.get("engine_version"):
        settings["engine_version"] = NEWEST.get(version, version)
    original(self, **settings)
    _read_back(self, settings)


def _read_back(instance: Moto, settings: Mapping[str, Any]) -> None:
    for parameter, name in _READ_BACK.items():
        if settings.get(parameter) is not None:
            setattr(instance, name, settings[parameter])


@wrap(RDSBackend, "create_db_instance_read_replica", digest="c0ff264a")
def create_db_instance_read_replica(
    original: Original,  # noqa: ARG001  a copy of the primary
    self: Moto,
    db_kwargs: Mapping[str, Any],
) -> Moto:
    """An instance of its own, without backups, that takes over what AWS lets it."""
    source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
    same_region = source.region == self.region_name
    names = (*_FROM_ANYWHERE, *(_FROM_THE_SAME_REGION if same_region else ()))
    given = {name: value for name, value in db_kwargs.items() if value is not None}
    inherited = {name: getattr(source, name) for name in names}
    inherited["enable_iam_database_authentication"] = source.enable_iam_database_authentication
    if same_region and (subnets := subnet_group_of(source)):
        inherited["db_subnet_group_name"] = subnets
    identity = source.db_instance_identifier if same_region else source.db_instance_arn
    replica = self.create_db_instance(
        {"backup_retention_period": 0, **inherited, **given, "source_db_instance_identifier": identity}
    )
    replica.set_as_replica()
    source.add_replica(replica)
    return replica


def subnet_group_of(instance: Moto) -> str | None:
    """The name of an instance's subnet group."""
    group = getattr(instance, "db_subnet_group", None)
    return group.name if group else None


@wrap(RDSBackend, "promote_read_replica", digest="96c48f51")
def promote_read_replica(original: Original, self: Moto, db_kwargs: Mapping[str, Any]) -> Moto:
    """A promoted instance has no source, and its source has one replica less."""
    instance = self.databases[db_kwargs["db_instance_identifier"]]
    if instance.is_replica:
        _leave_source(self, instance)
    promoted = original(self, db_kwargs)
    promoted.source_db_instance_identifier = None
    return promoted


@wrap(RDSBackend, "delete_db_instance", digest="c5417272")
def delete_db_instance(original: Original, self: Moto, db_instance_identifier: str, **more: Moto) -> Moto:
    """Moto looks for a replica elsewhere by another name than it noted; backups may outlive an instance."""
    instance = self.databases.get(db_instance_identifier)
    if instance is not None and instance.is_replica and not instance.deletion_protection:
        _leave_source(self, instance)
        instance.is_replica = False
    # Moto's first backup of another instance of that name would find its own name taken.
    deleted = original(self, db_instance_identifier, **(more | {"delete_automated_backups": True}))
    for replication in deleted.db_instance_automated_backups_replications:
        arn = replication["DBInstanceAutomatedBackupsArn"]
        replicated(backend("rds", arn.split(":")[3]))[arn].status = "retained"
    if deleted.backup_retention_period and more.get("delete_automated_backups") is False:
        retained(self)[deleted.dbi_resource_id] = deleted
    return deleted


def _leave_source(rds: Moto, replica: Moto) -> None:
    source = rds.find_db_from_id(replica.source_db_instance_identifier)
    for name in (replica.db_instance_identifier, replica.db_instance_arn):
        if name in source.replicas:
            source.replicas.remove(name)


@answers("rds", "StartDBInstanceAutomatedBackupsReplication", RDSResponse)
def start_replication(call: Call) -> dict[str, Any]:
    """Backups of an instance go to the region of the call too."""
    source = source_of(call)
    days = call.params.get("BackupRetentionPeriod", 7)
    backups = ReplicatedBackups(source, call.region, days, call.params.get("KmsKeyId"))
    replicated(call.backend("rds"))[backups.arn] = backups
    source.db_instance_automated_backups_replications.append({"DBInstanceAutomatedBackupsArn": backups.arn})
    return {"DBInstanceAutomatedBackup": backups.description}


@answers("rds", "StopDBInstanceAutomatedBackupsReplication", RDSResponse)
def stop_replication(call: Call) -> dict[str, Any]:
    """No more of them; those that are there stay until their time is over."""
    source = source_of(call)
    backups = replication_of(source, call.region)
    if backups is None:
        message = f"{source.db_instance_arn} is not replicating to the current region"
        raise AwsError("InvalidDBInstanceState", message)
    backups.status = "retained"
    source.db_instance_automated_backups_replications = [
        entry
        for entry in source.db_instance_automated_backups_replications
        if entry["DBInstanceAutomatedBackupsArn"] != backups.arn
    ]
    return {"DBInstanceAutomatedBackup": backups.description}


@answers(
    "rds",
    "DescribeDBInstanceAutomatedBackups",
    RDSResponse,
    method="describe_db_instance_automated_backups",
    digest="934ee30f",
)
def describe_automated_backups(call: Call) -> dict[str, Any]:
    """The replicated ones, and for each instance with backups its own."""
    rds, wanted = call.backend("rds"), call.params
    entries = [backups.description for backups in replicated(rds).values()]
    entries += [
        {
            "DBInstanceArn": instance.db_instance_arn,
            "DbiResourceId": instance.dbi_resource_id,
            "Region": instance.region,
            "DBInstanceIdentifier": instance.db_instance_identifier,
            "Status": status,
            "Engine": instance.engine,
            "EngineVersion": instance.engine_version,
            "Encrypted": instance.storage_encrypted,
            "BackupRetentionPeriod": instance.backup_retention_period,
        }
        for status, instances in (("active", rds.databases), ("retained", retained(rds)))
        for instance in instances.values()
        if instance.backup_retention_period
    ]
    keys = ("DBInstanceAutomatedBackupsArn", "DBInstanceIdentifier", "DbiResourceId")
    found = [
        entry for entry in entries if all(entry.get(key) == wanted[key] for key in keys if key in wanted)
    ]
    return {"DBInstanceAutomatedBackups": found}


def source_of(call: Call) -> Moto:
    """The instance, in another region, whose backups a call is about."""
    arn = call.params["SourceDBInstanceArn"]
    return backend("rds", arn.split(":")[3]).find_db_from_id(arn)


def replicated(rds: Moto) -> dict[str, ReplicatedBackups]:
    """Backups of other regions in moto's state of a region, by their ARN."""
    if not hasattr(rds, "replicated_backups"):
        rds.replicated_backups = {}
    found: dict[str, ReplicatedBackups] = rds.replicated_backups
    return found


def replication_of(source: Moto, region: str) -> ReplicatedBackups | None:
    """What replicates the backups of an instance to a region."""
    every = replicated(backend("rds", region)).values()
    return next((each for each in every if each.source is source and each.status == "replicating"), None)


def retained(rds: Moto) -> dict[str, Moto]:
    """Deleted instances in moto's state of a region whose backups were kept, by their resource id."""
    if not hasattr(rds, "retained_backups"):
        rds.retained_backups = {}
    found: dict[str, Moto] = rds.retained_backups
    return found
