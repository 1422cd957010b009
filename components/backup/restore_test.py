"""Restore tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from .policies import BACKUP_TAGS, Frequency, restore_permissions
from .role import backup_role, keys_of_backups, resolved
from .settings import NEWEST_DAYS, RESTORE_TEST, START_WINDOW_MINUTES

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
        context: Who and where.
        vault_arn: The vault that backups are taken from.
        database: Where the database is restored to; none if it is not backed up.
    """

    context: Context
    vault_arn: pulumi.Input[str]
    database: RestoredDatabase | None = None


class RestoreTest(pulumi.ComponentResource):
    """Regular restores of the newest backups: only a backup that opens is proof of one.

    Creates a restore testing plan, named `<prefix>_<environment>_<name>` with underscores only, and in it a
    selection for each type of what is backed up, by the tags `Backup` and `Environment`: all file systems,
    and the database. Creates the role `<prefix>-<environment>-<name>`, which may restore them beside the
    others, and an event rule that notifies of a restore that fails. AWS Backup deletes what it restored after
    four hours.

    Replaces nothing that holds data.

    Requirements: not named there; it shows that "Backup Strategy" and "Elastic File System" work.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
    """

    def __init__(self, name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:backup:RestoreTest", name, None, opts)
        context = args.context
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        role_arn = backup_role(
            name,
            policy_name="restore-backups",
            policy=resolved(keys_of_backups(context)).apply(
                lambda key_arns: restore_permissions(
                    context,
                    subnet_group=args.database.subnet_group_name if args.database else None,
                    key_arns=key_arns,
                )
            ),
            description=f"Restore tests of {context.title}",
            failed=f"Restore tests of {context.title} that failed",
            context=context,
            opts=self._child,
        )
        plan = aws.backup.RestoreTestingPlan(
            name,
            # Hyphens are not allowed here.
            name=context.name(name).replace("-", "_"),
            schedule_expression=RESTORE_TEST,
            schedule_expression_timezone="Etc/UTC",
            start_window_hours=START_WINDOW_MINUTES // 60,
            recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[args.vault_arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=NEWEST_DAYS,
            ),
            opts=self._child,
        )
        # What may be said of a restored resource, by its type, and what AWS takes otherwise:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
        if args.database:
            self._selection(
                name,
                plan,
                role_arn,
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
        files_key_arn = context.key_arn(DataClass.FILES)
        self._selection(
            f"{name}-files",
            plan,
            role_arn,
            type_="EFS",
            selected="files",
            frequency="daily",
            # Else it would be encrypted with AWS's own key for EFS. To a new file system it is by default.
            overrides={} if files_key_arn is None else {"kmsKeyId": files_key_arn},
        )
        self.register_outputs({})

    def _selection(
        self,
        name: str,
        plan: aws.backup.RestoreTestingPlan,
        role_arn: pulumi.Output[str],
        *,
        type_: str,
        selected: str,
        frequency: Frequency,
        overrides: Mapping[str, pulumi.Input[str]],
    ) -> None:
        tags = {**BACKUP_TAGS[frequency], "Environment": self._args.context.environment}
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
            iam_role_arn=role_arn,
            opts=self._child,
        )
