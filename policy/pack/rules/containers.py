"""What a container may do to its host, and how tasks run."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..tasks import TASK, awaited, is_windows, judge_containers
from ..values import ABSENT, Unknown, read
from ..verdicts import IS_ABSENT, IS_FALSE, IS_SET, IS_TRUE, Check, Verdict, one_of

SERVICE = "aws:ecs/service:Service"
ECS = f"{SECURITY_HUB}/ecs-controls.html"
GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
# The oldest platform of Fargate whose tasks mount EFS and shield their metadata.
PLATFORM = (1, 4, 0)
# Drivers that take the log off the host.
LOG_DRIVERS = {"awslogs", "awsfirelens", "fluentd", "gelf", "splunk", "syslog"}


def _is_new_platform(value: Any) -> bool:
    numbers = str(value).split(".")
    if not all(number.isdecimal() for number in numbers):
        return value in (ABSENT, "", "LATEST")
    return tuple(map(int, numbers)) >= PLATFORM


def _is_root(value: Any) -> bool:
    user = str(value).partition(":")[0].strip()
    return value is ABSENT or user in ("", "root") or (user.isdecimal() and int(user) == 0)


IS_OTHER_USER = Check("a user other than root", lambda value: not _is_root(value))
IS_OWN = Check("nothing shared with the host", lambda value: value in (ABSENT, "", "task", "none"))
DROPS_ALL = Check("ALL", lambda value: isinstance(value, list) and "ALL" in value)
IS_NEW_PLATFORM = Check("LATEST, or 1.4.0 or newer", _is_new_platform)
LOGS_ELSEWHERE = one_of(LOG_DRIVERS)


@resource_rule(
    "ecs-not-privileged",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.4",), checkov=("CKV_AWS_334",)),
    reason="A privileged container is root on its host and reaches all that runs there.",
    remedy="Leave privileged out of the container definition.",
    url=f"{ECS}#ecs-4",
)
def ecs_not_privileged(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Privileges, and rights of the kernel beyond the default."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        yield IS_FALSE(task.urn, f"{path}.privileged", read(container, "privileged"))
        added = "linuxParameters.capabilities.add"
        yield IS_ABSENT(task.urn, f"{path}.{added}", read(container, added))

    yield from judge_containers(task, judge)


@resource_rule(
    "ecs-capabilities-dropped",
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A container that was broken into can use every right of the kernel that it was left.",
    remedy='Set linuxParameters.capabilities.drop to ["ALL"] in the container definition.',
    url=f"{GUIDE}/security-tasks-containers.html",
)
def ecs_capabilities_dropped(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Windows knows no such rights."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        dropped = "linuxParameters.capabilities.drop"
        yield DROPS_ALL(task.urn, f"{path}.{dropped}", read(container, dropped))

    if not is_windows(task):
        yield from judge_containers(task, judge)


@resource_rule(
    "ecs-not-root",
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.20",)),
    reason="Root in a container has one barrier less to the host.",
    remedy="Set user of the container definition to a user id other than 0.",
    url=f"{ECS}#ecs-20",
)
def ecs_not_root(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Without a user, a container runs as whom its image says, which is root as a rule."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        yield IS_OTHER_USER(task.urn, f"{path}.user", read(container, "user"))

    if not is_windows(task):
        yield from judge_containers(task, judge)


@resource_rule(
    "ecs-read-only",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.5",), pci=("7.2",), checkov=("CKV_AWS_336",)),
    reason="What cannot be written to cannot be replaced by an intruder.",
    remedy="Set readonlyRootFilesystem to true and mount a tmpfs or a volume where the program writes.",
    url=f"{ECS}#ecs-5",
)
def ecs_read_only(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Windows has no root file system that is read-only."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        name = "readonlyRootFilesystem"
        yield IS_TRUE(task.urn, f"{path}.{name}", read(container, name))

    if not is_windows(task):
        yield from judge_containers(task, judge)


@resource_rule(
    "ecs-apart-from-host",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.3", "ECS.17")),
    reason="In the network, processes or files of the host, a task sees what other tasks do.",
    remedy='Set network_mode="awsvpc" and leave out pid_mode, ipc_mode and host_path of volumes.',
    url=f"{ECS}#ecs-17",
)
def ecs_apart_from_host(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Only awsvpc gives a task security groups of its own; no mode means a bridge of the host."""
    yield task.must("networkMode", one_of({"awsvpc", "none"}))
    yield task.must("pidMode", IS_OWN)
    yield task.must("ipcMode", IS_OWN)
    for path, _volume in task.items("volumes"):
        yield task.must(f"{path}.hostPath", IS_ABSENT)


