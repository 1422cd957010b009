"""Settings of the database."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import Field

from ..field_types import LogRetentionDays, daily, weekly
from ..problems import Problem
from ..section import InvalidInput, Section, check
from ..windows import before, daily_window, overlap, weekly_window

# Operations per second and GiB of io2:
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
LEAST_IOPS_PER_GIB, MOST_IOPS_PER_GIB = 0.5, 1000

StorageGib = Annotated[int, Field(ge=100, le=65536)]


class DatabaseSettings(Section):
    """Requirements: RDS PostgreSQL, Backup Strategy, Read Replicas."""

    version: Literal["17", "18"] = "17"
    """major version of PostgreSQL, 17 or 18, in quotes; to raise it, go by docs/major-upgrade.md"""
    upgrade_from: Literal["17"] | None = None
    """the former major version, in quotes, for the one update that raises version, and no longer"""
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.r6g.4xlarge"
    """class of every instance, such as db.r6g.4xlarge"""
    multi_az: bool = True
    """true for a synchronous standby in a second zone"""
    read_replicas: Annotated[int, Field(ge=0, le=3)] = 2
    """read replicas from 0 to 3, each in a zone of its own"""
    allocated_storage_gib: StorageGib = 1024
    """GiB of storage from 100 to 65536"""
    max_allocated_storage_gib: StorageGib = 5120
    """GiB from 100 to 65536 that the storage may grow to by itself"""
    iops: Annotated[int, Field(ge=1000, le=256000)] = 10000
    """operations per second of the storage, from 1000 to 256000"""
    # RDS's default of its large classes is the most; more are better had from a pool.
    max_connections: Annotated[int, Field(ge=20, le=5000)] = 5000
    """connections from 20 to 5000 that each instance takes; a change waits until each is rebooted, in the
    order of docs/database-reboot.md"""
    backup_window: Annotated[str, daily(30)] = "03:00-03:30"
    """the half hour or more of the day, in UTC, in which backups are taken"""
    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 30
    """days from 1 to 35 to which any point in time can be restored"""
    maintenance_window: Annotated[str, weekly(30)] = "sun:18:00-sun:19:00"
    """the half hour or more of the week, in UTC, in which AWS may restart the first instance; each read
    replica has one of the same length before it"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
    promoted: bool = False
    """true once a standby's database was promoted: it takes writes and has backups of its own"""

    @property
    def replica_maintenance_windows(self) -> tuple[str, ...]:
        """One for each read replica, one after the other, before that of the first instance.

        A minor version goes to the replicas first: one that is older than its primary may not understand it.
        """
        count = self.read_replicas
        return tuple(before(self.maintenance_window, count - index) for index in range(count))


@check
def database_storage_can_grow(database: DatabaseSettings) -> Iterator[Problem]:
    """RDS wants room of a tenth for growth, and keeps the ratio of operations to size at both ends."""
    with suppress(InvalidInput):
        least = -(-database.allocated_storage_gib * 11 // 10)
        if database.max_allocated_storage_gib < least:
            yield Problem(
                key="maxAllocatedStorageGib",
                value=database.max_allocated_storage_gib,
                rule=f"leaves allocatedStorageGib ({database.allocated_storage_gib}) "
                "less than a tenth to grow",
                remedy=f"give at least {least}",
            )
    with suppress(InvalidInput):
        if database.iops > database.allocated_storage_gib * MOST_IOPS_PER_GIB:
            yield Problem(
                key="iops",
                value=database.iops,
                rule=f"is more than {MOST_IOPS_PER_GIB} per GiB of allocatedStorageGib",
                remedy=f"give at most {database.allocated_storage_gib * MOST_IOPS_PER_GIB}",
            )
    with suppress(InvalidInput):
        if database.iops < database.max_allocated_storage_gib * LEAST_IOPS_PER_GIB:
            yield Problem(
                key="iops",
                value=database.iops,
                rule=f"is less than {LEAST_IOPS_PER_GIB} per GiB of maxAllocatedStorageGib",
                remedy=f"give at least {int(database.max_allocated_storage_gib * LEAST_IOPS_PER_GIB)}",
            )


@check
def database_backups_are_taken_apart_from_maintenance(database: DatabaseSettings) -> Iterator[Problem]:
    """RDS refuses windows that overlap, also of a replica, which takes over the backup window."""
    backup = daily_window(database.backup_window)
    of_replicas = database.replica_maintenance_windows
    if any(overlap(backup, weekly_window(each)) for each in (database.maintenance_window, *of_replicas)):
        yield Problem(
            key="maintenanceWindow",
            value=database.maintenance_window,
            rule=f"overlaps backupWindow ({database.backup_window})"
            + "".join(f", or that of a replica does, {each}" for each in of_replicas),
            remedy="move one of the two",
        )


@check
def a_major_upgrade_raises_the_version(database: DatabaseSettings) -> Iterator[Problem]:
    """RDS never goes back."""
    if database.upgrade_from is not None and int(database.upgrade_from) >= int(database.version):
        yield Problem(
            key="upgradeFrom",
            value=database.upgrade_from,
            rule=f"is not below version ({database.version})",
            remedy="raise version, or leave it out",
        )
