"""Backups by AWS Backup."""

import pulumi

from components.backup import (
    BackupPlans,
    BackupPlansArgs,
    BackupRule,
    BackupVault,
    BackupVaultArgs,
    RestoredDatabase,
    RestoreTest,
    RestoreTestArgs,
)
from components.database import PostgresCluster
from components.encryption import DataClass
from components.monitoring import AlarmTopic
from components.network import Vpc
from settings.backup import DAILY, RESTORE_TEST, WEEKLY
from wiring.stack import Stack

START_WINDOW_MINUTES = 60
# A backup may be a week old, and have taken a day.
NEWEST_DAYS = 8


def backups(stack: Stack, *, vpc: Vpc, alarms: AlarmTopic, postgres: PostgresCluster) -> BackupVault:
    """File systems daily; a database that takes writes weekly, with a copy in the region that stands by."""
    settings = stack.settings
    given = settings.backup
    vault = _vault(stack, "backups", settings.region, stack.key_arn(DataClass.BACKUPS))
    copies_key_arn = stack.replica_key_arn(DataClass.BACKUPS)
    copies = (
        _vault(stack, "backup-copies", settings.replica_region, copies_key_arn)
        if settings.replica_region and copies_key_arn
        else None
    )
    own = f"{settings.region}:{settings.account_id}"
    rules = [
        BackupRule(
            frequency="daily",
            resource_arns=[f"arn:aws:elasticfilesystem:{own}:file-system/*"],
            schedule=DAILY,
            start_window_minutes=START_WINDOW_MINUTES,
            retention_days=given.daily_retention_days,
        )
    ]
    if postgres.takes_writes:
        rules.append(
            BackupRule(
                frequency="weekly",
                resource_arns=[f"arn:aws:rds:{own}:db:mpac-{settings.environment}-*"],
                schedule=WEEKLY,
                start_window_minutes=START_WINDOW_MINUTES,
                retention_days=given.weekly_retention_days,
                copy_to=copies.arn if copies else None,
            )
        )
    files_key_arn = stack.key_arn(DataClass.FILES)
    key_arns = [stack.key_arn(DataClass.BACKUPS), stack.key_arn(DataClass.DATABASE), files_key_arn]
    BackupPlans(
        "backups",
        BackupPlansArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            vault_name=vault.name,
            vault_arn=vault.arn,
            copy_regions=[settings.replica_region] if settings.replica_region and copies else [],
            key_arns=[*key_arns, *([copies_key_arn] if copies_key_arn else [])],
            rules=rules,
            alarm_topic_arn=alarms.arn,
        ),
        stack.opts,
    )
    if given.restore_test:
        RestoreTest(
            "restore-test",
            RestoreTestArgs(
                environment=settings.environment,
                account_id=settings.account_id,
                region=settings.region,
                vault_arn=vault.arn,
                schedule=RESTORE_TEST,
                start_window_hours=START_WINDOW_MINUTES // 60,
                newest_days=NEWEST_DAYS,
                database=RestoredDatabase(
                    subnet_group_name=postgres.identifier,
                    parameter_group_name=postgres.parameter_group_name,
                    security_group_id=vpc.default_security_group_id,
                )
                if postgres.takes_writes
                else None,
                files_key_arn=files_key_arn,
                key_arns=key_arns,
                alarm_topic_arn=alarms.arn,
            ),
            stack.opts,
        )
    return vault


def _vault(stack: Stack, name: str, region: str, key_arn: pulumi.Input[str]) -> BackupVault:
    settings = stack.settings
    given = settings.backup
    return BackupVault(
        name,
        BackupVaultArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=region,
            elsewhere=region != settings.region,
            key_arn=key_arn,
            lock_mode=given.lock_mode,
            least_retention_days=min(given.daily_retention_days, given.weekly_retention_days),
            protect=settings.protect,
        ),
        stack.opts,
    )
