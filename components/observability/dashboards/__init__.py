"""The dashboards: one for each part of the platform."""

from components.observability.dashboards import aws, prometheus
from components.observability.dashboards.panels import Dashboard

__all__ = ["dashboard_files", "dashboards"]


def dashboards(environment: str) -> list[Dashboard]:
    """List the dashboards of a stack."""
    words = f"mpac {environment}"
    return [
        prometheus.services(words),
        aws.load_balancer(words),
        aws.database(words),
        aws.pooler(words),
        aws.cache(words),
        aws.cdn(),
        aws.failover(words),
        prometheus.observability(words),
    ]


def dashboard_files(environment: str) -> dict[str, str]:
    """Write the dashboards, by name of the file."""
    return {f"{each.name}.json": each.to_json() for each in dashboards(environment)}
