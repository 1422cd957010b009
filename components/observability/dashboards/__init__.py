"""The dashboards: one for each part of the platform."""

from . import aws, prometheus
from .panels import Dashboard

__all__ = ["dashboard_files", "dashboards"]


def dashboards(words: str) -> list[Dashboard]:
    """List the dashboards of a stack: of what has the words of `Context.title` in its name."""
    return [
        prometheus.services(words),
        aws.load_balancer(words),
        aws.database(words),
        aws.pgbouncer(words),
        aws.cache(words),
        aws.cdn(),
        aws.failover(words),
        prometheus.observability(words),
    ]


def dashboard_files(words: str) -> dict[str, str]:
    """Write the dashboards, by name of the file."""
    return {f"{each.name}.json": each.to_json() for each in dashboards(words)}
