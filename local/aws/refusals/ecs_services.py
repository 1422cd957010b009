"""What ECS refuses of a service or cluster, and moto accepts."""

from collections.abc import Mapping
from typing import Any

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_INVALID = "InvalidParameterException"
_FULL = 100


@refuses("ecs", "CreateService")
def service_exists(call: Call) -> None:
    """A second service of the same name."""
    name = call.params.get("cluster", "default").rpartition("/")[2]
    existing = call.backend("ecs").services.get(f"{name}:{call.params['serviceName']}")
    if existing is not None and existing.status == "ACTIVE":
        raise AwsError(_INVALID, "Creation of service was not idempotent.")


@refuses("ecs", "CreateService", "UpdateService")
def deployment_limits(call: Call) -> None:
    """A deployment needs room to start a task or to stop one."""
    limits = call.params.get("deploymentConfiguration", {})
    most, least = limits.get("maximumPercent", 200), limits.get("minimumHealthyPercent", _FULL)
    if most <= _FULL and least >= _FULL:
        message = (
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
        raise AwsError(_INVALID, message)
    if most <= _FULL and call.params.get("availabilityZoneRebalancing") == "ENABLED":
        message = "availabilityZoneRebalancing does not support maximumPercent of 100 or less."
        raise AwsError(_INVALID, message)


@refuses("ecs", "CreateService")
def grace_period(call: Call) -> None:
    """Without a load balancer nothing checks."""
    if "healthCheckGracePeriodSeconds" in call.params and not call.params.get("loadBalancers"):
        message = "Health check grace period is only valid for services configured to use load balancers"
        raise AwsError(_INVALID, message)


@refuses("ecs", "CreateService", "UpdateService")
def load_balancers(call: Call) -> None:
    """A target group that takes addresses, on a load balancer, and a port that the container has."""
    attached = call.params.get("loadBalancers")
    if not attached:
        return
    definition = call.backend("ecs").describe_task_definition(_definition(call))
    for each in attached:
        _check_container(each, definition)
        group = backend("elbv2", call.region).target_groups.get(each["targetGroupArn"])
        if group is None:
            message = f"Unable to describe target groups: {each['targetGroupArn']} not found"
            raise AwsError(_INVALID, message)
        if group.target_type != "ip":
            message = (
                f"The provided target group {group.arn} has target type {group.target_type}, which is "
                "incompatible with the awsvpc network mode specified in the task definition."
            )
            raise AwsError(_INVALID, message)
        if not group.load_balancer_arns:
            message = (
                f"The target group with targetGroupArn {group.arn} does not have an associated load balancer."
            )
            raise AwsError(_INVALID, message)


def _check_container(attached: Mapping[str, Any], definition: Moto) -> None:
    name, port = attached["containerName"], attached["containerPort"]
    containers = [each for each in definition.container_definitions if each["name"] == name]
    if not containers:
        raise AwsError(_INVALID, f"The container {name} does not exist in the task definition.")
    if not any(mapping["containerPort"] == port for mapping in containers[0].get("portMappings", [])):
        raise AwsError(_INVALID, f"The container {name} did not have a container port {port} defined.")


def _definition(call: Call) -> str:
    given = call.params.get("taskDefinition")
    if given is None:
        name = call.params["service"].rpartition("/")[2]
        given = call.backend("ecs")._get_service(call.params["cluster"], name).task_definition  # noqa: SLF001
    return str(given)


@refuses("ecs", "CreateService", "UpdateService", "RunTask")
def inactive_definition(call: Call) -> None:
    """A revision that was deregistered starts nothing new."""
    given = call.params.get("taskDefinition")
    if given and call.backend("ecs").describe_task_definition(given).status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")


@refuses("ecs", "CreateService", "UpdateService", "RunTask")
def inactive_cluster(call: Call) -> None:
    """A deleted cluster takes nothing, though it is still described."""
    cluster = call.backend("ecs").clusters.get(call.params.get("cluster", "default").rpartition("/")[2])
    if cluster is not None and cluster.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")


@refuses("ecs", "DeleteCluster")
def cluster_in_use(call: Call) -> None:
    """A cluster with services stays."""
    name = call.params["cluster"].rpartition("/")[2]
    services = call.backend("ecs").services.values()
    if any(each.cluster_name == name and each.status == "ACTIVE" for each in services):
        message = "The Cluster cannot be deleted while Services are active."
        raise AwsError("ClusterContainsServicesException", message)
