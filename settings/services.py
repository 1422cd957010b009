"""Settings of the application services. Requirements: ECS Services Deployed."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, ClassVar

from pydantic import Field

from settings.fields import (
    Connections,
    ConnectionsPerTask,
    DeploymentPercent,
    Distinct,
    DrainSeconds,
    FargateCpu,
    HostLabel,
    ImageVersion,
    InvalidInput,
    LogRetentionDays,
    MemoryMib,
    Path,
    PathPattern,
    Port,
    RequestsPerMinute,
    Seconds,
    Section,
    Tasks,
)
from settings.service_container import ServiceContainer


class Build(Section):
    """An image that is built and pushed by the deployment itself; needs Docker and the awsx plugin."""

    context: Path
    """the directory that is built, relative to the project"""
    dockerfile: Path = "Dockerfile"
    """the file that says how, relative to the context"""


class Service(ServiceContainer):
    """An application service on ECS."""

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
    cpu: FargateCpu = 1024
    """CPU units of a task that Fargate has: 256, 512, 1024 (one vCPU), 2048, 4096, 8192 or 16384"""
    memory_mib: MemoryMib = 2048
    """MiB of memory of a task that Fargate has with its CPU"""
    min_tasks: Tasks
    """tasks from 1 to 1000 that always run"""
    max_tasks: Tasks
    """tasks from 1 to 1000 that may run"""
    host: HostLabel
    """the first label of the host name at which the service is reached"""
    paths: Annotated[tuple[PathPattern, ...], Distinct, Field(min_length=1)] = ("/*",)
    """patterns of paths at that host, at least one, each once"""
    health_path: PathPattern = "/health"
    """the path that the load balancer asks"""
    drain_seconds: DrainSeconds = 60
    """seconds from 0 to 3600 in which requests to a task that goes may end"""
    deployment_percent: DeploymentPercent = 200
    """percent, from 101 to 200, of its tasks that may run while a release replaces them, old and new
    together: with 120 a fifth is replaced at a time"""
    requests_per_minute: RequestsPerMinute = 7500
    """requests per task and minute that scaling aims at. The requirements' 15,000 a second, dealt out by
    vCPU at the most tasks (100 a second and vCPU), with a quarter more so that the peak needs four of five
    tasks"""
    latency_seconds: Seconds = 0.5
    """seconds that 19 of 20 answers may take before tasks are added; at twice as many people are told"""


class Portal(Service):
    """svc-portal."""

    task_name = "svc-portal"
    port: Port = 8002
    min_tasks: Tasks = 2
    max_tasks: Tasks = 20
    host: HostLabel = "portal"


class Smarttab(Service):
    """svc-smarttab, which holds the WebSockets of the devices."""

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
    connections_per_task: ConnectionsPerTask = 8000
    """WebSockets per task, from 1 to 60000, that scaling aims at"""
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


class Pgw(Service):
    """mpac-pgw."""

    task_name = "mpac-pgw"
    port: Port = 8003
    min_tasks: Tasks = 3
    max_tasks: Tasks = 30
    host: HostLabel = "api"
    paths: Annotated[tuple[PathPattern, ...], Distinct, Field(min_length=1)] = ("/pgw/*",)


class Frontend(Service):
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

    def enabled(self) -> dict[str, Service]:
        """Return the services that run, by name."""
        services: dict[str, Service] = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: service for name, service in services.items() if service.enabled}


def running_services(services: Services) -> Iterator[tuple[str, Service]]:
    """Yield every service that runs and may be looked into, with its key."""
    for name in type(services).model_fields:
        with suppress(InvalidInput):
            service: Service = getattr(services, name)
            if service.enabled:
                yield f"mpac:services.{name}", service


class Compute(Section):
    """What all services share."""

    exec_enabled: bool = False
    """true to let operators open shells in containers, whose root file systems can be written to then, which
    needs an exemption from ecs-read-only for each service"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
