"""Rules about the database."""

from collections.abc import Iterator
from contextlib import suppress

from settings.fields import InvalidInput
from settings.models import Settings
from settings.problems import Problem, SettingsError
from settings.regions import DATABASE_CLASSES
from settings.windows import daily_window, meet, overlap, weekly_window

# Operations per second and GiB of io2:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
LEAST_IOPS_PER_GIB, MOST_IOPS_PER_GIB = 0.5, 1000
# RDS's own default allows a connection for so many bytes of memory.
BYTES_PER_CONNECTION = 9_531_392


def database_class_is_offered(settings: Settings) -> Iterator[Problem]:
    """A replica that cannot be had in Osaka is found out only when it is created."""
    offered = DATABASE_CLASSES[settings.region]
    instance_class = settings.database.instance_class
    if instance_class not in offered:
        yield Problem(
            key="mpac:database.instanceClass",
            value=instance_class,
            rule=f"is not known to be offered in {settings.region}",
            remedy=f"choose from {', '.join(sorted(offered))}",
        )


def database_connections_fit_the_memory(settings: Settings) -> Iterator[Problem]:
    """Each connection is a process; too many of them end in the instance running out of memory."""
    database = settings.database
    gib = DATABASE_CLASSES[settings.region].get(database.instance_class)
    if gib and database.max_connections > gib * 2**30 // BYTES_PER_CONNECTION:
        yield Problem(
            key="mpac:database.maxConnections",
            value=database.max_connections,
            rule=f"is more than {gib} GiB of {database.instance_class} are enough for",
            remedy=f"give at most {gib * 2**30 // BYTES_PER_CONNECTION}, or choose a larger class",
        )


def database_storage_can_grow(settings: Settings) -> Iterator[Problem]:
    """RDS wants room of a tenth for growth, and keeps the ratio of operations to size at both ends."""
    database = settings.database
    with suppress(InvalidInput):
        least = -(-database.storage_gib * 11 // 10)
        if database.max_storage_gib < least:
            yield Problem(
                key="mpac:database.maxStorageGib",
                value=database.max_storage_gib,
                rule=f"leaves mpac:database.storageGib ({database.storage_gib}) less than a tenth to grow",
                remedy=f"give at least {least}",
            )
    with suppress(InvalidInput):
        if database.iops > database.storage_gib * MOST_IOPS_PER_GIB:
            yield Problem(
                key="mpac:database.iops",
                value=database.iops,
                rule=f"is more than {MOST_IOPS_PER_GIB} per GiB of mpac:database.storageGib",
                remedy=f"give at most {database.storage_gib * MOST_IOPS_PER_GIB}",
            )
    with suppress(InvalidInput):
        if database.iops < database.max_storage_gib * LEAST_IOPS_PER_GIB:
            yield Problem(
                key="mpac:database.iops",
                value=database.iops,
                rule=f"is less than {LEAST_IOPS_PER_GIB} per GiB of mpac:database.maxStorageGib",
                remedy=f"give at least {int(database.max_storage_gib * LEAST_IOPS_PER_GIB)}",
            )


def database_backups_are_taken_apart_from_maintenance(settings: Settings) -> Iterator[Problem]:
    """RDS refuses windows that overlap, also of a replica, which takes over the backup window."""
    database = settings.database
    backup = daily_window(database.backup_window)
    of_replicas = database.replica_maintenance_windows
    if any(overlap(backup, weekly_window(each)) for each in (database.maintenance_window, *of_replicas)):
        yield Problem(
            key="mpac:database.maintenanceWindow",
            value=database.maintenance_window,
            rule="overlaps mpac:database.backupWindow "
            f"({database.backup_window})"
            + "".join(f", or that of a replica does, {each}" for each in of_replicas),
            remedy="move one of the two",
        )


def maintenance_comes_to_one_after_the_other(settings: Settings) -> Iterator[Problem]:
    """Else AWS restarts database and cache at once."""
    cache = settings.cache.maintenance_window
    for window in (settings.database.maintenance_window, *settings.database.replica_maintenance_windows):
        if meet(weekly_window(window), weekly_window(cache)):
            yield Problem(
                key="mpac:cache.maintenanceWindow",
                value=cache,
                rule=f"overlaps the maintenance of the database or of a read replica of it ({window})",
                remedy="move it, or mpac:database.maintenanceWindow, before which the replicas have theirs",
            )


def a_major_upgrade_raises_the_version(settings: Settings) -> Iterator[Problem]:
    """RDS never goes back, and upgrades a replica with its source or not at all."""
    database = settings.database
    if database.upgrade_from is None:
        return
    if settings.upstream:
        yield Problem(
            key="mpac:database.upgradeFrom",
            value=database.upgrade_from,
            rule="does not go with mpac:upstream, whose database this one follows or followed",
            remedy="leave it out: docs/major-upgrade.md has the replica made anew, and a promoted one wait",
        )
    elif int(database.upgrade_from) >= int(database.version):
        yield Problem(
            key="mpac:database.upgradeFrom",
            value=database.upgrade_from,
            rule=f"is not below mpac:database.version ({database.version})",
            remedy="raise mpac:database.version, or leave it out",
        )


def check_upgrade(settings: Settings, deployed: str | None) -> None:
    """Check the major version against the one that the last update of the stack ended with.

    A database that follows another has the version of that one.

    Args:
        settings: The settings of a stack.
        deployed: The version that runs; None before the first update.

    Raises:
        SettingsError: The database would be upgraded without leave, or leave is given and there is nothing to
            upgrade.
    """
    wanted, leave = settings.database.version, settings.database.upgrade_from
    if settings.upstream and not settings.database.promoted:
        return
    if deployed is None:
        deployed = wanted
    problem = None
    if leave != deployed and leave is not None:
        problem = Problem(
            key="mpac:database.upgradeFrom",
            value=leave,
            rule=f"stands without need: the database has version {deployed}",
            remedy="leave it out: with it, changes do not wait for the maintenance window",
        )
    elif leave is None and wanted != deployed:
        problem = Problem(
            key="mpac:database.version",
            value=wanted,
            rule=f"is not what the database has, {deployed}",
            remedy="go by docs/major-upgrade.md to raise it, or write what it has; it is never lowered",
        )
    if problem:
        raise SettingsError(f"Settings of stack {settings.environment} against its database", [problem])


def a_stand_by_database_has_no_replicas(settings: Settings) -> Iterator[Problem]:
    """It is a replica itself, and a replica of a replica is another lag behind."""
    if settings.upstream and settings.database.read_replicas:
        yield Problem(
            key="mpac:database.readReplicas",
            value=settings.database.read_replicas,
            rule="does not go with mpac:upstream, whose database this one follows",
            remedy="write 0",
        )
