"""Restore tests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.backup.policies import (
    BACKUP_TAGS,
    Frequency,
    backup_trust,
    failures,
    resolved,
    restore_permissions,
    role_arn,
)
from components.monitoring import notify_of_events

# Hours that what was restored stays for people to look at.
KEPT_HOURS = 4


@dataclass(frozen=True, kw_only=True)
class RestoredDatabase:
    """Where the database is restored to.

    Attributes:
        parameter_group_name: Its parameter group.
        subnet_group_name: Its subnet group.
        security_group_id: Its security group; should let nobody in who writes.
    """

    parameter_group_name: pulumi.Input[str]
    subnet_group_name: str
    security_group_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class RestoreTestArgs:
    """Inputs of `RestoreTest`.

    Attributes:
        environment: Part of every name; only what is tagged with it is restored.
        account_id: The account of the backups.
        region: The region of the stack's provider.
        vault_arn: The vault that backups are taken from.
        schedule: When, in UTC, as a cron expression of AWS Backup.
        start_window_hours: Hours, 1 to 168, in which the restore starts.
        newest_days: Days, 1 to 365; an older backup is not restored.
        database: Where the database is restored to; none if it is not backed up.
        files_key_arn: KMS key of the restored file systems.
        key_arns: KMS keys of what was backed up and of the backups.
        alarm_topic_arn: SNS topic that is told of a restore that fails.
    """

    environment: str
    account_id: str
    region: str
    vault_arn: pulumi.Input[str]
    schedule: str
    start_window_hours: int
    newest_days: int
    database: RestoredDatabase | None = None
    files_key_arn: pulumi.Input[str]
    key_arns: Sequence[pulumi.Input[str]]
    alarm_topic_arn: pulumi.Input[str]


class RestoreTest(pulumi.ComponentResource):
    """Regular restores of the newest backups: only a backup that opens is proof of one.

    Creates a restore testing plan `mpac_<environment>_restore_test` with a selection for each type of what is
    backed up, by the tags `Backup` and `Environment`: all file systems, and the database. Creates a role that
    may restore them beside the others, and an event rule that tells of a restore that fails. AWS Backup
    deletes what it restored after four hours.

    Replaces nothing that holds data.

    Requirements: not named there; it shows that "Backup Strategy" and "Elastic File System" work.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
    """

    def __init__(self, name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:RestoreTest", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        role_name = f"mpac-{args.environment}-restore-test"

        role = aws.iam.Role(
            name,
            name=role_name,
            description=f"Restore tests of mpac {args.environment}",
            assume_role_policy=backup_trust(),
            opts=self._child,
        )
        permissions = aws.iam.RolePolicy(
            name,
            name="restore-backups",
            role=role.name,
            policy=resolved(args.key_arns).apply(
                lambda key_arns: restore_permissions(
                    args.environment,
                    args.account_id,
                    args.region,
                    subnet_group=args.database.subnet_group_name if args.database else None,
                    key_arns=key_arns,
                )
            ),
            opts=self._child,
        )
        # Known only when the role may do what it is given for.
        able = pulumi.Output.all(role.arn, permissions.id).apply(lambda values: str(values[0]))
        plan = aws.backup.RestoreTestingPlan(
            name,
            # Hyphens are not allowed here.
            name=f"mpac_{args.environment}_restore_test",
            schedule_expression=args.schedule,
            schedule_expression_timezone="Etc/UTC",
            start_window_hours=args.start_window_hours,
            recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[args.vault_arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=args.newest_days,
            ),
            opts=self._child,
        )
        # What may be said of a restored resource, by its type, and what AWS takes otherwise:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
        if args.database:
            self._selection(
                name,
                plan,
                able,
                type_="RDS",
                selected="database",
                frequency="weekly",
                overrides={
                    # Else it would be restored to the account's default VPC.
                    "dbSubnetGroupName": args.database.subnet_group_name,
                    # And with the engine's defaults, which the role has no right to use.
                    "dbParameterGroupName": args.database.parameter_group_name,
                    "vpcSecurityGroupIds": pulumi.Output.from_input(args.database.security_group_id).apply(
                        lambda group: json.dumps([group])
                    ),
                },
            )
        self._selection(
            f"{name}-files",
            plan,
            able,
            type_="EFS",
            selected="files",
            frequency="daily",
            # Else it would be encrypted with AWS's own key for EFS. To a new file system it is by default.
            overrides={"kmsKeyId": args.files_key_arn},
        )
        notify_of_events(
            f"{name}-failures",
            rule_name=f"{role_name}-failures",
            description=f"Restore tests of mpac {args.environment} that failed",
            pattern=failures(role_arn(args.account_id, role_name)),
            topic_arn=args.alarm_topic_arn,
            opts=self._child,
        )
        self.register_outputs({})

    def _selection(
        self,
        name: str,
        plan: aws.backup.RestoreTestingPlan,
        able: pulumi.Output[str],
        *,
        type_: str,
        selected: str,
        frequency: Frequency,
        overrides: Mapping[str, pulumi.Input[str]],
    ) -> None:
        tags = {**BACKUP_TAGS[frequency], "Environment": self._args.environment}
        aws.backup.RestoreTestingSelection(
            name,
            name=selected,
            restore_testing_plan_name=plan.name,
            protected_resource_type=type_,
            protected_resource_conditions=aws.backup.RestoreTestingSelectionProtectedResourceConditionsArgs(
                string_equals=[
                    aws.backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
                        key=f"aws:ResourceTag/{key}", value=value
                    )
                    for key, value in tags.items()
                ]
            ),
            restore_metadata_overrides=overrides,
            validation_window_hours=KEPT_HOURS,
            iam_role_arn=able,
            opts=self._child,
        )
