"""Settings of the application services. Requirements: ECS Services Deployed."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from ..field_types import (
    Distinct,
    FargateCpu,
    HostLabel,
    ImageReference,
    ImageVersion,
    LogRetentionDays,
    MemoryMib,
    PathPattern,
    Port,
    Tasks,
)
from ..problems import Problem
from ..regions import FARGATE_SIZES
from ..section import InvalidInput, Section, check, refusal
from ..storage.settings import BucketKind
from .container_settings import ServiceContainer

Path = Annotated[str, Field(pattern=r"^[\w.][\w./-]*$")]
Connections = Annotated[int, Field(ge=1)]
# An estimate of what a program holds, no limit of AWS: a task may open 1,048,576 files (containers.py).
ConnectionsPerTask = Annotated[int, Field(ge=1, le=60000)]
RequestsPerMinute = Annotated[int, Field(ge=1)]
DrainSeconds = Annotated[int, Field(ge=0, le=3600)]
# More than 100, or ECS could start no task beside those that run.
DeploymentPercent = Annotated[int, Field(ge=101, le=200)]


def _own_namespace(value: str) -> str:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
    if value.startswith("AWS/"):
        raise refusal("is a namespace of AWS's own metrics", "choose another, such as MPAC/WebSocket")
    return value


MetricNamespace = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./#:-]*$", max_length=255), AfterValidator(_own_namespace)
]


class TaskSize(Section):
    """How large a task is."""

    cpu: FargateCpu = 1024
    """CPU units of a task that Fargate has: 256, 512, 1024 (one vCPU), 2048, 4096, 8192 or 16384"""
    memory_mib: MemoryMib = 2048
    """MiB of memory of a task that Fargate has with its CPU"""


class Program(TaskSize):
    """A program: its image, and how large its task is."""

    image: ImageReference
    """an image with a tag other than latest, or with a sha256:... digest"""
    cpu: FargateCpu = 2048
    memory_mib: MemoryMib = 4096


class Build(Section):
    """An image that is built and pushed by the deployment itself; needs Docker and the awsx plugin."""

    context: Path
    """the directory that is built, relative to the project"""
    dockerfile: Path = "Dockerfile"
    """the file that says how, relative to the context"""


class ServiceSettings(ServiceContainer, TaskSize):
    """An application service on ECS: all that it is, and all that it may use.

    Its repository, role in the database, permissions, rules of the load balancer and alarms follow from it.
    """

    task_name: ClassVar[str]
    """Last part of the names in AWS, and of the repository of its images."""

    enabled: bool = True
    """true to run the service, false to leave it out"""
    image: ImageVersion | None = None
    """the tag other than latest, or the sha256:... digest, of an image in the service's repository"""
    build: Build | None = None
    """context and dockerfile, for an image that the deployment builds"""
    port: Port
    """the port, 1024 to 65535, that container, target group and security group share"""
    min_tasks: Tasks
    """tasks from 1 to 1000 that always run"""
    max_tasks: Tasks
    """tasks from 1 to 1000 that may run"""
    host: HostLabel
    """the first label of the host name at which the service is reached"""
    paths: Annotated[tuple[PathPattern, ...], Distinct, Field(min_length=1)] = ("/*",)
    """patterns of paths at that host, at least one, each once"""
    health_path: PathPattern = "/health"
    """the path of the load balancer's health checks"""
    drain_seconds: DrainSeconds = 60
    """seconds from 0 to 3600 in which requests to a task that goes may end"""
    deployment_percent: DeploymentPercent = 200
    """percent, from 101 to 200, of its tasks that may run while a release replaces them, old and new
    together: with 120 a fifth is replaced at a time"""
    requests_per_minute: RequestsPerMinute = 7500
    """requests per task and minute that scaling aims at. The requirements' 15,000 a second, dealt out by
    vCPU at the most tasks (100 a second and vCPU), with a quarter more so that the peak needs four of five
    tasks"""
    latency_seconds: Annotated[float, Field(gt=0, le=60)] = 0.5
    """seconds of p95 latency at which tasks are added; at twice as many people are notified"""
    buckets: Mapping[BucketKind, Literal["read", "write"]] = {}
    """buckets by kind (app-apk, receipts, settlements, exports, static-assets) with read or write, which
    allows to read, too"""
    database: bool = False
    """true to give it a role and a schema of its own in PostgreSQL, and the way to both"""
    cache: bool = False
    """true to give it user, password and address of the cache"""
    metric: MetricNamespace | None = None
    """the namespace in CloudWatch, not one of AWS's, in which its tasks publish ActiveConnections, which
    scaling tracks; none for a service without"""
    connections_per_task: ConnectionsPerTask | None = None
    """WebSockets per task, from 1 to 60000, that scaling aims at; none for a service without"""


