"""Settings of backups."""

from typing import Annotated, Final, Literal

from pydantic import Field

from ..section import Section

# At night in Japan, in UTC, as cron expressions of AWS Backup.
DAILY: Final = "cron(0 17 * * ? *)"
WEEKLY: Final = "cron(0 20 ? * SAT *)"
RESTORE_TEST: Final = "cron(0 22 ? * SUN#1 *)"
# In which a backup or a restore has to start.
START_WINDOW_MINUTES: Final = 60
WEEKLY_WINDOW: Final = "sat:20:00-sat:21:00"
# A backup that is older is not restored in a test: it may be a week old, and have taken a day.
NEWEST_DAYS: Final = 8

BackupDays = Annotated[int, Field(ge=1, le=36500)]


class BackupSettings(Section):
    """Requirements: Cross-Region Backup; Elastic File System, "Backup"."""

    daily_retention_days: BackupDays = 14
    """days from 1 to 36500 for which daily backups of file systems are kept"""
    weekly_retention_days: BackupDays = 30
    """days from 1 to 36500 for which weekly backups of the database and their copies are kept"""
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    """GOVERNANCE, or COMPLIANCE, which nobody can take back three days later"""
    restore_test: bool = True
    """true to restore the newest backup of the database and of each file system monthly, for four hours"""

    @property
    def least_retention_days(self) -> int:
        """Days that every backup stays."""
        return min(self.daily_retention_days, self.weekly_retention_days)
