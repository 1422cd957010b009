"""Plans of AWS Backup."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..section import verify
from .policies import BACKUP_TAGS, Frequency, backup_permissions
from .role import backup_role, keys_of_backups, resolved
from .settings import DAILY, START_WINDOW_MINUTES, WEEKLY, BackupSettings

# A first backup of a large file system takes long; a job that is not done by then is a failed one.
COMPLETION_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class BackupPlansArgs:
    """Inputs of `BackupPlans`.

    Attributes:
        context: Who and where.
        settings: How long backups are kept.
        vault_name: The vault that backups go to.
        vault_arn: Its ARN.
        copy_vault_arn: ARN of a vault in the region that stands by, which gets copies of databases' backups;
            None for no copies.
        database: Whether databases are backed up as well.
    """

    context: Context
    settings: BackupSettings = field(default_factory=BackupSettings)
    vault_name: pulumi.Input[str]
    vault_arn: pulumi.Input[str]
    copy_vault_arn: pulumi.Input[str] | None = None
    database: bool = False


class BackupPlans(pulumi.ComponentResource):
    """Backups of whatever has the tag `Backup`, by AWS Backup: file systems daily, databases weekly.

    Creates the plans `<prefix>-<environment>-<name>-daily` and `...-weekly`, each with a selection by the
    tags `Backup` and `Environment`, the role `<prefix>-<environment>-<name>`, which may back up file systems
    and databases of the environment and nothing else, and an event rule that notifies of jobs which fail,
    expire or are done in part.

    Replaces a selection, and nothing that holds data: its tags, patterns or role. Backups outlive their plan.

    Requirements: Database, "Cross-Region Backup"; Storage, "Elastic File System".

    Attributes:
        plan_ids: Id of each plan.
    """

    plan_ids: dict[Frequency, pulumi.Output[str]]

    def __init__(self, name: str, args: BackupPlansArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:BackupPlans", name, None, opts)
        verify(f"BackupPlans {name}", args.settings)
        context, settings = args.context, args.settings
        if args.copy_vault_arn is not None and context.standby is None:
            raise ValueError(f"BackupPlans {name}: no region stands by for copies of backups.")
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._role_arn = backup_role(
            name,
            policy_name="create-and-copy-backups",
            policy=self._permissions(),
            description=f"AWS Backup in {context.title}",
            failed=f"Backups of {context.title} that failed",
            context=context,
            opts=self._child,
        )
        own = f"{context.region}:{context.account_id}"
        self.plan_ids = {
            "daily": self._plan(
                "daily",
                schedule=DAILY,
                retention_days=settings.daily_retention_days,
                resources=[f"arn:aws:elasticfilesystem:{own}:file-system/*"],
            )
        }
        if args.database:
            self.plan_ids["weekly"] = self._plan(
                "weekly",
                schedule=WEEKLY,
                retention_days=settings.weekly_retention_days,
                resources=[f"arn:aws:rds:{own}:db:{context.name('*')}"],
                copy_to=args.copy_vault_arn,
            )
        self.register_outputs({"planIds": self.plan_ids})

    def _permissions(self) -> pulumi.Output[str]:
        context, copy_vault_arn = self._args.context, self._args.copy_vault_arn
        copies = context.standby if copy_vault_arn is not None else None
        copies_key_arn = copies.key_arns.get(DataClass.BACKUPS) if copies else None
        vaults = [self._args.vault_arn, *([] if copy_vault_arn is None else [copy_vault_arn])]
        keys = [*keys_of_backups(context), *([] if copies_key_arn is None else [copies_key_arn])]
        return pulumi.Output.all(resolved(vaults), resolved(keys)).apply(
            lambda known: backup_permissions(
                context,
                [context.region, *([copies.region] if copies else [])],
                vault_arns=known[0],
                key_arns=known[1],
            )
        )

    def _plan(
        self,
        frequency: Frequency,
        *,
        schedule: str,
        retention_days: int,
        resources: Sequence[str],
        copy_to: pulumi.Input[str] | None = None,
    ) -> pulumi.Output[str]:
        context, name = self._args.context, f"{self._name}-{frequency}"
        copies = (
            [
                aws.backup.PlanRuleCopyActionArgs(
                    destination_vault_arn=copy_to,
                    lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=retention_days),
                )
            ]
            if copy_to is not None
            else None
        )
        plan = aws.backup.Plan(
            name,
            name=context.name(name),
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name=frequency,
                    target_vault_name=self._args.vault_name,
                    schedule=schedule,
                    start_window=START_WINDOW_MINUTES,
                    completion_window=COMPLETION_MINUTES,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=retention_days),
                    copy_actions=copies,
                )
            ],
            opts=self._child,
        )
        tags = {**BACKUP_TAGS[frequency], "Environment": context.environment}
        aws.backup.Selection(
            name,
            name=context.name(name),
            plan_id=plan.id,
            iam_role_arn=self._role_arn,
            resources=list(resources),
            conditions=[
                # All must hold, whereas one of several tags of a selection would do.
                aws.backup.SelectionConditionArgs(
                    string_equals=[
                        aws.backup.SelectionConditionStringEqualArgs(
                            key=f"aws:ResourceTag/{key}", value=value
                        )
                        for key, value in tags.items()
                    ]
                )
            ],
            opts=self._child,
        )
        return plan.id
