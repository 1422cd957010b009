"""Rules about the database."""

from collections.abc import Iterator

from components.problems import Problem, SettingsError
from components.regions import DATABASE_CLASSES
from components.section import check
from components.windows import meet, weekly_window
from settings.stack import Settings

# RDS's own default allows a connection for so many bytes of memory.
BYTES_PER_CONNECTION = 9_531_392


@check
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


@check
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


@check
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


@check
def a_standby_database_is_made_anew(settings: Settings) -> Iterator[Problem]:
    """RDS upgrades a replica with its source or not at all."""
    if settings.database.upgrade_from is not None and settings.primary_stack:
        yield Problem(
            key="mpac:database.upgradeFrom",
            value=settings.database.upgrade_from,
            rule="does not go with mpac:primaryStack, whose database this one follows or followed",
            remedy="leave it out: docs/major-upgrade.md has the replica made anew, and a promoted one wait",
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
    if settings.primary_stack and not settings.database.promoted:
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


@check
def a_standby_database_has_no_replicas(settings: Settings) -> Iterator[Problem]:
    """It is a replica itself, and a replica of a replica is another lag behind."""
    if settings.primary_stack and settings.database.read_replicas:
        yield Problem(
            key="mpac:database.readReplicas",
            value=settings.database.read_replicas,
            rule="does not go with mpac:primaryStack, whose database this one follows",
            remedy="write 0",
        )


@check
def only_a_standby_is_promoted(settings: Settings) -> Iterator[Problem]:
    """A database without a source has nothing to be promoted from."""
    if settings.database.promoted and not settings.primary_stack:
        yield Problem(
            key="mpac:database.promoted",
            value=True,
            rule="does not go without mpac:primaryStack: only a standby's database can be promoted",
            remedy="leave it out",
        )
