"""ECS: settings of a service that are read back, and deployments that end.

moto starts no task of a service. Here a deployment ends at once: with all tasks running, or, where Fargate
could not start one (``local.aws.tasks``) or the control interface says so, taken back by the circuit breaker.
"""

import uuid
from typing import Any

from moto.core.common_models import BaseModel
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse

from local.aws.additions.operations import after, answers
from local.aws.additions.patching import attribute, expect_unchanged
from local.aws.call import Call, backend
from local.aws.task_network import TaskNetwork
from local.aws.tasks import obstacle
from local.aws.untyped import Moto

# Parameters of CreateService that moto forgets, and what AWS takes in their absence.
_KEPT: dict[str, tuple[str, object]] = {
    "deploymentConfiguration": ("deployment_configuration", None),
    "healthCheckGracePeriodSeconds": ("health_check_grace_period_seconds", None),
    "availabilityZoneRebalancing": ("availability_zone_rebalancing", "ENABLED"),
    "enableECSManagedTags": ("enable_ecs_managed_tags", False),
    "enableExecuteCommand": ("enable_execute_command", False),
}
# Changes of these alone start no tasks.
_WITHOUT_DEPLOYMENT = {
    "cluster",
    "service",
    "desiredCount",
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
}

# Names of the services whose next deployment fails.
_failing: set[str] = set()

expect_unchanged(Service, "__init__", digest="7161189d")
expect_unchanged(EC2ContainerServiceBackend, "update_service", digest="67910723")
for _name, _default in _KEPT.values():
    attribute(Service, _name, _default)
attribute(Service, "platform_family", "Linux")


def fail_next_deployment(service: str) -> dict[str, list[str]]:
    """Let the tasks of a service's next deployment end as soon as they have started."""
    _failing.add(service)
    return {"failing": sorted(_failing)}


class Deployment(BaseModel):
    """A deployment of a service, past or present."""

    def __init__(self, service: Moto, identity: str, problem: str | None, rolled_back: bool) -> None:
        self.service = service
        base = f"{service.cluster_name}/{service.name}"
        prefix = service.arn.partition(":service/")[0]
        now = utcnow()
        status = "SUCCESSFUL"
        if problem:
            status = "ROLLBACK_SUCCESSFUL" if rolled_back else "ROLLBACK_FAILED"
        self.document = {
            "serviceDeploymentArn": f"{prefix}:service-deployment/{base}/{uuid.uuid4().hex[:22]}",
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": now,
            "startedAt": now,
            "finishedAt": now,
            "status": status,
            "statusReason": f"Service deployment rolled back: {problem}" if problem else None,
        }
        self.revision = f"{prefix}:service-revision/{base}/{identity}"


@after("ecs", "CreateService")
def create(call: Call) -> None:
    """Keep what moto forgets, and start the tasks."""
    service = _service(call, call.params["serviceName"])
    for parameter, (name, default) in _KEPT.items():
        setattr(service, name, call.params.get(parameter, default))
    service.platform_version = call.params.get("platformVersion", "LATEST")
    service.deployed_definition = None
    _deploy(call, service)


@after("ecs", "UpdateService")
def update(call: Call) -> None:
    """Deploy again where AWS does, and run as many tasks as are wanted."""
    service = _service(call, call.params["service"].rpartition("/")[2])
    if call.params.keys() - _WITHOUT_DEPLOYMENT:
        _deploy(call, service)
    _run(service, service.desired_count)


@after("ecs", "StopTask")
def release_address(call: Call) -> None:
    """With a task goes its network interface, which would keep security group and subnet."""
    name = call.params.get("cluster", "default").rpartition("/")[2]
    tasks = call.backend("ecs").tasks[name]
    stopped = next(arn for arn in tasks if arn.endswith(call.params["task"].rpartition("/")[2]))
    interfaces = backend("ec2", call.region).enis
    for attachment in tasks[stopped].attachments:
        for detail in attachment["details"]:
            interfaces.pop(detail["value"], None)


def _deploy(call: Call, service: Moto) -> None:
    problem = _problem(call, service)
    before = service.deployed_definition
    if problem and before:
        service.task_definition = before
    elif not problem:
        service.deployed_definition = service.task_definition
    identity = str(uuid.uuid4().int % 10**19)
    service.deployments[0] |= {
        "id": f"ecs-svc/{identity}",
        "taskDefinition": service.task_definition,
        "createdAt": utcnow(),
        "updatedAt": utcnow(),
        "desiredCount": service.desired_count,
        "rolloutState": "FAILED" if problem else "COMPLETED",
        "rolloutStateReason": f"ECS deployment ecs-svc/{identity} {'failed' if problem else 'completed'}.",
        "failedTasks": 3 if problem else 0,
    }
    _run(service, 0 if problem and not before else service.desired_count)
    _deployments(call).append(Deployment(service, identity, problem, bool(before)))


def _problem(call: Call, service: Moto) -> str | None:
    if service.name in _failing:
        _failing.remove(service.name)
        return "ECS deployment circuit breaker: tasks failed to start."
    if not service.network_configuration:
        return None  # on an instance of somebody's
    definition = call.backend("ecs").describe_task_definition(service.task_definition)
    return obstacle(definition, TaskNetwork.of(service))


def _run(service: Moto, tasks: int) -> None:
    service.running_count, service.pending_count = tasks, 0
    service.deployments[0] |= {
        "runningCount": tasks,
        "pendingCount": 0,
        "desiredCount": service.desired_count,
    }


def _deployments(call: Call) -> list[Deployment]:
    ecs = call.backend("ecs")
    if not hasattr(ecs, "added_deployments"):
        ecs.added_deployments = []
    # Those of a deleted service are gone with it.
    ecs.added_deployments = [each for each in ecs.added_deployments if each.service.status == "ACTIVE"]
    found: list[Deployment] = ecs.added_deployments
    return found


@answers("ecs", "ListServiceDeployments", EC2ContainerServiceResponse)
def list_service_deployments(call: Call) -> dict[str, Any]:
    """The deployments of a service, the newest first."""
    service = _service(call, call.params["service"].rpartition("/")[2])
    return {
        "serviceDeployments": [
            each.document | {"targetServiceRevisionArn": each.revision}
            for each in reversed(_deployments(call))
            if each.service is service
            and ("status" not in call.params or each.document["status"] in call.params["status"])
        ]
    }


@answers("ecs", "DescribeServiceDeployments", EC2ContainerServiceResponse)
def describe_service_deployments(call: Call) -> dict[str, Any]:
    """Deployments by their ARNs."""
    by_arn = {each.document["serviceDeploymentArn"]: each for each in _deployments(call)}
    return {
        "serviceDeployments": [
            by_arn[arn].document | {"targetServiceRevision": {"arn": by_arn[arn].revision}}
            for arn in call.params["serviceDeploymentArns"]
            if arn in by_arn
        ],
        "failures": [
            {"arn": arn, "reason": "MISSING"}
            for arn in call.params["serviceDeploymentArns"]
            if arn not in by_arn
        ],
    }


def _service(call: Call, name: str) -> Moto:
    return call.backend("ecs")._get_service(call.params.get("cluster", "default"), name)  # noqa: SLF001
