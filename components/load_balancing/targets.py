"""Target groups."""

import pulumi
import pulumi_aws as aws

from components.load_balancing.routes import ServiceRoute

# Requirements: Health Checks.
HEALTH_INTERVAL_SECONDS = 30
HEALTH_TIMEOUT_SECONDS = 5
HEALTHY_AFTER = 2
UNHEALTHY_AFTER = 3


def target_group(
    name: str,
    route: ServiceRoute,
    *,
    environment: str,
    vpc_id: pulumi.Input[str],
    websocket: bool,
    drain_seconds: int,
    opts: pulumi.ResourceOptions,
) -> aws.lb.TargetGroup:
    """Create the target group of a service's tasks.

    Its name carries the port: a changed port replaces the group, and the new one needs a name of its own
    while a listener still uses the old one.

    Args:
        name: Name of the resource.
        route: What leads to the service.
        environment: Part of the group's name, `mpac-<environment>-<service>-<port>`.
        vpc_id: Where the tasks run.
        websocket: Whether it is for the network load balancer, which passes TCP on.
        drain_seconds: Seconds that connections to a task that goes may still last.
        opts: Options, with the parent.
    """
    group_name = f"mpac-{environment}-{'ws' if websocket else route.service}-{route.port}"
    return aws.lb.TargetGroup(
        name,
        name=group_name,
        target_type="ip",  # Fargate gives each task an address of its own
        protocol="TCP" if websocket else "HTTP",
        port=route.port,
        vpc_id=vpc_id,
        deregistration_delay=drain_seconds,
        load_balancing_algorithm_type=None if websocket else "least_outstanding_requests",
        # A task sees the device's address only when it is told to; security groups then judge that address.
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


def attached(group: aws.lb.TargetGroup, *users: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the group's ARN, known when listener or rule use it: ECS refuses a group that nobody uses."""
    return pulumi.Output.all(group.arn, *users).apply(lambda arns: str(arns[0]))
