"""Databases, caches and files can be brought back, also in another region."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..backups import SELECTION, covers, region
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, read
from ..verdicts import IS_SET, IS_TRUE, Check, Outcome, Verdict, any_of, at_least
from .encryption_keys import DATABASES, INSTANCE, is_beside_source

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
FILE_BACKUP = "aws:efs/backupPolicy:BackupPolicy"
# What Security Hub demands of RDS.11.
LEAST_DAYS = 7
COPIES = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"


@graph_rule(
    "rds-backups-on",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.11",), checkov=("CKV_AWS_133",)),
    reason="Without backups, what is deleted by mistake is gone.",
    remedy=f"Set backup_retention_period to {LEAST_DAYS} days or more.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-11",
)
def rds_backups_on(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In every stack, for as long as Security Hub demands."""
    yield from _retention(graph, LEAST_DAYS)


@graph_rule(
    "rds-backup-retention",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(pci=("10.3.3",)),
    reason="An error that is found late can be undone only as far back as backups go.",
    remedy="Set backup_retention_period to the days that the pack's databaseBackupDays demands, or more.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-11",
)
def rds_backup_retention(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """In production, for as long as the settings demand."""
    yield from _retention(graph, settings.database_backup_days)


def _retention(graph: Graph, days: int) -> Iterator[Verdict]:
    """A replica beside its source needs no backups; one in another region is there to be promoted."""
    path = "backupRetentionPeriod"
    check = at_least(days)
    none = Check(f"0, or {check.expected}", lambda value: value in (ABSENT, 0, "0") or check.test(value))
    for database in graph.of(*DATABASES):
        if is_of_unknown_source(database) and not check.test(database.get(path)):
            yield database.not_judged(path, "the source of the replica is not known yet")
        else:
            yield database.must(path, none if is_beside_source(graph, database) else check)


def is_of_unknown_source(database: Resource) -> bool:
    """Whether nobody can say yet if a database is a replica in the region of its source."""
    return not database.comes_from("replicateSourceDb", read(database.inputs, "replicateSourceDb"))


def _tag_snapshots(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    value = inputs.get("copyTagsToSnapshot", ABSENT)
    return {} if isinstance(value, Unknown) or IS_TRUE.test(value) else {"copyTagsToSnapshot": True}


@resource_rule(
    "rds-snapshots-tagged",
    *DATABASES,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.17",), checkov=("CKV2_AWS_60",)),
    reason="Rights, costs and clearing up go by tags; a snapshot without them belongs to nobody.",
    remedy="Set copy_tags_to_snapshot=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-17",
    remediate=_tag_snapshots,
)
def rds_snapshots_tagged(database: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS copies no tags unless told to."""
    yield database.must("copyTagsToSnapshot", IS_TRUE)


@resource_rule(
    "backup-windows-set",
    INSTANCE,
    CACHE,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="AWS picks windows at random, in business hours as well.",
    remedy="Set maintenance_window, and backup_window or snapshot_window, to quiet hours.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
)
def backup_windows_set(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Backups of a replica have the window of its source."""
    yield resource.must("maintenanceWindow", IS_SET)
    if resource.type == CACHE:
        yield resource.must("snapshotWindow", IS_SET)
    elif not resource.has("replicateSourceDb"):
        yield resource.must("backupWindow", IS_SET)


@graph_rule(
    "rds-backups-copied",
    INSTANCE,
    COPIES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="If a region is lost, its backups are lost with it.",
    remedy="Declare InstanceAutomatedBackupsReplication for the database in the recovery region, with a "
    "retention_period of databaseBackupDays or more.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html",
)
def rds_backups_copied(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of primaries; those of a stack that stands by are in the recovery region already."""
    for database in graph.of(INSTANCE) if graph.stack not in settings.recovery_stacks else ():
        if not database.has("replicateSourceDb"):
            missing = "the backups of the database are not replicated to another region"
            copies, verdict = graph.companion(database, "sourceDbInstanceArn", COPIES, missing)
            yield verdict
            for copy in copies:
                here, there = region(graph, database), region(graph, copy)
                if isinstance(here, Unknown) or isinstance(there, Unknown):
                    yield copy.not_judged("region")
                elif here == there:
                    yield copy.fails("region", "the copies are in the region of the database")
    for copy in graph.of(COPIES):
        yield copy.must("retentionPeriod", at_least(settings.database_backup_days))


@resource_rule(
    "elasticache-snapshots-on",
    CACHE,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ElastiCache.1",), checkov=("CKV_AWS_134",)),
    reason="Without snapshots, a lost cache comes back empty, and its load falls on the database.",
    remedy="Set snapshot_retention_limit to 1 or more.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-1",
)
def elasticache_snapshots_on(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS makes none unless told to."""
    yield cache.must("snapshotRetentionLimit", at_least(1))


@resource_rule(
    "elasticache-snapshot-retention",
    CACHE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="An error that is found late can be undone only as far back as snapshots go.",
    remedy="Set snapshot_retention_limit to the days that the pack's cacheSnapshotDays demands, or more.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-1",
)
def elasticache_snapshot_retention(cache: Resource, settings: Settings) -> Iterator[Verdict]:
    """In production, for as long as the settings demand."""
    yield cache.must("snapshotRetentionLimit", at_least(settings.cache_snapshot_days))


@graph_rule(
    "efs-backed-up",
    FILE_SYSTEM,
    FILE_BACKUP,
    SELECTION,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("EFS.2",), checkov=("CKV2_AWS_18",)),
    reason="Files that are overwritten or deleted come back from a backup only.",
    remedy="Give the file system the tags that a backup selection wants, or set its BackupPolicy to ENABLED.",
    url=f"{SECURITY_HUB}/efs-controls.html#efs-2",
)
def efs_backed_up(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """By AWS's own plan or by one of the stack."""
    for system in graph.of(FILE_SYSTEM):
        ways = [system.fails("", "no backup plan covers the file system")]
        for policy in graph.naming(system, "fileSystemId", FILE_BACKUP):
            status = policy.get("backupPolicy.status")
            if isinstance(status, Unknown):
                ways.append(system.not_judged("", "the backup policy is not known yet"))
            elif status == "ENABLED":
                ways.append(system.passes())
        outcomes = {covers(graph, selection, system) for selection in graph.of(SELECTION)}
        ways += [system.passes()] if Outcome.PASS in outcomes else []
        if Outcome.NOT_JUDGED in outcomes:
            ways.append(system.not_judged("", "what a backup selection selects is not known yet"))
        yield any_of(ways)


@graph_rule(
    "efs-backup-policy",
    FILE_SYSTEM,
    FILE_BACKUP,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="Whether AWS's own plan takes a file system depends on how it was made, unless a policy says so.",
    remedy="Declare a BackupPolicy for the file system: DISABLED if a plan of the stack takes it.",
    url="https://docs.aws.amazon.com/efs/latest/ug/automatic-backups.html",
)
def efs_backup_policy(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Either status will do: another rule asks for a plan."""
    for system in graph.of(FILE_SYSTEM):
        missing = "the file system has no backup policy"
        yield graph.companion(system, "fileSystemId", FILE_BACKUP, missing)[1]
