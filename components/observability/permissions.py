"""What the observability services may do in AWS."""

import pulumi

from ..compute.permissions import Permission
from ..storage.bucket import PrivateBucket
from .configuration.topology import Topology


def discovery_permissions(topology: Topology) -> list[Permission]:
    """Let Prometheus list the tasks of the cluster."""
    arn = f"arn:aws:ecs:{topology.context.region}:{topology.context.account_id}"
    return [
        # At its start Prometheus asks without naming a cluster: scoped to one, discovery fails.
        Permission(sid="FindCluster", actions=["ecs:DescribeClusters"], resources=["*"]),
        Permission(
            sid="ListTasks",
            actions=["ecs:ListServices", "ecs:ListTasks"],
            resources=["*"],
            conditions={"ArnEquals": {"ecs:cluster": topology.cluster_arn}},
        ),
        Permission(
            sid="DescribeTasks",
            actions=["ecs:DescribeServices", "ecs:DescribeTasks"],
            resources=[f"{arn}:service/{topology.cluster}/*", f"{arn}:task/{topology.cluster}/*"],
        ),
    ]


def bucket_permissions(bucket: PrivateBucket) -> list[Permission]:
    """Let Loki or Tempo keep its data in a bucket, and delete what is too old."""
    return [
        Permission(sid="ListData", actions=["s3:ListBucket"], resources=[bucket.arn]),
        Permission(
            sid="KeepData",
            actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[pulumi.Output.concat(bucket.arn, "/*")],
        ),
    ]


def cloudwatch_permissions() -> list[Permission]:
    """Let Grafana read metrics; CloudWatch narrows none of these to a resource."""
    return [
        Permission(
            sid="ReadMetrics",
            actions=["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "ec2:DescribeRegions"],
            resources=["*"],
        )
    ]
