"""A service on Fargate."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..monitoring.alarm import alarm
from .alarms import ServiceAlarm, service_alarms
from .attachments import ScrapeTarget, TargetGroup
from .cluster import Cluster
from .discovery import host_name
from .scaling import Scaling
from .service_scaling import ServiceScaling, ServiceScalingArgs
from .task import FargateTask, FargateTaskArgs

PLATFORM_VERSION = "1.4.0"
# A deployment may go step by step, and ends when connections have drained. The provider would give up after
# 20 minutes, while ECS goes on: so it waits an hour, or where there are many steps as long as they may take.
# One that fails ends sooner, by the circuit breaker.
DEPLOYMENT_MINUTES = 60
MINUTES_PER_STEP = 5


@dataclass(frozen=True, kw_only=True)
class FargateServiceArgs:
    """Inputs of `FargateService`.

    Attributes:
        context: Who and where.
        task: What runs; gets the service's name.
        cluster: The cluster.
        subnet_ids: Private subnets of the tasks.
        security_group_ids: Security groups of the tasks.
        scaling: How the number of tasks follows the load, or a number that stays.
        target_groups: Target groups that the tasks join.
        discovery_name: First part of the tasks' host name, which ends with `Cluster.namespace_name`; None for
            none.
        registry_arn: In its place, a name that several services share: ARN of a service of Cloud Map.
        scrape: Where Prometheus finds metrics; None where there are none.
        minimum_healthy_percent: Share of the tasks that a deployment keeps running. With 0 and
            `maximum_percent` 100 the old task stops before the new one starts: for a single writer.
        maximum_percent: Share of the tasks that a deployment may run, old and new together. With 120 a fifth
            is replaced at a time; ECS rounds down, and waits for ever where that leaves no room for one more.
        health_grace_seconds: After a task's start, in which the load balancer's checks do not count.
        latency_seconds: 95th percentile of the time that answers may take; only with an application load
            balancer. A deployment during which it is exceeded is taken back.
        after: What is there before the tasks start, a component with everything in it: the network, which
            they pull images and read secrets through, and services that they need. Options of a component do
            not reach what is in it.
    """

    context: Context
    task: FargateTaskArgs
    cluster: Cluster
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    scaling: Scaling | int
    target_groups: Sequence[TargetGroup] = ()
    discovery_name: str | None = None
    registry_arn: pulumi.Input[str] | None = None
    scrape: ScrapeTarget | None = None
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    health_grace_seconds: int = 60
    latency_seconds: float = 1
    after: Sequence[pulumi.Resource] = ()


class FargateService(pulumi.ComponentResource):
    """A service on Fargate: tasks that are kept running, spread over the zones and scaled.

    Creates the task (`FargateTask`), the service `<prefix>-<environment>-<name>`, its host name in the
    cluster's namespace, its scaling (`ServiceScaling`), and alarms: on errors, latency and healthy targets of
    each target group, on running tasks where there is none.

    A deployment starts new tasks before old ones stop. One whose tasks fail, or during which errors or
    latency alarm, is taken back to the one before, and the update that began it fails. Tags of the service
    are on its tasks, where Prometheus finds them.

    The number of tasks belongs to the scaling, or to whoever scales by hand, once the service is created:
    nothing here changes it back.

    Replaces the service: its name, cluster or namespace. Everything else deploys it again in place.

    Requirements: Compute, "ECS Services Deployed", "Service Discovery" and "High Availability".

    Attributes:
        service_name: Name of the service, `<prefix>-<environment>-<name>`.
        service_arn: ARN of the service.
        task_role_arn: ARN of the role of the programs.
        execution_role_arn: ARN of the role that ECS starts tasks with.
        task_definition_arn: ARN of the task definition's revision.
        log_group_name: Name of the log group.
        host_name: Name under which other tasks find it; None without `discovery_name`.
    """

    service_name: pulumi.Output[str]
    service_arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    host_name: str | None

    def __init__(
        self, name: str, args: FargateServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:compute:FargateService", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._full_name = args.context.name(name)

        task = FargateTask(name, args.task, self._child)
        service = self._service(name, args, task)
        if isinstance(args.scaling, Scaling):
            ServiceScaling(
                name,
                ServiceScalingArgs(
                    cluster_name=args.cluster.name,
                    service=service,
                    service_name=self._full_name,
                    scaling=args.scaling,
                    target_group=next(
                        (each for each in args.target_groups if each.kind == "application"), None
                    ),
                    context=args.context,
                ),
                self._child,
            )

        self.service_name = service.name
        self.service_arn = service.arn
        self.task_role_arn = task.task_role_arn
        self.execution_role_arn = task.execution_role_arn
        self.task_definition_arn = task.arn
        self.log_group_name = task.log_group_name
        self.host_name = (
            f"{args.discovery_name}.{args.cluster.namespace_name}" if args.discovery_name else None
        )
        self.register_outputs(
            {
                "serviceName": self.service_name,
                "serviceArn": self.service_arn,
                "taskRoleArn": self.task_role_arn,
                "taskDefinitionArn": self.task_definition_arn,
                "logGroupName": self.log_group_name,
            }
        )

    def _service(self, name: str, args: FargateServiceArgs, task: FargateTask) -> aws.ecs.Service:
        main = args.task.containers[0]
        least_tasks = args.scaling.min_tasks if isinstance(args.scaling, Scaling) else args.scaling
        most_tasks = args.scaling.max_tasks if isinstance(args.scaling, Scaling) else args.scaling
        room = least_tasks * args.maximum_percent // 100 - least_tasks
        if args.minimum_healthy_percent >= 100 and room < 1:  # noqa: PLR2004
            raise ValueError(
                f"{self._full_name}: a maximum_percent of {args.maximum_percent} leaves no room for a new "
                f"task beside {least_tasks}, and a deployment would wait for ever."
            )
        steps = most_steps(range(least_tasks, most_tasks + 1), args.maximum_percent)
        wait = f"{max(DEPLOYMENT_MINUTES, MINUTES_PER_STEP * steps)}m"
        watched = list(
            service_alarms(
                cluster_name=args.cluster.name,
                service_name=self._full_name,
                target_groups=args.target_groups,
                tasks=least_tasks,
                latency_seconds=args.latency_seconds,
            )
        )
        alarms = [self._alarm(name, each, args.context.alarm_topic_arn) for each in watched]
        rollback_alarms = [f"{self._full_name}-{each.name}" for each in watched if each.rolls_back]
        return aws.ecs.Service(
            name,
            name=self._full_name,
            cluster=args.cluster.arn,
            task_definition=task.arn,
            launch_type="FARGATE",
            platform_version=PLATFORM_VERSION,
            desired_count=least_tasks,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids, security_groups=args.security_group_ids, assign_public_ip=False
            ),
            load_balancers=[
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=group.arn, container_name=main.name, container_port=group.port
                )
                for group in args.target_groups
            ],
            # AWS refuses it where no load balancer checks.
            health_check_grace_period_seconds=args.health_grace_seconds if args.target_groups else None,
            service_registries=self._registration(name, args),
            deployment_minimum_healthy_percent=args.minimum_healthy_percent,
            deployment_maximum_percent=args.maximum_percent,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=True, rollback=True
            ),
            alarms=(
                aws.ecs.ServiceAlarmsArgs(enable=True, rollback=True, alarm_names=rollback_alarms)
                if rollback_alarms
                else None
            ),
            # It starts a task in another zone before it stops one, which needs room for one more.
            availability_zone_rebalancing="ENABLED" if args.maximum_percent > 100 else "DISABLED",  # noqa: PLR2004
            enable_execute_command=args.task.exec_log_group_name is not None,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            tags={"Name": self._full_name, **(args.scrape.tags if args.scrape else {})},
            # Else a deployment that fails would look like one that went well, and the revision that a failed
            # one goes back to would be gone.
            wait_for_steady_state=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*alarms, *args.after],
                ignore_changes=["desiredCount"] if isinstance(args.scaling, Scaling) else None,
                custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait),
            ),
        )

    def _alarm(
        self, name: str, each: ServiceAlarm, topic_arn: pulumi.Input[str] | None
    ) -> aws.cloudwatch.MetricAlarm:
        return alarm(
            f"{name}-{each.name}",
            each.watched,
            alarm_name=f"{self._full_name}-{each.name}",
            description=each.description,
            above=each.above,
            below=each.below,
            minutes=each.minutes,
            out_of=each.out_of,
            missing=each.missing,
            topic_arn=topic_arn,
            opts=self._child,
        )

    def _registration(
        self, name: str, args: FargateServiceArgs
    ) -> aws.ecs.ServiceServiceRegistriesArgs | None:
        arn = args.registry_arn
        if args.discovery_name is not None:
            arn = host_name(
                name, args.cluster, args.discovery_name, tag=self._full_name, opts=self._child
            ).arn
        return aws.ecs.ServiceServiceRegistriesArgs(registry_arn=arn) if arn is not None else None


def most_steps(tasks: range, maximum_percent: int) -> int:
    """Return the steps of a deployment at that number of tasks that takes most.

    A step starts as many as there is room for, rounded down, and ends as many when they are healthy; tasks
    that drain take no room: `maximumPercent` in
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

    Args:
        tasks: Numbers of tasks that may run.
        maximum_percent: Share of them that may run during a deployment, old and new together.
    """
    return max(-(-each // max(1, each * maximum_percent // 100 - each)) for each in tasks)
