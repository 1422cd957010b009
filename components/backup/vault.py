"""A vault for backups."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..section import verify
from .policies import vault_policy
from .settings import BackupSettings

# AWS's shortest time in which a compliance lock can still be taken back.
DAYS_UNTIL_COMPLIANCE = 3


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """Inputs of `BackupVault`.

    Attributes:
        context: Who and where.
        settings: Its lock: how it can be taken away, and how long every backup stays at least.
        region: Its region if not that of the provider: the one that stands by.
    """

    context: Context
    settings: BackupSettings = field(default_factory=BackupSettings)
    region: str | None = None


class BackupVault(pulumi.ComponentResource):
    """A locked, encrypted vault of AWS Backup.

    Creates the vault `<prefix>-<environment>-<name>`, a lock that refuses backups which would be gone too
    soon, and a policy that lets nobody delete a backup, or shorten its life, by hand.

    Replaces the vault: another prefix, environment, name or key. AWS deletes no vault that has backups.

    Requirements: Database, "Cross-Region Backup"; Storage, "Elastic File System".

    Attributes:
        name: Its name, for plans. Known only when it is locked.
        arn: Its ARN, for copies. Known only when it is locked.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:BackupVault", name, None, opts)
        verify(f"BackupVault {name}", args.settings)
        child = pulumi.ResourceOptions(parent=self)
        settings, region = args.settings, args.region
        context = args.context.in_standby() if region else args.context
        if region not in (None, context.region):
            raise ValueError(f"BackupVault {name}: it is {context.region} that stands by, not {region}.")
        vault_name = context.name(name)

        vault = aws.backup.Vault(
            name,
            name=vault_name,
            kms_key_arn=context.key_arn(DataClass.BACKUPS),
            force_destroy=not context.protect,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        lock = aws.backup.VaultLockConfiguration(
            name,
            backup_vault_name=vault.name,
            min_retention_days=settings.least_retention_days,
            changeable_for_days=DAYS_UNTIL_COMPLIANCE if settings.lock_mode == "COMPLIANCE" else None,
            region=region,
            opts=child,
        )
        policy = aws.backup.VaultPolicy(
            name,
            backup_vault_name=vault.name,
            policy=vault_policy(
                f"arn:aws:backup:{context.region}:{context.account_id}:backup-vault:{vault_name}",
            ),
            region=region,
            opts=child,
        )

        locked = pulumi.Output.all(vault.name, vault.arn, lock.id, policy.id)
        self.name = locked.apply(lambda values: str(values[0]))
        self.arn = locked.apply(lambda values: str(values[1]))
        self.register_outputs({"name": self.name, "arn": self.arn})
