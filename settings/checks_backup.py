"""Rules about backups and the database that they are taken of."""

from collections.abc import Iterator

from settings.backup import WEEKLY_WINDOW
from settings.models import Settings
from settings.problems import Problem
from settings.windows import WEEK, weekly_window

# AWS Backup begins nothing with a database in its maintenance window, or in the hour before it.
_MINUTES_BEFORE_MAINTENANCE = 60


def weekly_backups_are_taken_apart_from_maintenance(settings: Settings) -> Iterator[Problem]:
    """Else the backup of the week is not taken, without an error."""
    maintenance = weekly_window(settings.database.maintenance_window)
    first = maintenance.start - _MINUTES_BEFORE_MAINTENANCE
    closed = {minute % WEEK for minute in range(first, maintenance.stop)}
    if not settings.upstream and closed & {*weekly_window(WEEKLY_WINDOW)}:
        yield Problem(
            key="mpac:database.maintenanceWindow",
            value=settings.database.maintenance_window,
            rule=f"and the hour before it touch the weekly backup ({WEEKLY_WINDOW}), which is left out then",
            remedy="choose another time of the week",
        )


def only_a_stand_by_is_promoted(settings: Settings) -> Iterator[Problem]:
    """A database without a source has nothing to be promoted from."""
    if settings.database.promoted and not settings.upstream:
        yield Problem(
            key="mpac:database.promoted",
            value=True,
            rule="does not go without mpac:upstream: only a stand-by's database can be promoted",
            remedy="leave it out",
        )


BACKUP_CHECKS = (weekly_backups_are_taken_apart_from_maintenance, only_a_stand_by_is_promoted)
