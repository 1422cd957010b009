"""Enhanced monitoring of instances."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..iam import policy_json, trust


def monitoring_role(
    name: str, context: Context, instance_arns: Sequence[str], opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Create the role `<prefix>-<environment>-<name>` that enhanced monitoring of instances assumes.

    Returns:
        The role, and its policy, without which it delivers nothing.
    """
    role = aws.iam.Role(
        name,
        name=context.name(name),
        description=f"Enhanced monitoring of the databases of {context.title}",
        assume_role_policy=_trust(context.account_id, instance_arns),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        name,
        name="write-enhanced-monitoring-logs",
        role=role.name,
        policy=_delivery(context.account_id, context.region),
        opts=opts,
    )
    return role, policy


def _trust(account_id: str, instance_arns: Sequence[str]) -> str:
    condition = {
        "StringEquals": {"aws:SourceAccount": account_id},
        "ArnEquals": {"aws:SourceArn": list(instance_arns)},
    }
    return json.dumps(trust("monitoring.rds.amazonaws.com", condition))


def _delivery(account_id: str, region: str) -> str:
    """Allow what enhanced monitoring does, in its only log group; as AWS's managed policy, but narrower."""
    group = f"arn:aws:logs:{region}:{account_id}:log-group:RDSOSMetrics"
    return policy_json(
        {
            "Sid": "ManageLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:DescribeLogStreams", "logs:PutRetentionPolicy"],
            # What AWS authorises on a log group has an empty stream at its end, as a refusal shows:
            # `...:log-group:NAME:log-stream:`. A resource without `:*` matches nothing:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
            "Resource": f"{group}:*",
        },
        {
            "Sid": "WriteToTheLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:GetLogEvents", "logs:PutLogEvents"],
            "Resource": f"{group}:log-stream:*",
        },
    )
