"""AWS Backup: vaults, plans that find what they keep by its tags, and restore tests."""

from components.backup.plans import BackupPlans, BackupPlansArgs, BackupRule
from components.backup.policies import BACKUP_TAGS, Frequency
from components.backup.restore_test import RestoredDatabase, RestoreTest, RestoreTestArgs
from components.backup.vault import BackupVault, BackupVaultArgs, LockMode

__all__ = [
    "BACKUP_TAGS",
    "BackupPlans",
    "BackupPlansArgs",
    "BackupRule",
    "BackupVault",
    "BackupVaultArgs",
    "Frequency",
    "LockMode",
    "RestoreTest",
    "RestoreTestArgs",
    "RestoredDatabase",
]
