"""A vault for backups."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.backup.policies import vault_policy

LockMode = Literal["GOVERNANCE", "COMPLIANCE"]
# AWS's shortest time in which a compliance lock can still be taken back.
DAYS_UNTIL_COMPLIANCE = 3


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """Inputs of `BackupVault`.

    Attributes:
        environment: Part of its name.
        account_id: The account of the vault.
        region: Its region.
        elsewhere: Whether that is another region than the one of the stack's provider.
        key_arn: KMS key of that region.
        lock_mode: `GOVERNANCE`, a lock that an administrator can take away, or `COMPLIANCE`, which three days
            later nobody can.
        least_retention_days: Days, at least 1, that every backup in it stays.
        protect: Whether Pulumi refuses to delete it; otherwise its backups go with it.
    """

    environment: str
    account_id: str
    region: str
    elsewhere: bool = False
    key_arn: pulumi.Input[str]
    lock_mode: LockMode
    least_retention_days: int
    protect: bool


class BackupVault(pulumi.ComponentResource):
    """A locked, encrypted vault of AWS Backup.

    Creates the vault `mpac-<environment>-backups`, a lock that refuses backups which would be gone too soon,
    and a policy that lets nobody delete a backup, or shorten its life, by hand.

    Replaces the vault: another environment or key. AWS deletes no vault that has backups.

    Requirements: Database, "Cross-Region Backup"; Storage, "Elastic File System".

    Attributes:
        name: Its name, for plans. Known only when it is locked.
        arn: Its ARN, for copies. Known only when it is locked.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:BackupVault", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        region = args.region if args.elsewhere else None
        vault_name = f"mpac-{args.environment}-backups"

        vault = aws.backup.Vault(
            name,
            name=vault_name,
            kms_key_arn=args.key_arn,
            force_destroy=not args.protect,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        lock = aws.backup.VaultLockConfiguration(
            name,
            backup_vault_name=vault.name,
            min_retention_days=args.least_retention_days,
            changeable_for_days=DAYS_UNTIL_COMPLIANCE if args.lock_mode == "COMPLIANCE" else None,
            region=region,
            opts=child,
        )
        policy = aws.backup.VaultPolicy(
            name,
            backup_vault_name=vault.name,
            policy=vault_policy(
                f"arn:aws:backup:{args.region}:{args.account_id}:backup-vault:{vault_name}",
            ),
            region=region,
            opts=child,
        )

        locked = pulumi.Output.all(vault.name, vault.arn, lock.id, policy.id)
        self.name = locked.apply(lambda values: str(values[0]))
        self.arn = locked.apply(lambda values: str(values[1]))
        self.register_outputs({"name": self.name, "arn": self.arn})
