"""The cluster that services and tasks run in."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..monitoring.alarm import notify_of_events
from ..section import verify
from .settings import ComputeSettings


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Inputs of `Cluster`.

    Attributes:
        context: Who and where.
        settings: Whether sessions of ECS Exec are logged, and for how long.
        vpc_id: The VPC in which the names of services are known.
    """

    context: Context
    settings: ComputeSettings = field(default_factory=ComputeSettings)
    vpc_id: pulumi.Input[str]


class Cluster(pulumi.ComponentResource):
    """An ECS cluster with metrics of every task, and private host names for its services.

    Creates the cluster `<prefix>-<environment>-<name>` with Container Insights, the private DNS namespace
    `<name>.<environment>.<prefix>.internal`, and with a topic of alarms a rule that notifies of failed
    deployments. With `exec_enabled` also the encrypted log group `/<prefix>/<environment>/<name>-exec`,
    which gets everything that is typed and shown in sessions of ECS Exec.

    Replaces the cluster with all its services: its name. Replaces the namespace, which must be empty: its
    name or VPC.

    Requirements: Compute, "ECS Fargate".

    Attributes:
        arn: ARN of the cluster.
        name: Name of the cluster.
        full_name: The same, known before the cluster is there: `<prefix>-<environment>-<name>`.
        namespace_id: Id of the private DNS namespace.
        namespace_name: `<name>.<environment>.<prefix>.internal`.
        exec_log_group_name: `/<prefix>/<environment>/<name>-exec`, whether sessions are logged or not.
    """

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    full_name: str
    namespace_id: pulumi.Output[str]
    namespace_name: str
    exec_log_group_name: str

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:compute:Cluster", name, None, opts)
        verify(f"Cluster {name}", args.settings)
        context = args.context
        child = pulumi.ResourceOptions(parent=self)
        cluster_name = context.name(name)
        self.full_name = cluster_name
        self.namespace_name = f"{name}.{context.environment}.{context.prefix}.internal"
        self.exec_log_group_name = f"/{context.path(name)}-exec"

        cluster = aws.ecs.Cluster(
            name,
            name=cluster_name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            configuration=self._exec_configuration(name, args),
            tags={"Name": cluster_name},
            opts=child,
        )
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            name,
            name=self.namespace_name,
            description=f"Services of {context.title}",
            vpc=args.vpc_id,
            tags={"Name": self.namespace_name},
            opts=child,
        )
        notify_of_events(
            f"{name}-deployments",
            rule_name=f"{cluster_name}-failed-deployments",
            description="A deployment has failed and, where there was one before, that one is back.",
            pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
                "resources": [
                    {"prefix": f"arn:aws:ecs:{context.region}:{context.account_id}:service/{cluster_name}/"}
                ],
            },
            topic_arn=context.alarm_topic_arn,
            opts=child,
        )

        self.arn = cluster.arn
        self.name = cluster.name
        self.namespace_id = namespace.id
        self.register_outputs(
            {
                "arn": self.arn,
                "name": self.name,
                "namespaceId": self.namespace_id,
                "namespaceName": self.namespace_name,
            }
        )

    def _exec_configuration(self, name: str, args: ClusterArgs) -> aws.ecs.ClusterConfigurationArgs | None:
        if not args.settings.exec_enabled:
            return None
        key_arn = args.context.key_arn(DataClass.LOGS)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-exec",
            name=self.exec_log_group_name,
            retention_in_days=args.settings.log_retention_days,
            kms_key_id=key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.context.protect),
        )
        return aws.ecs.ClusterConfigurationArgs(
            execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                logging="OVERRIDE",
                log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                    # Sessions are refused where it is set and the group has no key.
                    cloud_watch_encryption_enabled=key_arn is not None,
                    cloud_watch_log_group_name=log_group.name,
                ),
            )
        )
