"""Alarms of an application load balancer."""

import pulumi

from ..context import Context
from ..monitoring.alarm import Metric, alarm

# Name, metric, threshold and description. ELB reports only what happens, so silence is well.
_COUNTED = (
    (
        "errors",
        "HTTPCode_ELB_5XX_Count",
        50,
        "The load balancer itself answers with 5xx: no healthy target, or targets that hang.",
    ),
    (
        "connection-errors",
        "TargetConnectionErrorCount",
        50,
        "The load balancer cannot connect to tasks: overloaded, or a security group is wrong.",
    ),
    (
        "rejected-connections",
        "RejectedConnectionCount",
        0,
        "The load balancer has reached its limit of connections and rejects clients.",
    ),
)


def load_balancer_alarms(
    name: str, context: Context, arn_suffix: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> None:
    """Create the alarms `<prefix>-<environment>-<name>-<what>` on errors of the load balancer itself.

    Args:
        name: Name of the load balancer's resource.
        context: Who and where.
        arn_suffix: What CloudWatch calls the load balancer.
        opts: Options, with the parent.
    """
    for label, metric, above, description in _COUNTED:
        alarm(
            f"{name}-{label}",
            Metric(
                namespace="AWS/ApplicationELB",
                name=metric,
                dimensions={"LoadBalancer": arn_suffix},
                statistic="Sum",
            ),
            alarm_name=context.name(f"{name}-{label}"),
            description=description,
            above=above,
            minutes=2,
            out_of=3,
            missing="notBreaching",
            topic_arn=context.alarm_topic_arn,
            opts=opts,
        )


def no_target_alarm(
    name: str,
    service: str,
    context: Context,
    *,
    arn_suffix: pulumi.Output[str],
    group_arn_suffix: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> str:
    """Create the alarm on a service without a healthy task.

    Args:
        name: Name of the load balancer's resource.
        service: Name of the service.
        context: Who and where.
        arn_suffix: What CloudWatch calls the load balancer.
        group_arn_suffix: What it calls the service's target group.
        opts: Options, with the parent.

    Returns:
        Its name, `<prefix>-<environment>-<name>-<service>-no-targets`.
    """
    alarm_name = context.name(f"{name}-{service}-no-targets")
    alarm(
        f"{name}-{service}-no-targets",
        Metric(
            namespace="AWS/ApplicationELB",
            name="HealthyHostCount",
            dimensions={"TargetGroup": group_arn_suffix, "LoadBalancer": arn_suffix},
            statistic="Maximum",
        ),
        alarm_name=alarm_name,
        description=(
            f"No task of {service} is healthy. Route 53 takes the whole load balancer for failed, and "
            "leads to the other region where one stands by."
        ),
        below=1,
        minutes=1,
        missing="breaching",
        topic_arn=context.alarm_topic_arn,
        opts=opts,
    )
    return alarm_name
