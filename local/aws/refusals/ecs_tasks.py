"""What ECS refuses of a task definition for Fargate, and moto accepts.

Sizes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

import re
from collections.abc import Iterator
from typing import Any

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

_INVALID = "ClientException"
# CPU units: least and most MiB of memory, and the step between.
_SIZES = {
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
_SMALLEST = {256: (512, 1024, 2048)}
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/.+")
_LONGEST_STOP = 120


@refuses("ecs", "RegisterTaskDefinition")
def fargate_size(call: Call) -> None:
    """Fargate has some sizes only."""
    if not _on_fargate(call):
        return
    cpu, memory = call.params.get("cpu"), call.params.get("memory")
    if cpu is None or memory is None:
        raise AwsError(
            _INVALID, f"Fargate requires that '{'memory' if cpu else 'cpu'}' be defined at the task level."
        )
    low, high, step = _SIZES.get(int(cpu), (1, 0, 1))
    if int(memory) not in (_SMALLEST.get(int(cpu)) or range(low, high + 1, step)):
        raise AwsError(
            _INVALID,
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values.",
        )


@refuses("ecs", "RegisterTaskDefinition")
def container_memory(call: Call) -> None:
    """Containers have no more memory together than their task.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    task = call.params.get("memory")
    reserved = sum(
        each.get("memoryReservation", each.get("memory", 0)) for each in call.params["containerDefinitions"]
    )
    if task and reserved > int(task):
        message = f"The containers of the task have {reserved} MiB of memory, and the task {task}."
        raise AwsError(_INVALID, message)


@refuses("ecs", "RegisterTaskDefinition")
def fargate_network(call: Call) -> None:
    """A task of Fargate has an interface of its own."""
    if _on_fargate(call) and call.params.get("networkMode") != "awsvpc":
        raise AwsError(_INVALID, "Fargate only supports network mode 'awsvpc'.")


@refuses("ecs", "RegisterTaskDefinition")
def execution_role(call: Call) -> None:
    """Whatever ECS does for a task before it starts needs a role."""
    if not _on_fargate(call) or call.params.get("executionRoleArn"):
        return
    for container in call.params["containerDefinitions"]:
        if needs := next(_needs_of(container), None):
            message = f"Fargate requires task definition to have execution role ARN to support {needs}."
            raise AwsError(_INVALID, message)


def _needs_of(container: dict[str, Any]) -> Iterator[str]:
    if container.get("secrets"):
        yield "secrets"
    if _ECR.fullmatch(container.get("image", "")):
        yield "ECR images"
    if container.get("logConfiguration", {}).get("logDriver") == "awslogs":
        yield "log driver awslogs"


@refuses("ecs", "RegisterTaskDefinition")
def containers(call: Call) -> None:
    """Names differ, one container is essential, volumes and dependencies exist."""
    definitions = call.params["containerDefinitions"]
    names = [each["name"] for each in definitions]
    volumes = {each["name"] for each in call.params.get("volumes", [])}
    if len(set(names)) < len(names):
        raise AwsError(_INVALID, "Container names within a task definition must be unique.")
    if not any(each.get("essential", True) for each in definitions):
        raise AwsError(_INVALID, "Invalid setting for container. At least one container must be essential.")
    for each in definitions:
        for mount in each.get("mountPoints", []):
            if mount["sourceVolume"] not in volumes:
                raise AwsError(_INVALID, f"Unknown volume '{mount['sourceVolume']}'.")
        for dependency in each.get("dependsOn", []):
            if dependency["containerName"] not in names:
                raise AwsError(_INVALID, f"Unknown container '{dependency['containerName']}' in dependsOn.")


@refuses("ecs", "RegisterTaskDefinition")
def fargate_containers(call: Call) -> None:
    """Fargate gives a container little of the host."""
    if not _on_fargate(call):
        return
    for each in call.params["containerDefinitions"]:
        if each.get("privileged"):
            raise AwsError(_INVALID, "Tasks using the Fargate launch type do not support 'privileged'.")
        if each.get("stopTimeout", 0) > _LONGEST_STOP:
            raise AwsError(_INVALID, f"The stopTimeout of a container on Fargate is {_LONGEST_STOP} at most.")
        added = each.get("linuxParameters", {}).get("capabilities", {}).get("add", [])
        if set(added) - {"SYS_PTRACE"}:
            raise AwsError(_INVALID, f"Fargate does not support adding the Linux capabilities {added}.")
        for mapping in each.get("portMappings", []):
            if mapping.get("hostPort") not in (None, mapping["containerPort"]):
                message = (
                    "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
                )
                raise AwsError(_INVALID, message)


def _on_fargate(call: Call) -> bool:
    return "FARGATE" in call.params.get("requiresCompatibilities", [])
