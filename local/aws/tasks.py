"""What keeps Fargate from starting a task, as far as the local AWS knows: secrets, roles and log groups.

Images are not looked for: nothing can push one here.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.aws.call import backend
from local.aws.policies import role_may
from local.aws.untyped import Moto

_SECRET = re.compile(r"arn:aws:secretsmanager:([a-z0-9-]+):\d{12}:secret:[^:]+(?::([^:]*):[^:]*:[^:]*)?")


def obstacle(definition: Moto, region: str) -> str | None:
    """Why ECS cannot start a task of a definition in a region; None when it can."""
    return next(_obstacles(definition, region), None)


def _obstacles(definition: Moto, region: str) -> Iterator[str]:
    role = getattr(definition, "execution_role_arn", None)
    for container in definition.container_definitions:
        for secret in container.get("secrets", []):
            yield from _secret_obstacles(secret["valueFrom"], role, region)
        options = container.get("logConfiguration", {}).get("options", {})
        group = options.get("awslogs-group")
        where = options.get("awslogs-region", region)
        if group and group not in backend("logs", where).groups:
            yield f"ResourceInitializationError: the log group {group} does not exist in {where}"


def _secret_obstacles(value_from: str, role: str | None, region: str) -> Iterator[str]:
    match = _SECRET.fullmatch(value_from)
    if not match:
        return
    arn = ":".join(value_from.split(":")[:7])
    if match[1] != region:
        yield f"ResourceInitializationError: the secret {arn} is not in {region}"
        return
    secret = next(
        (each for each in backend("secretsmanager", region).secrets.values() if each.arn == arn), None
    )
    text = _value(secret)
    if text is None:
        yield f"ResourceInitializationError: Secrets Manager can't find the value of {arn}"
    elif match[2] and match[2] not in _fields(text):
        yield f"ResourceInitializationError: the secret {arn} has no JSON key {match[2]}"
    if not role_may(role, "secretsmanager:GetSecretValue", arn):
        yield f"ResourceInitializationError: {role} is not authorized to perform GetSecretValue on {arn}"


def _value(secret: Moto) -> str | None:
    """The current value of a secret or replica; None where there is none."""
    original = getattr(secret, "source", secret)
    version = getattr(original, "versions", {}).get(getattr(original, "default_version_id", None), {})
    value: str | None = version.get("secret_string")
    return value


def _fields(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
