"""Flow logs of a VPC."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from .policies import flow_log_delivery, flow_log_trust

# Interfaces on Nitro, which is all of them here, report every minute whatever is set.
AGGREGATION_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Inputs of `FlowLogs`.

    Attributes:
        context: Who and where.
        vpc_id: The VPC whose traffic is logged.
        retention_days: Days that the logs are kept, one of those that CloudWatch Logs takes.
    """

    context: Context
    vpc_id: pulumi.Input[str]
    retention_days: int = 30


class FlowLogs(pulumi.ComponentResource):
    """Accepted and rejected traffic of a VPC, in CloudWatch Logs.

    Creates the encrypted log group `/<prefix>/<environment>/<name>`, the role that VPC Flow Logs writes
    with, and the flow log.

    Replaces the flow log: everything but its tags; the log group and what it holds stay.

    Requirements: Networking, "VPC Flow Logs".

    Attributes:
        log_group_name: Name of the log group.
        log_group_arn: ARN of the log group.
    """

    log_group_name: pulumi.Output[str]
    log_group_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:network:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        context = args.context
        log_group_name, role_name = f"/{context.path(name)}", context.name(name)

        log_group = aws.cloudwatch.LogGroup(
            name,
            name=log_group_name,
            retention_in_days=args.retention_days,
            kms_key_id=context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        role = aws.iam.Role(
            name,
            name=role_name,
            description=f"VPC Flow Logs of {context.title}",
            assume_role_policy=flow_log_trust(context.account_id, context.region),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            name,
            name="write-flow-logs",
            role=role.name,
            policy=flow_log_delivery(context.account_id, context.region, log_group_name),
            opts=child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags={"Name": role_name},
            # A flow log whose role may not write yet starts with a delivery error.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

        self.log_group_name = log_group.name
        self.log_group_arn = log_group.arn
        self.register_outputs({"logGroupName": self.log_group_name, "logGroupArn": self.log_group_arn})
