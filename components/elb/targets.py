"""Target groups."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from .routes import ServiceRoute

# Requirements: Health Checks.
HEALTH_INTERVAL_SECONDS = 30
HEALTH_TIMEOUT_SECONDS = 5
HEALTHY_AFTER = 2
UNHEALTHY_AFTER = 3
# What ELB takes as the name of a target group.
NAME_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class ServiceTargets:
    """A target group that a listener uses.

    Attributes:
        arn: ARN, known when a rule uses the group.
        arn_suffix: What CloudWatch calls it.
        port: Port of the tasks.
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    port: int


def target_group(
    name: str,
    route: ServiceRoute,
    *,
    context: Context,
    vpc_id: pulumi.Input[str],
    websocket: bool,
    drain_seconds: int,
    opts: pulumi.ResourceOptions,
) -> aws.lb.TargetGroup:
    """Create the target group `<prefix>-<environment>-<name>-<port>` of a service's tasks.

    Its name carries the port: a changed port replaces the group, and the new one needs a name of its own
    while a listener still uses the old one. Of a name that is too long for ELB the part before the port is
    cut.

    Args:
        name: Name of the resource.
        route: What leads to the service.
        context: Who and where.
        vpc_id: Where the tasks run.
        websocket: Whether it is for the network load balancer, which passes TCP on.
        drain_seconds: Seconds that connections to a task that goes may still last.
        opts: Options, with the parent.
    """
    end = f"-{route.port}"
    group_name = context.name(name)[: NAME_LENGTH - len(end)].rstrip("-") + end
    return aws.lb.TargetGroup(
        name,
        name=group_name,
        target_type="ip",  # Fargate gives each task an address of its own
        protocol="TCP" if websocket else "HTTP",
        port=route.port,
        vpc_id=vpc_id,
        deregistration_delay=drain_seconds,
        load_balancing_algorithm_type=None if websocket else "least_outstanding_requests",
        # With it a task sees the device's address, and security groups judge that address.
        preserve_client_ip="false" if websocket else None,
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            protocol="HTTP",
            path=route.health_path,
            port="traffic-port",
            matcher="200",
            interval=HEALTH_INTERVAL_SECONDS,
            timeout=HEALTH_TIMEOUT_SECONDS,
            healthy_threshold=HEALTHY_AFTER,
            unhealthy_threshold=UNHEALTHY_AFTER,
        ),
        tags={"Name": group_name},
        opts=opts,
    )


def used_by(
    group: aws.lb.TargetGroup, route: ServiceRoute, users: list[pulumi.Output[str]]
) -> ServiceTargets:
    """Describe a group, with an ARN that is known when listener or rules use it: ECS refuses it before.

    Args:
        group: The group.
        route: What leads to its service.
        users: ARNs of the listener or the rules.
    """
    return ServiceTargets(
        arn=pulumi.Output.all(group.arn, *users).apply(lambda arns: str(arns[0])),
        arn_suffix=group.arn_suffix,
        port=route.port,
    )