class Portal(ServiceSettings):
    """svc-portal, which publishes packages for terminals, shows documents and makes exports.

    No service deletes an object: that is what lifecycles are for.
    """

    task_name = "svc-portal"
    port: Port = 8002
    min_tasks: Tasks = 2
    max_tasks: Tasks = 20
    host: HostLabel = "portal"
    buckets: Mapping[BucketKind, Literal["read", "write"]] = {
        "app-apk": "write",
        "receipts": "read",
        "settlements": "read",
        "exports": "write",
    }
    database: bool = True
    cache: bool = True


class Smarttab(ServiceSettings):
    """svc-smarttab, which holds the WebSockets of the devices and files receipts."""

    task_name = "svc-smarttab"
    port: Port = 8001
    cpu: FargateCpu = 2048
    memory_mib: MemoryMib = 4096
    min_tasks: Tasks = 5
    max_tasks: Tasks = 50
    host: HostLabel = "api"
    drain_seconds: DrainSeconds = 300
    # At the least tasks, 5, the smallest step there is.
    deployment_percent: DeploymentPercent = 120
    requests_per_minute: RequestsPerMinute = 15000
    buckets: Mapping[BucketKind, Literal["read", "write"]] = {"receipts": "write"}
    database: bool = True
    cache: bool = True
    metric: MetricNamespace | None = "MPAC/WebSocket"
    connections_per_task: ConnectionsPerTask = 8000
    expected_connections: Connections = 400000
    """WebSockets that all tasks together must be able to hold"""
    reconnects_per_step: Connections = 100000
    """WebSockets that a step of a release may close at once, when all tasks run"""

    @property
    def tasks_per_step(self) -> int:
        """The most tasks that a release replaces at a time; ECS rounds down."""
        return self.max_tasks * (self.deployment_percent - 100) // 100

    @property
    def closed_per_step(self) -> int:
        """The most WebSockets that go with them."""
        return self.tasks_per_step * self.connections_per_task


class Pgw(ServiceSettings):
    """mpac-pgw, which files settlements."""

    task_name = "mpac-pgw"
    port: Port = 8003
    min_tasks: Tasks = 3
    max_tasks: Tasks = 30
    host: HostLabel = "api"
    paths: Annotated[tuple[PathPattern, ...], Distinct, Field(min_length=1)] = ("/pgw/*",)
    buckets: Mapping[BucketKind, Literal["read", "write"]] = {"settlements": "write"}
    database: bool = True
    cache: bool = True


class Frontend(ServiceSettings):
    """mpac-frontend: the requirements name a target group but no task, so it is off."""

    task_name = "mpac-frontend"
    enabled: bool = False
    port: Port = 3000
    min_tasks: Tasks = 2
    max_tasks: Tasks = 10
    host: HostLabel = "app"


class Services(Section):
    """The application services. A new one comes last: the place of each gives its rules their priority."""

    portal: Portal = Portal()
    smarttab: Smarttab = Smarttab()
    pgw: Pgw = Pgw()
    frontend: Frontend = Frontend()

    def all(self) -> dict[str, ServiceSettings]:
        """Return every service as far as it is valid, by name."""
        services: dict[str, ServiceSettings] = {}
        for name in type(self).model_fields:
            with suppress(InvalidInput):
                services[name] = getattr(self, name)
        return services

    def enabled(self) -> dict[str, ServiceSettings]:
        """Return the services that run, by name."""
        return {name: service for name, service in self.all().items() if getattr(service, "enabled", False)}

    @property
    def with_database(self) -> tuple[str, ...]:
        """Names of the services that have a role in PostgreSQL, also when one is off for now."""
        return tuple(name for name, service in self.all().items() if getattr(service, "database", False))


