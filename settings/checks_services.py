"""Rules about the application services."""

from collections.abc import Iterator
from contextlib import suppress

from settings.fields import InvalidInput
from settings.models import Settings
from settings.problems import Problem
from settings.regions import FARGATE_SIZES
from settings.services import running_services


def services_have_a_size_of_fargate(settings: Settings) -> Iterator[Problem]:
    """ECS refuses a task definition of another size."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            sizes = FARGATE_SIZES[service.cpu]
            if service.memory_mib not in sizes:
                yield Problem(
                    key=f"{key}.memoryMib",
                    value=service.memory_mib,
                    rule=f"is no memory that Fargate has with {service.cpu} CPU units",
                    remedy=f"choose from {', '.join(map(str, sizes))}",
                )


def services_scale_upwards(settings: Settings) -> Iterator[Problem]:
    """Application Auto Scaling refuses limits the wrong way round."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            if service.min_tasks > service.max_tasks:
                yield Problem(
                    key=f"{key}.minTasks",
                    value=service.min_tasks,
                    rule=f"is more than {key}.maxTasks ({service.max_tasks})",
                    remedy="give fewer, or raise the other",
                )


def services_have_an_image(settings: Settings) -> Iterator[Problem]:
    """Nothing runs without an image, and of two it would be unclear which."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            if (service.image is None) == (service.build is None):
                yield Problem(
                    key=f"{key}.image",
                    rule="is required, unless the deployment builds it"
                    if service.image is None
                    else f"does not go with {key}.build",
                    remedy="give the tag or digest of an image, or a build, but not both",
                )


def a_stand_by_builds_nothing(settings: Settings) -> Iterator[Problem]:
    """The repositories of a stand-by get what its upstream pushes; their tags cannot be pushed again."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            if settings.upstream and service.build:
                yield Problem(
                    key=f"{key}.build",
                    rule="has no place here: the images of the upstream are replicated to this stack",
                    remedy=f"give the tag of the upstream's image as {key}.image",
                )


def services_have_a_repository(settings: Settings) -> Iterator[Problem]:
    """An image is pulled from the repository of the service's name."""
    for key, service in running_services(settings.services):
        if not settings.upstream and service.task_name not in settings.registry.repositories:
            yield Problem(
                key="mpac:registry.repositories",
                value=list(settings.registry.repositories),
                rule=f"lacks {service.task_name}, the repository of {key}",
                remedy="add it, or turn the service off",
            )


def paths_lead_to_one_service(settings: Settings) -> Iterator[Problem]:
    """Of two rules with the same host and path, the load balancer would follow one and never the other."""
    owners: dict[tuple[str, str], str] = {}
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            for index, path in enumerate(service.paths):
                owner = owners.setdefault((service.host, path), key)
                if owner != key:
                    yield Problem(
                        key=f"{key}.paths[{index}]",
                        value=path,
                        rule=f"leads to {owner} already, at the host {service.host}",
                        remedy="give every service paths or a host of its own",
                    )


def connections_fit_the_tasks(settings: Settings) -> Iterator[Problem]:
    """Scaling stops at the most tasks; devices beyond it are turned away."""
    smarttab = settings.services.smarttab
    held = smarttab.max_tasks * smarttab.connections_per_task
    if smarttab.enabled and held < smarttab.expected_connections:
        yield Problem(
            key="mpac:services.smarttab.expectedConnections",
            value=smarttab.expected_connections,
            rule=f"is more than {smarttab.max_tasks} tasks hold ({held})",
            remedy="allow more tasks, or more connections per task",
        )


def releases_have_room(settings: Settings) -> Iterator[Problem]:
    """With the least tasks, too, one more must be able to start: ECS rounds the share down and else waits."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            least = service.min_tasks
            if least * service.deployment_percent // 100 == least:
                yield Problem(
                    key=f"{key}.deploymentPercent",
                    value=service.deployment_percent,
                    rule=f"leaves no room for a new task beside {key}.minTasks ({least})",
                    remedy=f"give at least {100 + -(-100 // least)}, or run more tasks",
                )


def releases_reconnect_a_part(settings: Settings) -> Iterator[Problem]:
    """Devices whose task goes come back at once; too many end the release in an alarm."""
    smarttab = settings.services.smarttab
    if smarttab.enabled and smarttab.closed_per_step > smarttab.reconnects_per_step:
        yield Problem(
            key="mpac:services.smarttab.deploymentPercent",
            value=smarttab.deployment_percent,
            rule=f"replaces {smarttab.tasks_per_step} of {smarttab.max_tasks} tasks at a time, with "
            f"{smarttab.closed_per_step} WebSockets: more than "
            f"mpac:services.smarttab.reconnectsPerStep ({smarttab.reconnects_per_step})",
            remedy="give less, or allow more",
        )


SERVICE_CHECKS = (
    services_have_a_size_of_fargate,
    services_scale_upwards,
    services_have_an_image,
    a_stand_by_builds_nothing,
    services_have_a_repository,
    paths_lead_to_one_service,
    connections_fit_the_tasks,
    releases_have_room,
    releases_reconnect_a_part,
)
