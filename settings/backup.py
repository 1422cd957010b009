"""Rules about backups and the database that they are taken of."""

from collections.abc import Iterator

from components.backup.settings import WEEKLY_WINDOW
from components.problems import Problem
from components.section import check
from components.windows import WEEK, weekly_window
from settings.stack import Settings

# AWS Backup begins nothing with a database in its maintenance window, or in the hour before it.
_MINUTES_BEFORE_MAINTENANCE = 60


@check
def weekly_backups_are_taken_apart_from_maintenance(settings: Settings) -> Iterator[Problem]:
    """Else the backup of the week is not taken, without an error."""
    maintenance = weekly_window(settings.database.maintenance_window)
    first = maintenance.start - _MINUTES_BEFORE_MAINTENANCE
    closed = {minute % WEEK for minute in range(first, maintenance.stop)}
    if not settings.primary_stack and closed & {*weekly_window(WEEKLY_WINDOW)}:
        yield Problem(
            key="mpac:database.maintenanceWindow",
            value=settings.database.maintenance_window,
            rule=f"and the hour before it touch the weekly backup ({WEEKLY_WINDOW}), which is left out then",
            remedy="choose another time of the week",
        )
