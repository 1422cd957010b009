"""Restore tests."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.backup.policies import (
    BACKUP_TAGS,
    backup_trust,
    failures,
    resolved,
    restore_permissions,
    role_arn,
)
from components.monitoring import notify_of_events

# Hours that a restored database stays for people to look at.
KEPT_HOURS = 4


@dataclass(frozen=True, kw_only=True)
class RestoreTestArgs:
    """Inputs of `RestoreTest`.

    Attributes:
        environment: Part of every name; only a database tagged with it is restored.
        account_id: The account of the backups.
        region: The region of the stack's provider.
        vault_arn: The vault that backups are taken from.
        schedule: When, in UTC, as a cron expression of AWS Backup.
        start_window_hours: Hours, 1 to 168, in which the restore starts.
        newest_days: Days, 1 to 365; an older backup is not restored.
        parameter_group_name: Parameter group of the restored database.
        subnet_group_name: Subnet group of the restored database.
        security_group_id: Security group of the restored database; should let nobody in who writes.
        key_arns: KMS keys of the database and of its backups.
        alarm_topic_arn: SNS topic that is told of a restore that fails.
    """

    environment: str
    account_id: str
    region: str
    vault_arn: pulumi.Input[str]
    schedule: str
    start_window_hours: int
    newest_days: int
    parameter_group_name: pulumi.Input[str]
    subnet_group_name: str
    security_group_id: pulumi.Input[str]
    key_arns: Sequence[pulumi.Input[str]]
    alarm_topic_arn: pulumi.Input[str]


class RestoreTest(pulumi.ComponentResource):
    """Regular restores of the newest backup of the database: only a backup that opens is proof of one.

    Creates a restore testing plan `mpac_<environment>_restore_test` with a selection of databases by the tags
    `Backup` and `Environment`, a role that may restore them under new names, and an event rule that tells of
    a restore that fails. AWS Backup deletes what it restored after four hours.

    Replaces nothing that holds data.

    Requirements: not named there; it shows that "Backup Strategy" works.
    """

    def __init__(self, name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:RestoreTest", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role_name = f"mpac-{args.environment}-restore-test"

        role = aws.iam.Role(
            name,
            name=role_name,
            description=f"Restore tests of mpac {args.environment}",
            assume_role_policy=backup_trust(),
            opts=child,
        )
        permissions = aws.iam.RolePolicy(
            name,
            name="restore-databases",
            role=role.name,
            policy=resolved(args.key_arns).apply(
                lambda key_arns: restore_permissions(
                    args.environment,
                    args.account_id,
                    args.region,
                    subnet_group=args.subnet_group_name,
                    key_arns=key_arns,
                )
            ),
            opts=child,
        )
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
            opts=child,
        )
        tags = {**BACKUP_TAGS["weekly"], "Environment": args.environment}
        aws.backup.RestoreTestingSelection(
            name,
            name="database",
            restore_testing_plan_name=plan.name,
            protected_resource_type="RDS",
            protected_resource_conditions=aws.backup.RestoreTestingSelectionProtectedResourceConditionsArgs(
                string_equals=[
                    aws.backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
                        key=f"aws:ResourceTag/{key}", value=value
                    )
                    for key, value in tags.items()
                ]
            ),
            # Else it would be restored to the account's default VPC.
            restore_metadata_overrides={
                "dbSubnetGroupName": args.subnet_group_name,
                # And with the engine's defaults, which the role has no right to use.
                "dbParameterGroupName": args.parameter_group_name,
                "vpcSecurityGroupIds": pulumi.Output.from_input(args.security_group_id).apply(
                    lambda group: json.dumps([group])
                ),
            },
            validation_window_hours=KEPT_HOURS,
            iam_role_arn=pulumi.Output.all(role.arn, permissions.id).apply(lambda values: str(values[0])),
            opts=child,
        )
        notify_of_events(
            f"{name}-failures",
            rule_name=f"{role_name}-failures",
            description=f"Restore tests of mpac {args.environment} that failed",
            pattern=failures(role_arn(args.account_id, role_name)),
            topic_arn=args.alarm_topic_arn,
            opts=child,
        )
        self.register_outputs({})
