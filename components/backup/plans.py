"""Plans of AWS Backup."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.backup.policies import (
    BACKUP_TAGS,
    Frequency,
    backup_permissions,
    backup_trust,
    failures,
    resolved,
    role_arn,
)
from components.monitoring import notify_of_events

# A first backup of a large file system takes long; a job that is not done by then is a failed one.
COMPLETION_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class BackupRule:
    """When something is backed up, and for how long.

    Attributes:
        frequency: Names the plan; what has its tag is backed up.
        resource_arns: Patterns of ARNs that the tag counts for.
        schedule: When, in UTC, as a cron expression of AWS Backup.
        start_window_minutes: Minutes, at least 60, in which a backup has to start.
        retention_days: Days, at least 1, after which a backup and its copies are deleted.
        copy_to: ARN of a vault in another region that gets a copy.
    """

    frequency: Frequency
    resource_arns: Sequence[str]
    schedule: str
    start_window_minutes: int
    retention_days: int
    copy_to: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class BackupPlansArgs:
    """Inputs of `BackupPlans`.

    Attributes:
        environment: Part of every name; only what is tagged with it is backed up.
        account_id: The account of what is backed up.
        region: The region of the stack's provider.
        vault_name: The vault that backups go to.
        vault_arn: Its ARN.
        copy_regions: Regions of the vaults that get copies.
        key_arns: KMS keys of what is backed up, of the vault, and of the vaults that get copies.
        rules: One for each plan.
        alarm_topic_arn: SNS topic that is told of what fails.
    """

    environment: str
    account_id: str
    region: str
    vault_name: pulumi.Input[str]
    vault_arn: pulumi.Input[str]
    copy_regions: Sequence[str] = ()
    key_arns: Sequence[pulumi.Input[str]]
    rules: Sequence[BackupRule]
    alarm_topic_arn: pulumi.Input[str]


class BackupPlans(pulumi.ComponentResource):
    """Backups of whatever has the tag `Backup`, by AWS Backup.

    Creates for each rule a plan `mpac-<environment>-<frequency>` with a selection by the tags `Backup` and
    `Environment`, a role that may back up file systems and databases of the environment and nothing else, and
    an event rule that tells of jobs which fail, expire or are done in part.

    Replaces a selection, and nothing that holds data: its tags, patterns or role. Backups outlive their plan.

    Requirements: Database, "Cross-Region Backup"; Storage, "Elastic File System".

    Attributes:
        plan_ids: Id of each plan.
    """

    plan_ids: dict[Frequency, pulumi.Output[str]]

    def __init__(self, name: str, args: BackupPlansArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:BackupPlans", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        role_name = f"mpac-{args.environment}-backup"

        role = aws.iam.Role(
            name,
            name=role_name,
            description=f"AWS Backup in mpac {args.environment}",
            assume_role_policy=backup_trust(),
            opts=self._child,
        )
        permissions = aws.iam.RolePolicy(
            name, name="create-and-copy-backups", role=role.name, policy=self._permissions(), opts=self._child
        )
        # Known only when the role may do what it is given for.
        able = pulumi.Output.all(role.arn, permissions.id).apply(lambda values: str(values[0]))
        self.plan_ids = {
            rule.frequency: self._plan(f"{name}-{rule.frequency}", rule, able) for rule in args.rules
        }
        notify_of_events(
            f"{name}-failures",
            rule_name=f"{role_name}-failures",
            description=f"Backups of mpac {args.environment} that failed",
            pattern=failures(role_arn(args.account_id, role_name)),
            topic_arn=args.alarm_topic_arn,
            opts=self._child,
        )
        self.register_outputs({"planIds": self.plan_ids})

    def _permissions(self) -> pulumi.Output[str]:
        args = self._args
        vaults = resolved([args.vault_arn, *(rule.copy_to for rule in args.rules if rule.copy_to)])
        return pulumi.Output.all(vaults, resolved(args.key_arns)).apply(
            lambda known: backup_permissions(
                args.environment,
                args.account_id,
                [args.region, *args.copy_regions],
                vault_arns=known[0],
                key_arns=known[1],
            )
        )

    def _plan(self, name: str, rule: BackupRule, able: pulumi.Output[str]) -> pulumi.Output[str]:
        args = self._args
        plan_name = f"mpac-{args.environment}-{rule.frequency}"
        copies = (
            [
                aws.backup.PlanRuleCopyActionArgs(
                    destination_vault_arn=rule.copy_to,
                    lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=rule.retention_days),
                )
            ]
            if rule.copy_to
            else None
        )
        plan = aws.backup.Plan(
            name,
            name=plan_name,
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name=rule.frequency,
                    target_vault_name=args.vault_name,
                    schedule=rule.schedule,
                    start_window=rule.start_window_minutes,
                    completion_window=COMPLETION_MINUTES,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=rule.retention_days),
                    copy_actions=copies,
                )
            ],
            opts=self._child,
        )
        tags = {**BACKUP_TAGS[rule.frequency], "Environment": args.environment}
        aws.backup.Selection(
            name,
            name=plan_name,
            plan_id=plan.id,
            iam_role_arn=able,
            resources=list(rule.resource_arns),
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
