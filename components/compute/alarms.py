"""Alarms on a service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from ..monitoring.alarm import Expression, Metric
from .attachments import TargetGroup

# Below it a single error would be more than the allowed share.
LEAST_REQUESTS = 20


@dataclass(frozen=True, kw_only=True)
class ServiceAlarm:
    """An alarm on a service.

    Attributes:
        name: Last part of the alarm's name.
        watched: Metric, or what is calculated from metrics.
        description: What it means and what to do.
        above: Threshold that must not be exceeded. Either this or `below`.
        below: Threshold that must be reached.
        minutes: Minutes past the threshold.
        out_of: Window in minutes that those are in.
        missing: What a minute without data counts as.
        rolls_back: Whether it ends a deployment that is under way.
    """

    name: str
    watched: Metric | Expression
    description: str
    above: float | None = None
    below: float | None = None
    minutes: int
    out_of: int | None = None
    missing: Literal["notBreaching", "breaching"]
    rolls_back: bool = False


def service_alarms(
    *,
    cluster_name: pulumi.Input[str],
    service_name: str,
    target_groups: Sequence[TargetGroup],
    tasks: int,
    latency_seconds: float,
) -> Iterator[ServiceAlarm]:
    """List the alarms of a service.

    Args:
        cluster_name: Name of the cluster.
        service_name: Name of the service.
        target_groups: Target groups of the tasks.
        tasks: The least that must work.
        latency_seconds: 95th percentile of the time that answers may take.
    """
    for group in target_groups:
        if group.kind == "application":
            yield _errors(group)
            yield _latency(group, latency_seconds)
        yield _healthy_targets(group, tasks)
    if not target_groups:
        yield _running_tasks(cluster_name, service_name, tasks)


def _errors(group: TargetGroup) -> ServiceAlarm:
    return ServiceAlarm(
        name=group.labelled("errors"),
        watched=Expression(
            expression=f"IF(requests >= {LEAST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)",
            metrics={
                "errors": group.metric("HTTPCode_Target_5XX_Count", "Sum"),
                "requests": group.metric("RequestCount", "Sum"),
            },
        ),
        description="More than 1 percent of the answers are errors of the service: see its logs.",
        above=1,
        minutes=3,
        out_of=5,
        missing="notBreaching",
        rolls_back=True,
    )


def _latency(group: TargetGroup, seconds: float) -> ServiceAlarm:
    return ServiceAlarm(
        name=group.labelled("latency"),
        watched=group.metric("TargetResponseTime", "p95"),
        description=(
            f"The p95 latency is above {seconds:g} seconds, although tasks have been added: look at "
            "the database, the cache, and what the service calls."
        ),
        above=seconds,
        minutes=5,
        missing="notBreaching",
        rolls_back=True,
    )


def _healthy_targets(group: TargetGroup, tasks: int) -> ServiceAlarm:
    return ServiceAlarm(
        name=group.labelled("healthy-targets"),
        watched=group.metric("HealthyHostCount", "Minimum"),
        description=(
            f"Fewer than {tasks} tasks pass the load balancer's checks: see events and logs of the service."
        ),
        below=tasks,
        minutes=5,
        missing="breaching",
    )


def _running_tasks(cluster_name: pulumi.Input[str], service_name: str, tasks: int) -> ServiceAlarm:
    return ServiceAlarm(
        name="running-tasks",
        watched=Metric(
            namespace="ECS/ContainerInsights",
            name="RunningTaskCount",
            dimensions={"ClusterName": cluster_name, "ServiceName": service_name},
            statistic="Minimum",
        ),
        description=f"Fewer than {tasks} tasks are running: see events and logs of the service.",
        below=tasks,
        minutes=5,
        missing="breaching",
    )
