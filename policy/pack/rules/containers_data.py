"""The files and the secrets that a task gets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..rule import Reach, Severity, resource_rule
from ..settings import Settings
from ..tasks import TASK, judge_containers
from ..values import Unknown, read
from ..verdicts import Verdict, equals

VOLUME = "efsVolumeConfiguration"
ARN = re.compile(r"arn:[\w-]+:(secretsmanager|ssm):[^*]+")
# An ARN that is not known yet: an output of a secret, or one of another stack that says so.
COMING = re.compile(
    r"<unknown: [^<>]*(aws:secretsmanager/|aws:ssm/|#[^<>]*secret)[^<>]*>[^*]*", re.IGNORECASE
)


@resource_rule(
    "ecs-volume-access-points",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A task that mounts the whole file system, or without its role, reads the files of others.",
    remedy='Set authorization_config of the volume with access_point_id and iam="ENABLED".',
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html",
)
def ecs_volume_access_points(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Of volumes on EFS."""
    for path, volume in task.items("volumes"):
        if isinstance(volume, Unknown) or (isinstance(volume, Mapping) and VOLUME in volume):
            place = f"{path}.{VOLUME}.authorizationConfig"
            yield task.must_be_given(f"{place}.accessPointId")
            yield task.must(f"{place}.iam", equals("ENABLED"))


@resource_rule(
    "ecs-secrets-by-arn",
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A secret that is named loosely may be another one tomorrow.",
    remedy="Set valueFrom of each secret in the container definition to the ARN of the secret.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
)
def ecs_secrets_by_arn(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Of Secrets Manager or the parameter store; also those of the log driver."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        for name in ("secrets", "logConfiguration.secretOptions"):
            secrets = read(container, name)
            if isinstance(secrets, Unknown):
                yield task.not_judged(f"{path}.{name}")
            for index, secret in enumerate(secrets if isinstance(secrets, list) else ()):
                place = f"{path}.{name}[{index}].valueFrom"
                yield _exact(
                    task, place, read(secret, "valueFrom") if isinstance(secret, Mapping) else secret
                )

    yield from judge_containers(task, judge)


def _exact(task: Resource, path: str, value: Any) -> Verdict:
    text = f"<unknown: {value.source}>" if isinstance(value, Unknown) else value
    if isinstance(text, str) and (ARN.fullmatch(text) or COMING.fullmatch(text)):
        return task.passes(path)
    if isinstance(text, str) and text.startswith("<unknown: "):
        return task.not_judged(path)
    return task.fails(path, f"{path} is no ARN of a secret or a parameter")
