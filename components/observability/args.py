"""Inputs of the observability stack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from ..compute.cluster import Cluster
from ..compute.settings import ComputeSettings
from ..context import Context
from .settings import ObservabilitySettings


@dataclass(frozen=True, kw_only=True)
class GrafanaDatabase:
    """Where Grafana keeps its state: the database and role `grafana` of a PostgreSQL.

    Attributes:
        host: Host name.
        port: TCP port.
        password_secret_arn: ARN of the secret with the role's `password`, under the stack's key of secrets.
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    password_secret_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ObsStackArgs:
    """Inputs of `ObsStack`.

    Attributes:
        context: Who and where.
        settings: What runs, in which size, and for what load.
        compute: How long the programs' own logs are kept.
        cluster: The cluster that the programs run in, and which they watch.
        subnet_ids: Private subnets of the tasks and of the mount targets, one in each zone.
        after: What is there before tasks start: the network and its security groups.
        security_group_id: Security group of the tasks.
        files_security_group_id: Security group of the mount targets.
        name_suffix: Last part of the buckets' names; empty for none.
        image: Where an image of the settings is pulled from, such as a cache; from itself by default.
        grafana_database: Where Grafana keeps its state, with `grafana.in_database` of the settings.
        backup_tags: Tags by which a backup plan finds the file systems.
    """

    context: Context
    settings: ObservabilitySettings = field(default_factory=ObservabilitySettings)
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    cluster: Cluster
    subnet_ids: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource] = ()
    security_group_id: pulumi.Input[str]
    files_security_group_id: pulumi.Input[str]
    name_suffix: str = ""
    image: Callable[[str], pulumi.Input[str]] = str
    grafana_database: GrafanaDatabase | None = None
    backup_tags: Mapping[str, str] = field(default_factory=dict)