class ComputeSettings(Section):
    """What all services share."""

    exec_enabled: bool = False
    """true to let operators open shells in containers, whose root file systems can be written to then, which
    needs an exemption from ecs-read-only for each service"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""


@check
def task_has_a_size_of_fargate(size: TaskSize) -> Iterator[Problem]:
    """ECS refuses a task definition of another size."""
    sizes = FARGATE_SIZES[size.cpu]
    if size.memory_mib not in sizes:
        yield Problem(
            key="memoryMib",
            value=size.memory_mib,
            rule=f"is no memory that Fargate has with {size.cpu} CPU units",
            remedy=f"choose from {', '.join(map(str, sizes))}",
        )


@check
def service_scales_upwards(service: ServiceSettings) -> Iterator[Problem]:
    """Application Auto Scaling refuses limits the wrong way round."""
    if service.min_tasks > service.max_tasks:
        yield Problem(
            key="minTasks",
            value=service.min_tasks,
            rule=f"is more than maxTasks ({service.max_tasks})",
            remedy="give fewer, or raise the other",
        )


@check
def service_has_an_image(service: ServiceSettings) -> Iterator[Problem]:
    """Nothing runs without an image, and of two it would be unclear which."""
    if (service.image is None) == (service.build is None):
        yield Problem(
            key="image",
            rule=(
                "is required, unless the deployment builds it"
                if service.image is None
                else "does not go with build"
            ),
            remedy="give the tag or digest of an image, or a build, but not both",
        )


@check
def release_has_room(service: ServiceSettings) -> Iterator[Problem]:
    """With the least tasks, too, one more must be able to start: ECS rounds the share down and else waits."""
    least = service.min_tasks
    if least * service.deployment_percent // 100 == least:
        yield Problem(
            key="deploymentPercent",
            value=service.deployment_percent,
            rule=f"leaves no room for a new task beside minTasks ({least})",
            remedy=f"give at least {100 + -(-100 // least)}, or run more tasks",
        )


@check
def metric_has_its_connections(service: ServiceSettings) -> Iterator[Problem]:
    """Scaling tracks the one to keep the other: with one of them alone it would do neither."""
    if (service.metric is None) != (service.connections_per_task is None):
        given, missing = ("metric", "connectionsPerTask")
        if service.metric is None:
            given, missing = missing, given
        yield Problem(
            key=missing,
            rule=f"is required beside {given}, for scaling tracks the connections of a task",
            remedy=f"give both, or take {given} away",
        )


@check
def connections_fit_the_tasks(smarttab: Smarttab) -> Iterator[Problem]:
    """Scaling stops at the most tasks; devices beyond it are turned away."""
    held = smarttab.max_tasks * smarttab.connections_per_task
    if held < smarttab.expected_connections:
        yield Problem(
            key="expectedConnections",
            value=smarttab.expected_connections,
            rule=f"is more than {smarttab.max_tasks} tasks hold ({held})",
            remedy="allow more tasks, or more connections per task",
        )


@check
def releases_reconnect_a_part(smarttab: Smarttab) -> Iterator[Problem]:
    """Devices whose task goes come back at once; too many end the release in an alarm."""
    if smarttab.closed_per_step > smarttab.reconnects_per_step:
        yield Problem(
            key="deploymentPercent",
            value=smarttab.deployment_percent,
            rule=f"replaces {smarttab.tasks_per_step} of {smarttab.max_tasks} tasks at a time, with "
            f"{smarttab.closed_per_step} WebSockets: more than reconnectsPerStep "
            f"({smarttab.reconnects_per_step})",
            remedy="give less, or allow more",
        )


@check
def memory_holds_what_is_written_to_it(service: ServiceSettings) -> Iterator[Problem]:
    """Files in memory count as the task's: one that fills more than half of it leaves too little to run."""
    if (mib := sum(service.tmpfs_mib.values())) > service.memory_mib // 2:
        yield Problem(
            key="tmpfsMib",
            value=dict(service.tmpfs_mib),
            rule=f"takes {mib} MiB, more than half of memoryMib ({service.memory_mib})",
            remedy="give the task more memory, or the paths less",
        )


@check
def paths_lead_to_one_service(services: Services) -> Iterator[Problem]:
    """Of two rules with the same host and path, the load balancer would follow one and never the other."""
    owners: dict[tuple[str, str], str] = {}
    for name, service in services.enabled().items():
        with suppress(InvalidInput):
            for index, path in enumerate(service.paths):
                owner = owners.setdefault((service.host, path), name)
                if owner != name:
                    yield Problem(
                        key=f"{name}.paths[{index}]",
                        value=path,
                        rule=f"leads to {owner} already, at the host {service.host}",
                        remedy="give every service paths or a host of its own",
                    )


@check
def ports_differ(services: Services) -> Iterator[Problem]:
    """Ports tell services apart in security group rules, also when one is off for now."""
    owners: dict[int, str] = {}
    for name, service in services.all().items():
        with suppress(InvalidInput):
            owner = owners.setdefault(service.port, name)
            if owner != name:
                yield Problem(
                    key=f"{name}.port",
                    value=service.port,
                    rule=f"is the port of {owner} already",
                    remedy="give every service a port of its own",
                )
