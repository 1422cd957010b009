"""What keeps Fargate from starting a task, as far as it is known: network, roles, secrets, logs.

Images are not looked for: nothing can push one here.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import re
from collections.abc import Iterator
from typing import Any

from local.aws.additions.secretsmanager import current_text, fields
from local.aws.call import backend
from local.aws.policies import role_may, role_trusts
from local.aws.task_network import TaskNetwork
from local.aws.untyped import Moto

_SECRET = re.compile(r"arn:aws:secretsmanager:([a-z0-9-]+):\d{12}:secret:[^:]+(?::([^:]*):[^:]*:[^:]*)?")
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)(?:[:@].*)?")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_INITIALIZATION = "ResourceInitializationError"
_PULLING = "CannotPullContainerError"


def obstacle(definition: Moto, network: TaskNetwork) -> str | None:
    """Why ECS cannot start every task of a definition in a network; None when it can."""
    return next(_obstacles(definition, network), None)


def _obstacles(definition: Moto, network: TaskNetwork) -> Iterator[str]:
    role = getattr(definition, "execution_role_arn", None)
    for container in definition.container_definitions:
        yield from _image_obstacles(container["image"], role, network)
        for secret in container.get("secrets", []):
            yield from _secret_obstacles(secret["valueFrom"], role, network)
        yield from _log_obstacles(container.get("logConfiguration", {}), role, network)
    for volume in getattr(definition, "volumes", None) or []:
        file_system = volume.get("efsVolumeConfiguration", {}).get("fileSystemId")
        if file_system and (reason := network.cut_off_from_files(file_system)):
            yield f"{_INITIALIZATION}: failed to invoke EFS utils commands to set up EFS volumes: {reason}"
    if role and not role_trusts(role, "ecs-tasks.amazonaws.com"):
        yield f"{_INITIALIZATION}: ECS was unable to assume the role {role}"


def _image_obstacles(image: str, role: str | None, network: TaskNetwork) -> Iterator[str]:
    match = _ECR.fullmatch(image)
    if not match:
        if reason := network.cut_off_from_internet():
            yield f"{_PULLING}: {image}: {reason}"
        return
    account, region, repository = match.groups()
    # What lies in another region has no endpoint here.
    ways = (
        (network.cut_off_from("ecr.api"), network.cut_off_from("ecr.dkr"))
        if region == network.region
        else (network.cut_off_from_internet(),)
    )
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    layers = network.cut_off_from_bucket(f"prod-{region}-starport-layer-bucket")
    for reason in filter(None, ways):
        yield f"{_INITIALIZATION}: unable to pull secrets or registry auth: {reason}"
    if layers:
        yield f"{_PULLING}: {image}: {layers}"
    arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
    if not role_may(role, "ecr:GetAuthorizationToken", "*"):
        yield f"{_INITIALIZATION}: {role} is not authorized to perform ecr:GetAuthorizationToken"
    for action in _PULL:
        if not role_may(role, action, arn):
            yield f"{_PULLING}: {role} is not authorized to perform {action} on {arn}"


def _log_obstacles(configuration: dict[str, Any], role: str | None, network: TaskNetwork) -> Iterator[str]:
    options = configuration.get("options", {})
    group, region = options.get("awslogs-group"), options.get("awslogs-region", network.region)
    if not group:
        return
    failed = f"{_INITIALIZATION}: failed to validate logger args"
    found = backend("logs", region).groups.get(group)
    if found is None:
        yield f"{failed}: the log group {group} does not exist in {region}"
        return
    way = network.cut_off_from("logs") if region == network.region else network.cut_off_from_internet()
    if way:
        yield f"{failed}: {way}"
    for action in _WRITE_LOGS:
        if not role_may(role, action, f"{found.arn.removesuffix(':*')}:log-stream:container"):
            yield f"{failed}: {role} is not authorized to perform {action} on {group}"


def _secret_obstacles(value_from: str, role: str | None, network: TaskNetwork) -> Iterator[str]:
    match = _SECRET.fullmatch(value_from)
    if not match:
        yield from _parameter_obstacles(value_from, role, network)
        return
    arn = ":".join(value_from.split(":")[:7])
    if match[1] != network.region:
        yield f"{_INITIALIZATION}: the secret {arn} is not in {network.region}"
        return
    if reason := network.cut_off_from("secretsmanager"):
        yield f"{_INITIALIZATION}: unable to pull secrets or registry auth: {reason}"
    secret = next(
        (each for each in backend("secretsmanager", match[1]).secrets.values() if each.arn == arn), None
    )
    text = current_text(secret)
    if text is None:
        yield f"{_INITIALIZATION}: Secrets Manager can't find the value of {arn}"
    elif match[2] and match[2] not in fields(text):
        yield f"{_INITIALIZATION}: the secret {arn} has no JSON key {match[2]}"
    if not role_may(role, "secretsmanager:GetSecretValue", arn):
        yield f"{_INITIALIZATION}: {role} is not authorized to perform GetSecretValue on {arn}"


def _parameter_obstacles(arn: str, role: str | None, network: TaskNetwork) -> Iterator[str]:
    if reason := network.cut_off_from("ssm"):
        yield f"{_INITIALIZATION}: unable to pull secrets or registry auth: {reason}"
    if not role_may(role, "ssm:GetParameters", arn):
        yield f"{_INITIALIZATION}: {role} is not authorized to perform ssm:GetParameters on {arn}"
