"""Roles that AWS Backup works with."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..monitoring.alarm import notify_of_events
from .policies import backup_trust, failures

# Of what is backed up, and of the backups.
_CLASSES = (DataClass.BACKUPS, DataClass.DATABASE, DataClass.FILES)


def backup_role(
    name: str,
    *,
    policy_name: str,
    policy: pulumi.Input[str],
    description: str,
    failed: str,
    context: Context,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Create the role `<prefix>-<environment>-<name>`, and notify people of jobs in its name that fail.

    Args:
        name: Name of the resources.
        policy_name: Name of its policy.
        policy: What it may do.
        description: What it is for.
        failed: What failed, for the rule that notifies of it.
        context: Who and where.
        opts: Options, with the parent.

    Returns:
        ARN of the role, known only when it may do what it is for.
    """
    role_name = context.name(name)
    role = aws.iam.Role(
        name, name=role_name, description=description, assume_role_policy=backup_trust(), opts=opts
    )
    permissions = aws.iam.RolePolicy(name, name=policy_name, role=role.name, policy=policy, opts=opts)
    notify_of_events(
        f"{name}-failures",
        rule_name=f"{role_name}-failures",
        description=failed,
        pattern=failures(f"arn:aws:iam::{context.account_id}:role/{role_name}"),
        topic_arn=context.alarm_topic_arn,
        opts=opts,
    )
    return pulumi.Output.all(role.arn, permissions.id).apply(lambda values: str(values[0]))


def keys_of_backups(context: Context) -> list[pulumi.Input[str]]:
    """List the KMS keys of what is backed up and of the backups, as far as they are not AWS's own."""
    return [arn for each in _CLASSES if (arn := context.key_arn(each)) is not None]


def resolved(values: Sequence[pulumi.Input[str]]) -> pulumi.Output[list[str]]:
    """Wait for all values."""
    return pulumi.Output.all(*values).apply(lambda known: [str(value) for value in known])
