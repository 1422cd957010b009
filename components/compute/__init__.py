"""The cluster, and the tasks and services that run in it."""

from components.compute.attachments import ScrapeTarget, TargetGroup
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.containers import Container, HealthCommand, Mount
from components.compute.discovery import host_name
from components.compute.needs import Permission, SecretValue
from components.compute.scaling import Scaling, TaskMetric
from components.compute.service import FargateService, FargateServiceArgs
from components.compute.task import FargateTask, FargateTaskArgs
from components.compute.volumes import EfsVolume, EmptyVolume

__all__ = [
    "Cluster",
    "ClusterArgs",
    "Container",
    "EfsVolume",
    "EmptyVolume",
    "FargateService",
    "FargateServiceArgs",
    "FargateTask",
    "FargateTaskArgs",
    "HealthCommand",
    "Mount",
    "Permission",
    "Scaling",
    "ScrapeTarget",
    "SecretValue",
    "TargetGroup",
    "TaskMetric",
    "host_name",
]
