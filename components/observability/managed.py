"""The managed Prometheus workspace."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.compute import Permission
from components.monitoring import Metric, alarm
from components.observability.configuration.alert_manager import alert_manager_configuration
from components.observability.configuration.rules import heartbeat_rules


@dataclass(frozen=True, kw_only=True)
class ManagedPrometheusArgs:
    """Inputs of `ManagedPrometheus`.

    Attributes:
        environment: Part of every name.
        region: The region of the stack's provider.
        rules: Rules, by name of the file.
        topic_arn: SNS topic that alerts and alarms go to; its policy must let the workspace publish.
        log_retention_days: Days that failures of rules and messages are kept.
        logs_key_arn: KMS key of their log group.
        protect: Whether Pulumi refuses to delete workspace and log group.
    """

    environment: str
    region: str
    rules: Mapping[str, str]
    topic_arn: pulumi.Input[str]
    log_retention_days: int
    logs_key_arn: pulumi.Input[str]
    protect: bool


class ManagedPrometheus(pulumi.ComponentResource):
    """A copy of all metrics that outlives the tasks, and what tells people of alerts.

    Creates the workspace `mpac-<environment>-metrics`, which keeps metrics for AWS's default of 150 days, its
    log group, the alert rules, and an Alertmanager that sends alerts to the topic. Alarms when an alert that
    always goes off does not, when rules cannot be evaluated, one for each file, and when messages cannot be
    sent.

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
        protected = pulumi.ResourceOptions(parent=self, protect=args.protect)
        full_name = f"mpac-{args.environment}-metrics"

        log_group = aws.cloudwatch.LogGroup(
            name,
            # AWS delivers to groups of this prefix without a policy for each.
            name=f"/aws/vendedlogs/prometheus/{full_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
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
            self._watch_rules(name, full_name, workspace, rules, args.topic_arn)
        aws.amp.AlertManagerDefinition(
            name,
            workspace_id=workspace.id,
            definition=pulumi.Output.from_input(args.topic_arn).apply(
                lambda arn: alert_manager_configuration(arn, args.region)
            ),
            opts=child,
        )
        self._watch(name, full_name, workspace, args.topic_arn)

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
        topic_arn: pulumi.Input[str],
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
