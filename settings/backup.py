"""Settings of backups and budgets."""

from typing import Annotated, Final, Literal

from pydantic import Field

from settings.fields import Section

# At night in Japan, in UTC. A backup has an hour to start.
DAILY: Final = "cron(0 17 * * ? *)"
WEEKLY: Final = "cron(0 20 ? * SAT *)"
WEEKLY_WINDOW: Final = "sat:20:00-sat:21:00"
RESTORE_TEST: Final = "cron(0 22 ? * SUN#1 *)"

BackupDays = Annotated[int, Field(ge=1, le=36500)]


class Backup(Section):
    """Requirements: Cross-Region Backup; Elastic File System, "Backup"."""

    daily_retention_days: BackupDays = 14
    """days from 1 to 36500 for which daily backups of file systems are kept"""
    weekly_retention_days: BackupDays = 30
    """days from 1 to 36500 for which weekly backups of the database and their copies are kept"""
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    """GOVERNANCE, or COMPLIANCE, which nobody can take back three days later"""
    restore_test: bool = True
    """true to restore the newest backup of the database and of each file system monthly, for four hours"""


class Budget(Section):
    """What a stack may cost; it stops nothing."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """US dollars a month, from 1 to 10000000, of which people are told; none for no budget"""
    warn_at_percent: Annotated[int, Field(ge=1, le=99)] = 80
    """percent of that, from 1 to 99, at which people are told first"""
