"""The cluster that services and tasks run in."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.monitoring import notify_of_events


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Inputs of `Cluster`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the stack.
        region: The region of the stack's provider.
        vpc_id: The VPC in which the names of services are known.
        alarm_topic_arn: SNS topic that is told of failed deployments.
        exec_log_retention_days: Days that ECS Exec's sessions are kept; None where no service allows any.
        logs_key_arn: KMS key of their log group.
        protect: Whether Pulumi refuses to delete that log group.
    """

    environment: str
    account_id: str
    region: str
    vpc_id: pulumi.Input[str]
    alarm_topic_arn: pulumi.Input[str]
    exec_log_retention_days: int | None = None
    logs_key_arn: pulumi.Input[str]
    protect: bool


class Cluster(pulumi.ComponentResource):
    """An ECS cluster with metrics of every task, and private host names for its services.

    Creates the cluster `mpac-<environment>` with Container Insights, the private DNS namespace
    `<environment>.mpac.internal`, and a rule that tells of failed deployments. With ECS Exec also the
    encrypted log group `/mpac/<environment>/ecs-exec`, which gets everything that is typed and shown.

    Replaces the cluster with all its services: its name. Replaces the namespace, which must be empty: its
    name or VPC.

    Requirements: Compute, "ECS Fargate".

    Attributes:
        arn: ARN of the cluster.
        name: Name of the cluster.
        namespace_id: Id of the private DNS namespace.
        namespace_name: `<environment>.mpac.internal`.
    """

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    namespace_id: pulumi.Output[str]
    namespace_name: str

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:compute:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster_name = f"mpac-{args.environment}"
        self.namespace_name = f"{args.environment}.mpac.internal"

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
            description=f"Services of mpac {args.environment}",
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
                    {"prefix": f"arn:aws:ecs:{args.region}:{args.account_id}:service/{cluster_name}/"}
                ],
            },
            topic_arn=args.alarm_topic_arn,
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
        if args.exec_log_retention_days is None:
            return None
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-exec",
            name=f"/mpac/{args.environment}/ecs-exec",
            retention_in_days=args.exec_log_retention_days,
            kms_key_id=args.logs_key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        return aws.ecs.ClusterConfigurationArgs(
            execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                logging="OVERRIDE",
                log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                    cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=log_group.name
                ),
            )
        )