@resource_rule(
    "ecs-init-process",
    TASK,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="Without an init process, signals may not reach the program and dead children pile up.",
    remedy="Set linuxParameters.initProcessEnabled to true in the container definition.",
    url=f"{GUIDE}/task_definition_parameters.html#container_definition_linuxparameters",
)
def ecs_init_process(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Of Linux."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        name = "linuxParameters.initProcessEnabled"
        yield IS_TRUE(task.urn, f"{path}.{name}", read(container, name))

    if not is_windows(task):
        yield from judge_containers(task, judge)


@resource_rule(
    "ecs-container-logs",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ECS.9",)),
    reason="What a container that is gone had to say is found in its log only.",
    remedy="Set logConfiguration of the container definition to awslogs with a group, or to a router.",
    url=f"{ECS}#ecs-9",
)
def ecs_container_logs(task: Resource, _: Settings) -> Iterator[Verdict]:
    """By a driver that takes the log off the host."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        name = "logConfiguration.logDriver"
        driver = read(container, name)
        yield LOGS_ELSEWHERE(task.urn, f"{path}.{name}", driver)
        if driver == "awslogs":
            group = "logConfiguration.options.awslogs-group"
            yield IS_SET(task.urn, f"{path}.{group}", read(container, group))

    yield from judge_containers(task, judge)


@resource_rule(
    "ecs-essential",
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A task stays up without a container that is not essential, and nobody notices.",
    remedy="Leave out essential, or let others depend on the container's success, or give it a restart "
    "policy.",
    url=f"{GUIDE}/task_definition_parameters.html#container_definition_environment",
)
def ecs_essential(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Except for what only prepares the others, and what ECS starts again by itself."""
    conditions = awaited(task)

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        essential = read(container, "essential")
        restarts = read(container, "restartPolicy.enabled") is True
        if essential is not ABSENT and not isinstance(essential, Unknown) and not restarts:
            prepares = conditions.get(str(container.get("name"))) in ("SUCCESS", "COMPLETE")
            if not prepares:
                yield IS_TRUE(task.urn, f"{path}.essential", essential)
                return
        elif isinstance(essential, Unknown):
            yield task.not_judged(f"{path}.essential")
            return
        yield task.passes(f"{path}.essential")

    yield from judge_containers(task, judge)


@resource_rule(
    "ecs-task-limits",
    TASK,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A task without a limit takes the memory of its neighbours.",
    remedy="Set cpu and memory of the task, or memory of each container.",
    url=f"{GUIDE}/task_definition_parameters.html#task_size",
)
def ecs_task_limits(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Of the task as a whole, which Fargate demands, or of each container."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        yield IS_SET(task.urn, f"{path}.memory", read(container, "memory"))

    if task.has("memory"):
        yield task.must("memory", IS_SET)
    else:
        yield from judge_containers(task, judge)


@resource_rule(
    "ecs-platform-version",
    SERVICE,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.10",), checkov=("CKV_AWS_332",)),
    reason="Older platforms of Fargate get no fixes and cannot mount encrypted file systems.",
    remedy="Set platform_version to LATEST or to 1.4.0 or newer, or leave it out.",
    url=f"{ECS}#ecs-10",
)
def ecs_platform_version(service: Resource, _: Settings) -> Iterator[Verdict]:
    """Without a version, Fargate takes the latest."""
    yield service.must("platformVersion", IS_NEW_PLATFORM)
