"""The managed Prometheus workspace."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..compute.permissions import Permission
from ..context import Context, DataClass
from ..monitoring.alarm import Metric, alarm
from .configuration.alert_manager import alert_manager_configuration
from .configuration.rules import heartbeat_rules


@dataclass(frozen=True, kw_only=True)
class ManagedPrometheusArgs:
    """Inputs of `ManagedPrometheus`.

    Attributes:
        context: Who and where.
        rules: Rules, by name of the file.
        log_retention_days: Days that failures of rules and messages are kept.
    """

    context: Context
    rules: Mapping[str, str]
    log_retention_days: int = 90


class ManagedPrometheus(pulumi.ComponentResource):
    """A copy of all metrics that outlives the tasks, and what notifies people of alerts.

    Creates the workspace `<prefix>-<environment>-<name>`, which keeps metrics for AWS's default of 150 days,
    its log group, the alert rules, and an Alertmanager that sends alerts to the topic. Alarms when an alert
    that always goes off does not, when rules cannot be evaluated, one for each file, and when messages cannot
    be sent. Without a topic there is no Alertmanager, and nobody is notified.

    Replaces the workspace: nothing. Replaces rules: another name of the file.

    Requirements: Compute, "High Availability" of the observability services.

    Attributes:
        arn: ARN of the workspace.
        remote_write_url: Where Prometheus writes to.
    """

    arn: pulumi.Output[str]
    remote_write_url: pulumi.Output[str]

    def __init__(
        self, name: str, args: ManagedPrometheusArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:observability:ManagedPrometheus", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        protected = pulumi.ResourceOptions(parent=self, protect=args.context.protect)
        topic_arn = args.context.alarm_topic_arn
        full_name = args.context.name(name)

        log_group = aws.cloudwatch.LogGroup(
            name,
            # AWS delivers to groups of this prefix without a policy for each.
            name=f"/aws/vendedlogs/prometheus/{full_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.context.key_arn(DataClass.LOGS),
            opts=protected,
        )
        # Without a key of the stack: those are kept in two regions, and the service's API refuses such keys.
        workspace = aws.amp.Workspace(
            name,
            alias=full_name,
            logging_configuration=aws.amp.WorkspaceLoggingConfigurationArgs(
                log_group_arn=pulumi.Output.concat(log_group.arn, ":*")
            ),
            tags={"Name": full_name},
            opts=protected,
        )
        for rules, text in {**args.rules, "heartbeat": heartbeat_rules()}.items():
            aws.amp.RuleGroupNamespace(
                f"{name}-{rules}", name=rules, workspace_id=workspace.id, data=text, opts=child
            )
            self._watch_rules(name, full_name, workspace, rules, topic_arn)
        if topic_arn is not None:
            aws.amp.AlertManagerDefinition(
                name,
                workspace_id=workspace.id,
                definition=pulumi.Output.from_input(topic_arn).apply(
                    lambda arn: alert_manager_configuration(arn, args.context.region)
                ),
                opts=child,
            )
            self._watch(name, full_name, workspace, topic_arn)

        self.arn = workspace.arn
        self.remote_write_url = pulumi.Output.concat(workspace.prometheus_endpoint, "api/v1/remote_write")
        self.register_outputs({"arn": self.arn, "remoteWriteUrl": self.remote_write_url})

    @property
    def permission(self) -> Permission:
        """What a task needs to write to it."""
        return Permission(sid="WriteMetrics", actions=["aps:RemoteWrite"], resources=[self.arn])

    def _watch_rules(
        self,
        name: str,
        full_name: str,
        workspace: aws.amp.Workspace,
        rules: str,
        topic_arn: pulumi.Input[str] | None,
    ) -> None:
        alarm(
            f"{name}-{rules}-rules",
            # Counted for each group, here the only one of its file and of the same name, and not for the
            # workspace: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-CW-usage-metrics.html
            _metric(workspace, "RuleEvaluationFailures", {"RuleGroup": f"{rules};{rules}"}),
            alarm_name=f"{full_name}-{rules}-rules",
            description=f"Rules of {rules} in the managed workspace cannot be evaluated: see its log group.",
            above=0,
            minutes=5,
            missing="notBreaching",
            topic_arn=topic_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _watch(
        self, name: str, full_name: str, workspace: aws.amp.Workspace, topic_arn: pulumi.Input[str]
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        alarm(
            f"{name}-no-alerts-received",
            _metric(workspace, "AlertManagerAlertsReceived"),
            alarm_name=f"{full_name}-no-alerts-received",
            description="The alert that goes off as long as metrics reach the managed workspace does not: no "
            "other can either. See whether Prometheus runs and what its logs say of the remote write.",
            below=1,
            minutes=10,
            missing="breaching",
            topic_arn=topic_arn,
            opts=child,
        )
        alarm(
            f"{name}-notification-failures",
            _metric(workspace, "AlertManagerNotificationsFailed"),
            alarm_name=f"{full_name}-notification-failures",
            description="Alerts of the managed workspace do not reach the topic: see its log group, and the "
            "policies of the topic and its key.",
            above=0,
            minutes=5,
            missing="notBreaching",
            topic_arn=topic_arn,
            opts=child,
        )


def _metric(workspace: aws.amp.Workspace, name: str, dimensions: Mapping[str, str] | None = None) -> Metric:
    return Metric(
        namespace="AWS/Prometheus",
        name=name,
        dimensions={"Workspace": workspace.id, **(dimensions or {})},
        statistic="Sum",
    )
