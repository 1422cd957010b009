"""What a service is attached to: load balancers and Prometheus."""

from dataclasses import dataclass
from typing import Literal

import pulumi

from ..monitoring.alarm import Metric


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group that the tasks of a service join, on a load balancer.

    Attributes:
        arn: ARN of the target group. Let it be known only when a listener uses the group: ECS refuses one
            that no load balancer has.
        arn_suffix: What CloudWatch calls it: `targetgroup/...`.
        load_balancer_arn_suffix: What CloudWatch calls its load balancer: `app/...`.
        kind: Of the load balancer.
        port: Port of the main container that requests go to.
        label: Tells the target groups of a service apart, where it has several.
    """

    arn: pulumi.Input[str]
    arn_suffix: pulumi.Input[str]
    load_balancer_arn_suffix: pulumi.Input[str]
    kind: Literal["application", "network"] = "application"
    port: int
    label: str | None = None

    def labelled(self, name: str) -> str:
        """Return a name that no other target group of the service has."""
        return f"{name}-{self.label}" if self.label else name

    def metric(self, name: str, statistic: str) -> Metric:
        """Return a metric of the load balancer about the targets."""
        return Metric(
            namespace="AWS/ApplicationELB" if self.kind == "application" else "AWS/NetworkELB",
            name=name,
            dimensions={"TargetGroup": self.arn_suffix, "LoadBalancer": self.load_balancer_arn_suffix},
            statistic=statistic,
        )


@dataclass(frozen=True, kw_only=True)
class ScrapeTarget:
    """Where Prometheus finds a service's metrics; becomes the tags `prometheus.io/...`.

    Attributes:
        port: Port of the metrics.
        path: Path of the metrics.
    """

    port: int
    path: str = "/metrics"

    @property
    def tags(self) -> dict[str, str]:
        """Tags by which Prometheus finds the tasks."""
        return {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(self.port),
            "prometheus.io/path": self.path,
        }
