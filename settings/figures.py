"""What follows from the settings of a stack, worked out for people to read."""

import math
from collections.abc import Iterator

from components.compute.scaling import CPU_PERCENT
from components.observability.settings import collectors_needed
from settings.pgbouncer import connections_held, connections_left
from settings.stack import Settings


def figures(settings: Settings) -> Iterator[str]:
    """Yield a line for each."""
    yield (
        f"tasks take up to {vcpu_of_tasks(settings)} vCPU of Fargate, "
        "and twice as many while a release replaces all of them"
    )
    smarttab = settings.services.smarttab
    if smarttab.enabled and smarttab.tasks_per_step:
        steps = -(-smarttab.max_tasks // smarttab.tasks_per_step)
        yield (
            f"a release of {smarttab.task_name} at {smarttab.max_tasks} tasks: in steps of "
            f"{smarttab.tasks_per_step}, {steps} in all; each takes a minute or more and then closes up to "
            f"{smarttab.closed_per_step} WebSockets"
        )
    load, pgbouncer = settings.observability.load, settings.pgbouncer
    if not settings.primary_stack:  # which gets its tasks when it takes over
        yield (
            f"{load.requests_per_second} requests a second x {pgbouncer.milliseconds_per_request:g} ms hold "
            f"{connections_held(settings)} connections; with one task of PgBouncer away a role has "
            f"{connections_left(pgbouncer)}"
        )
    vcpu, tasks = collectors_needed(settings.observability)
    most = settings.observability.alloy.max_tasks
    yield (
        f"{load.spans_per_second} spans and {load.logs_per_second} lines of log a second take "
        f"{vcpu:.1f} vCPU of collectors, {CPU_PERCENT}% of {tasks} tasks; {most} may run"
    )


def vcpu_of_tasks(settings: Settings) -> int:
    """Add up the most tasks of everything that runs, as AWS counts them for its quota."""
    pgbouncer, obs = settings.pgbouncer, settings.observability
    sizes = [
        *((service.cpu, service.max_tasks) for service in settings.services.enabled().values()),
        (pgbouncer.cpu, pgbouncer.tasks),
        (obs.alloy.cpu, obs.alloy.max_tasks),
        *((each.cpu, each.replicas) for each in (obs.prometheus, obs.loki, obs.tempo, obs.grafana)),
    ]
    return math.ceil(sum(cpu * tasks for cpu, tasks in sizes) / 1024)
