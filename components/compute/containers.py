"""Containers of a task, and what ECS takes as their definition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from .permissions import SecretValue

# Of the requirements' images none has more than 65,534, "nobody", in use.
NOBODY = "65534:65534"
# Fargate's longest.
STOP_SECONDS = 120
# Each socket is an open file. By default Fargate allows 65,535; how many at most AWS does not say, and others
# have this many: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html,
# https://github.com/reown-com/blockchain-api/pull/1183
_OPEN_FILES = {"name": "nofile", "softLimit": 1024 * 1024, "hardLimit": 1024 * 1024}
# Of its container's memory, what a program in Go lets its heap grow to: the garbage collector overshoots, and
# stacks and mapped files come on top (https://go.dev/doc/gc-guide#Memory_limit: leave 5 to 10 percent).
GO_MEMORY_PERCENT = 90


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume of the task in a container.

    Attributes:
        volume: Name of the volume.
        path: Where it appears.
        read_only: Whether the container may only read it.
    """

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class HealthCommand:
    """A command that ECS runs in a container; only for images that have its programs.

    Attributes:
        command: Program and arguments, without a shell.
        interval_seconds: Between two runs, 5 to 300.
        timeout_seconds: Until a run has failed, 2 to 60.
        retries: Consecutive failures that make the container unhealthy, 1 to 10.
        start_seconds: After the start, in which failures do not count, 0 to 300.
    """

    command: Sequence[str]
    interval_seconds: int = 30
    timeout_seconds: int = 5
    retries: int = 3
    start_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container of a task.

    Its root file system is read-only, it runs an init process, has no capabilities of Linux and is nobody's
    root unless `user` says so. `/tmp` is memory.

    Each has a limit of memory of its own: without one a program sees all of the virtual machine that Fargate
    has put the task on, which is larger than the task, and takes what ends the task.

    Attributes:
        name: Name within the task; also the first part of its log streams.
        image: Image with an immutable tag or a digest.
        ports: TCP ports that it listens on.
        environment: Environment variables that are no secrets.
        secrets: Environment variables from Secrets Manager or SSM.
        entry_point: In the place of the image's.
        command: In the place of the image's.
        user: `uid:gid`; None for the image's own.
        read_only_root: Whether its root file system can only be read.
        mounts: Volumes. An `EmptyVolume` belongs to root, with mode 0755, unless the image declares a volume
            at the same path: only a container with user `0:0` can fill it.
        tmpfs_mib: Writable paths in memory, world-writable, and their sizes in MiB. On Fargate since
            January 2026:
            https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/
        health: Command that tells whether it is healthy; None where a load balancer checks.
        essential: Whether the task ends with it; False for what runs first and ends.
        after: Containers that must have come to a state before it starts.
        stop_seconds: Between SIGTERM and SIGKILL, up to 120.
        memory_mib: MiB of the task's memory, at least 6, that it may use; what is in `tmpfs_mib` counts. The
            first container of a task has none and gets what the others leave.
        many_sockets: Whether it may open 1,048,576 files in the place of Fargate's 65,535.
        is_go: Whether its program is written in Go, and gets that limit as `GOMEMLIMIT`.
    """

    name: str
    image: pulumi.Input[str]
    ports: Sequence[int] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    secrets: Mapping[str, SecretValue] = field(default_factory=dict)
    entry_point: Sequence[str] = ()
    command: Sequence[pulumi.Input[str]] = ()
    user: str | None = NOBODY
    read_only_root: bool = True
    mounts: Sequence[Mount] = ()
    tmpfs_mib: Mapping[str, int] = field(default_factory=lambda: {"/tmp": 64})  # noqa: S108
    health: HealthCommand | None = None
    essential: bool = True
    after: Mapping[str, Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]] = field(default_factory=dict)
    stop_seconds: int = STOP_SECONDS
    memory_mib: int | None = None
    many_sockets: bool = False
    is_go: bool = False


def container_definitions(
    containers: Sequence[Container],
    *,
    memory_mib: int,
    log_group: str,
    region: str,
    writable_root: bool = False,
) -> list[dict[str, Any]]:
    """Write the containers of a task as ECS takes them.

    Logs are dropped rather than awaited when CloudWatch falls behind: a service must not stop for them.
    """
    return [
        {
            "name": each.name,
            "image": each.image,
            "essential": each.essential,
            "memory": mib,
            "readonlyRootFilesystem": each.read_only_root and not writable_root,
            "linuxParameters": {
                "initProcessEnabled": True,
                "capabilities": {"drop": ["ALL"]},
                "tmpfs": [
                    {"containerPath": path, "size": mib, "mountOptions": ["nosuid", "nodev", "mode=1777"]}
                    for path, mib in each.tmpfs_mib.items()
                ],
            },
            "stopTimeout": each.stop_seconds,
            "portMappings": [
                {"containerPort": port, "hostPort": port, "protocol": "tcp"} for port in each.ports
            ],
            "environment": [
                {"name": key, "value": value} for key, value in sorted(_environment(each, mib).items())
            ],
            "secrets": [
                {"name": key, "valueFrom": _value_from(secret)}
                for key, secret in sorted(each.secrets.items())
            ],
            "mountPoints": [
                {"sourceVolume": mount.volume, "containerPath": mount.path, "readOnly": mount.read_only}
                for mount in each.mounts
            ],
            "dependsOn": [
                {"containerName": name, "condition": condition} for name, condition in each.after.items()
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": log_group,
                    "awslogs-region": region,
                    "awslogs-stream-prefix": each.name,
                    "mode": "non-blocking",
                    "max-buffer-size": "25m",
                },
            },
        }
        | ({"user": each.user} if each.user else {})
        | ({"entryPoint": list(each.entry_point)} if each.entry_point else {})
        | ({"command": list(each.command)} if each.command else {})
        | ({"healthCheck": _health_check(each.health)} if each.health else {})
        | ({"ulimits": [_OPEN_FILES]} if each.many_sockets else {})
        for each, mib in zip(containers, memory_of(containers, memory_mib), strict=True)
    ]


def memory_of(containers: Sequence[Container], task_mib: int) -> list[int]:
    """Deal out the memory of a task: its first container gets what the others leave.

    ECS refuses a task whose containers together have more than it has.

    Raises:
        ValueError: They leave less than half; or one of them has no figure.
    """
    main, *others = containers
    given = [each.memory_mib or 0 for each in others]
    left = task_mib - sum(given)
    if not all(given) or main.memory_mib is not None or 2 * left < task_mib:
        figures = ", ".join(f"{each.name} {each.memory_mib}" for each in containers)
        raise ValueError(
            f"Of {task_mib} MiB the containers beside the main one may have half, each so many: {figures}"
        )
    return [left, *given]


def _environment(container: Container, mib: int) -> dict[str, pulumi.Input[str]]:
    limit = {"GOMEMLIMIT": f"{mib * GO_MEMORY_PERCENT // 100}MiB"} if container.is_go else {}
    return {**container.environment, **limit}


def _value_from(secret: SecretValue) -> pulumi.Input[str]:
    # The empty parts are stage and version: the current value.
    return (
        pulumi.Output.format("{0}:{1}::", secret.arn, secret.json_field) if secret.json_field else secret.arn
    )


def _health_check(health: HealthCommand) -> dict[str, Any]:
    return {
        "command": ["CMD", *health.command],
        "interval": health.interval_seconds,
        "timeout": health.timeout_seconds,
        "retries": health.retries,
        "startPeriod": health.start_seconds,
    }
