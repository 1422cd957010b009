"""Scaling of a service by Application Auto Scaling."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..monitoring.alarm import Metric, alarm
from .attachments import TargetGroup
from .scaling import Scaling, TaskMetric

# The SDK's names are longer than a line.
_tracking = aws.appautoscaling
Specification = _tracking.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
Dimension = _tracking.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationDimensionArgs

# Of the running tasks, and at least one.
SCALE_OUT_PERCENT = 25
ALARM_MINUTES = 3


@dataclass(frozen=True, kw_only=True)
class ServiceScalingArgs:
    """Inputs of `ServiceScaling`.

    Attributes:
        context: Who and where.
        cluster_name: Name of the cluster.
        service: The service.
        service_name: Its name.
        scaling: Limits and targets.
        target_group: Target group of an application load balancer, where requests are counted; or None.
    """

    context: Context
    cluster_name: pulumi.Input[str]
    service: aws.ecs.Service
    service_name: str
    scaling: Scaling
    target_group: TargetGroup | None


class ServiceScaling(pulumi.ComponentResource):
    """Between which numbers of tasks a service scales, and by what.

    Creates the scalable target, a policy `cpu`, `memory`, `requests` and one for the tasks' own metric that
    each keep a value near its target, and the policy `scale-out` that alarms on CPU, memory and latency
    drive: a quarter more tasks at once when the targets are missed. The policy that wants most tasks wins,
    and tasks are taken away only when all that track a target agree.

    Replaces nothing of the service.

    Requirements: Compute, "Auto Scaling Groups" and "Target Tracking Scaling Policies".
    """

    def __init__(
        self, name: str, args: ServiceScalingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:compute:ServiceScaling", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._args = args
        self._target = aws.appautoscaling.Target(
            name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service.name),
            min_capacity=args.scaling.min_tasks,
            max_capacity=args.scaling.max_tasks,
            tags={"Name": f"{args.service_name}-scaling"},
            opts=self._child,
        )
        self._track(name)
        self._scale_out_on_alarms(name)
        self.register_outputs({})

    def _track(self, name: str) -> None:
        scaling, group = self._args.scaling, self._args.target_group
        self._follow(name, "cpu", scaling.cpu_percent, predefined="ECSServiceAverageCPUUtilization")
        self._follow(name, "memory", scaling.memory_percent, predefined="ECSServiceAverageMemoryUtilization")
        if group and scaling.requests_per_minute:
            self._follow(
                name,
                "requests",
                scaling.requests_per_minute,
                predefined="ALBRequestCountPerTarget",
                label=pulumi.Output.concat(group.load_balancer_arn_suffix, "/", group.arn_suffix),
            )
        if scaling.task_metric:
            self._follow(name, "task-metric", scaling.task_metric.target, own=scaling.task_metric)

    def _follow(
        self,
        name: str,
        what: str,
        target: float,
        *,
        predefined: str | None = None,
        label: pulumi.Input[str] | None = None,
        own: TaskMetric | None = None,
    ) -> None:
        scaling = self._args.scaling
        aws.appautoscaling.Policy(
            f"{name}-{what}",
            name=what,
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=(
                aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                    target_value=target,
                    scale_out_cooldown=scaling.scale_out_seconds,
                    scale_in_cooldown=scaling.scale_in_seconds,
                    predefined_metric_specification=(
                        aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                            predefined_metric_type=predefined, resource_label=label
                        )
                        if predefined
                        else None
                    ),
                    customized_metric_specification=self._metric(own) if own else None,
                )
            ),
            opts=self._child,
        )

    def _metric(self, metric: TaskMetric) -> Specification:
        return Specification(
            namespace=metric.namespace,
            metric_name=metric.name,
            statistic="Average",
            dimensions=[Dimension(name=key, value=value) for key, value in self._dimensions().items()],
        )

    def _dimensions(self) -> dict[str, pulumi.Input[str]]:
        return {"ClusterName": self._args.cluster_name, "ServiceName": self._args.service_name}

    def _scale_out_on_alarms(self, name: str) -> None:
        args = self._args
        policy = aws.appautoscaling.Policy(
            f"{name}-scale-out",
            name="scale-out",
            policy_type="StepScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="PercentChangeInCapacity",
                min_adjustment_magnitude=1,
                cooldown=args.scaling.scale_out_seconds,
                metric_aggregation_type="Average",
                step_adjustments=[
                    aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                        metric_interval_lower_bound="0", scaling_adjustment=SCALE_OUT_PERCENT
                    )
                ],
            ),
            opts=self._child,
        )
        for what, watched, threshold, unit in self._triggers():
            alarm(
                f"{name}-scale-out-{what}",
                watched,
                alarm_name=f"{args.service_name}-scale-out-{what}",
                description=f"{what} is above {threshold:g} {unit}: tasks are added, up to the most.",
                above=threshold,
                minutes=ALARM_MINUTES,
                missing="notBreaching",
                topic_arn=args.context.alarm_topic_arn,
                further_actions=[policy.arn],
                opts=self._child,
            )

    def _triggers(self) -> Iterator[tuple[str, Metric, float, str]]:
        scaling, group = self._args.scaling, self._args.target_group
        for what, metric, threshold in (
            ("cpu", "CPUUtilization", scaling.cpu_alarm_percent),
            ("memory", "MemoryUtilization", scaling.memory_alarm_percent),
        ):
            yield (
                what,
                Metric(namespace="AWS/ECS", name=metric, dimensions=self._dimensions()),
                threshold,
                "percent",
            )
        if group:
            watched = group.metric("TargetResponseTime", "p95")
            yield "latency", watched, scaling.latency_alarm_seconds, "seconds"
