"""The latch that keeps a failover from being taken back by itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..monitoring.alarm import Metric, alarm
from .latch_function.handler import METRIC, NAMESPACE
from .latch_policies import forwarding, function_permissions, latch_trust, queue_policy

CODE = Path(__file__).parent / "latch_function" / "handler.py"
TIMEOUT_SECONDS = 10
LOG_RETENTION_DAYS = 90
# The longest that SQS keeps a message.
FAILURE_RETENTION_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class FailoverLatchArgs:
    """Inputs of `FailoverLatch`.

    Attributes:
        context: Who and where, in the region that the latch is in: that of the standby.
        alarms: Names of the alarms that set the latch, by their region.
    """

    context: Context
    alarms: Mapping[str, Sequence[str]]


class FailoverLatch(pulumi.ComponentResource):
    """Remembers that the primary region has failed, until somebody clears it.

    Route 53 goes back to the primary by itself as soon as its check passes; after a failover the data has
    moved on, so that must wait for a person. An alarm sets the latch: EventBridge brings its state change
    from the alarm's region to the function `<prefix>-<environment>-<name>`, which writes 1 to the metric
    `MPAC/Failover` `Latched`. A health check follows an alarm on that metric and keeps its last status while
    the metric is silent.

    Creates the function with its role, encrypted log group and queue (TLS only) for what failed; an event
    rule in each region of the alarms and in its own; the alarm and the health check; an alarm on the queue.

    To clear it: `aws cloudwatch put-metric-data --region <region> --namespace MPAC/Failover --metric-name
    Latched --dimensions Latch=<prefix>-<environment>-<name> --value 0`.

    Replaces the health check: its alarm's name or region. The latch is then open until the next alarm.

    Requirements: Failover Behavior, "Manual failback after verification".

    Attributes:
        health_check_id: The health check: unhealthy while the latch is set.
        function_name: Name of the function.
    """

    health_check_id: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: FailoverLatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:dns:FailoverLatch", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._label = args.context.name(name)
        self._pattern = json.dumps(
            {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "detail": {
                    "alarmName": sorted(name for names in args.alarms.values() for name in names),
                    "state": {"value": ["ALARM"]},
                    # A new alarm may go off before the first task is healthy: that is no failure.
                    "previousState": {"value": ["OK"]},
                },
            }
        )
        function = self._function()
        self._deliver(function)
        self._forward([region for region in sorted(args.alarms) if region != args.context.region])
        self.health_check_id = self._health_check().id
        self.function_name = function.name
        self.register_outputs({"healthCheckId": self.health_check_id, "functionName": self.function_name})

    def _function(self) -> aws.lambda_.Function:
        args, label, region = self._args, self._label, self._args.context.region
        log_group = aws.cloudwatch.LogGroup(
            self._name,
            name=f"/aws/lambda/{label}",
            region=region,
            retention_in_days=LOG_RETENTION_DAYS,
            kms_key_id=args.context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=self, protect=args.context.protect),
        )
        failures = aws.sqs.Queue(
            self._name,
            name=f"{label}-failures",
            region=region,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=FAILURE_RETENTION_SECONDS,
            tags={"Name": f"{label}-failures"},
            opts=self._child,
        )
        aws.sqs.QueuePolicy(
            self._name,
            queue_url=failures.url,
            region=region,
            policy=failures.arn.apply(lambda arn: json.dumps(queue_policy(arn))),
            opts=self._child,
        )
        alarm(
            f"{self._name}-failures",
            Metric(
                namespace="AWS/SQS",
                name="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": failures.name},
                statistic="Maximum",
            ),
            alarm_name=f"{label}-failures",
            description=(
                "An alarm went off and the latch could not be set: set it by hand before names lead back."
            ),
            above=0,
            minutes=1,
            missing="notBreaching",
            topic_arn=args.context.alarm_topic_arn,
            region=region,
            opts=self._child,
        )
        role, policy = self._role(
            "function",
            "lambda.amazonaws.com",
            "publish-metric-and-log",
            pulumi.Output.all(log_group.arn, failures.arn).apply(
                lambda arns: function_permissions(str(arns[0]), str(arns[1]))
            ),
        )
        return aws.lambda_.Function(
            self._name,
            name=label,
            region=region,
            description=f"Sets the failover latch of {args.context.title}",
            runtime="python3.13",
            architectures=["arm64"],
            handler="handler.handle",
            # As text: a path would be that of whoever deploys.
            code=pulumi.AssetArchive({"handler.py": pulumi.StringAsset(CODE.read_text())}),
            role=role.arn,
            timeout=TIMEOUT_SECONDS,
            memory_size=128,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables={"LATCH": label}),
            dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=failures.arn),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=log_group.name),
            tags={"Name": label},
            # Lambda refuses a queue for failures that the role may not send to.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _role(
        self, suffix: str, service: str, policy_name: str, policy: pulumi.Input[dict[str, Any]]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role = aws.iam.Role(
            f"{self._name}-{suffix}",
            name=f"{self._label}-{suffix}",
            description=f"Failover latch of {self._args.context.title}: {suffix}",
            assume_role_policy=json.dumps(latch_trust(service, self._args.context.account_id)),
            opts=self._child,
        )
        permissions = aws.iam.RolePolicy(
            f"{self._name}-{suffix}",
            name=policy_name,
            role=role.name,
            policy=pulumi.Output.from_input(policy).apply(json.dumps),
            opts=self._child,
        )
        return role, permissions

    def _rule(self, region: str) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            f"{self._name}-{region}",
            name=self._label,
            region=region,
            description="An alarm of the primary region that sets the failover latch",
            event_pattern=self._pattern,
            tags={"Name": self._label},
            opts=self._child,
        )

    def _deliver(self, function: aws.lambda_.Function) -> None:
        """From the bus of the latch's region to the function."""
        region = self._args.context.region
        rule = self._rule(region)
        aws.lambda_.Permission(
            self._name,
            statement_id="AllowEventBridge",
            region=region,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-{region}",
            region=region,
            rule=rule.name,
            target_id="latch",
            arn=function.arn,
            opts=self._child,
        )

    def _forward(self, regions: Sequence[str]) -> None:
        """From the regions of the alarms to the bus of the latch's region."""
        bus = f"arn:aws:events:{self._args.context.region}:{self._args.context.account_id}:event-bus/default"
        role, policy = self._role("event-forwarding", "events.amazonaws.com", "put-events", forwarding(bus))
        for region in regions:
            aws.cloudwatch.EventTarget(
                f"{self._name}-{region}",
                region=region,
                rule=self._rule(region).name,
                target_id="latch-region",
                arn=bus,
                role_arn=role.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )

    def _health_check(self) -> aws.route53.HealthCheck:
        topic_arn = self._args.context.alarm_topic_arn
        topics = [topic_arn] if topic_arn else []
        latched = aws.cloudwatch.MetricAlarm(
            self._name,
            name=self._label,
            region=self._args.context.region,
            alarm_description=(
                "Names lead to the standby until the latch is cleared by hand, once failback is safe."
            ),
            namespace=NAMESPACE,
            metric_name=METRIC,
            dimensions={"Latch": self._label},
            # Route 53 follows alarms of standard resolution and simple statistics only.
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="missing",
            alarm_actions=topics,
            ok_actions=topics,
            opts=self._child,
        )
        return aws.route53.HealthCheck(
            self._name,
            type="CLOUDWATCH_METRIC",
            cloudwatch_alarm_name=latched.name,
            cloudwatch_alarm_region=self._args.context.region,
            # This is what latches: the metric is written once and then silent.
            insufficient_data_health_status="LastKnownStatus",
            tags={"Name": self._label},
            opts=self._child,
        )
