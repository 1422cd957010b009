"""Inputs of the observability stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.compute import Cluster, SecretValue


@dataclass(frozen=True, kw_only=True)
class Program:
    """One of the observability services.

    Attributes:
        image: Image with an immutable tag or a digest.
        cpu: CPU units of a task, 1024 to a vCPU.
        memory_mib: MiB of memory of a task.
        replicas: Tasks; the fewest of Alloy. Of Prometheus, Loki and Tempo each is a service of its own.
    """

    image: pulumi.Input[str]
    cpu: int
    memory_mib: int
    replicas: int


# Limits are that many times the load: they keep a fault from filling the memory, and are no quota.
HEADROOM = 2


@dataclass(frozen=True, kw_only=True)
class Load:
    """What has to be stored at the peak.

    Attributes:
        traces_percent: Share of the traces that are stored, above 0 to 100 percent.
        traces_per_second: These traces.
        trace_bytes_per_second: Their bytes.
        trace_live_seconds: Seconds after which a trace is stored, finished or not.
        log_bytes_per_second: Bytes of logs.
    """

    traces_percent: float
    traces_per_second: float
    trace_bytes_per_second: float
    trace_live_seconds: int
    log_bytes_per_second: int


@dataclass(frozen=True, kw_only=True)
class GrafanaDatabase:
    """Where Grafana keeps its state: the database and role `grafana` of a PostgreSQL.

    Attributes:
        host: Host name.
        port: TCP port.
        password: The role's password.
    """

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    password: SecretValue


@dataclass(frozen=True, kw_only=True)
class SingleSignOn:
    """The OpenID Connect provider by which people sign in to Grafana.

    Attributes:
        client_id: Id of Grafana at the provider.
        client_secret: Its secret there.
        authorization_url: Where people sign in.
        token_url: Where Grafana asks for tokens.
        user_info_url: Where Grafana asks who somebody is.
    """

    client_id: str
    client_secret: SecretValue
    authorization_url: str
    token_url: str
    user_info_url: str


@dataclass(frozen=True, kw_only=True)
class ObsStackArgs:
    """Inputs of `ObsStack`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the stack.
        region: The region of the stack's provider.
        cluster: The cluster that the services run in.
        subnet_ids: Private subnets of the tasks and of the mount targets, one in each zone.
        after: What is there before tasks start: the network and its security groups.
        security_group_id: Security group of the tasks.
        files_security_group_id: Security group of the mount targets.
        name_suffix: Last part of the buckets' names; empty for none.
        load: What the limits of Loki and Tempo follow from.
        alloy: The collector.
        alloy_max_tasks: Tasks of it that may run; scaling aims at 60 percent of their CPU.
        prometheus: Metrics; one or two replicas, each of which has all.
        loki: Logs; one replica, or three, of which one may fail.
        tempo: Traces; the same.
        grafana: Dashboards; one replica where there is no database.
        copier_image: Image with AWS's command line, which copies configuration into tasks.
        metrics_days: Days that Prometheus keeps metrics.
        logs_days: Days that Loki keeps logs.
        traces_days: Days that Tempo keeps traces.
        managed_prometheus: Whether metrics are copied to a managed workspace, which tells people of alerts.
        grafana_database: Where Grafana keeps its state; None where nothing of it is worth keeping.
        grafana_root_url: Address at which people open Grafana.
        single_sign_on: How people sign in to Grafana; None for its administrator alone.
        throughput_mode: Of the file systems.
        infrequent_access_after_days: Days after which a file that nobody reads moves to cheaper storage.
        backup_tags: Tags by which a backup plan finds the file systems.
        log_retention_days: Days that the services' own logs are kept.
        files_key_arn: KMS key of the file systems.
        secrets_key_arn: KMS key of Grafana's secrets.
        logs_key_arn: KMS key of log groups.
        alarm_topic_arn: SNS topic that alarms go to.
        protect: Whether Pulumi refuses to delete what holds data.
    """

    environment: str
    account_id: str
    region: str
    cluster: Cluster
    subnet_ids: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource]
    security_group_id: pulumi.Input[str]
    files_security_group_id: pulumi.Input[str]
    name_suffix: str = ""
    load: Load
    alloy: Program
    alloy_max_tasks: int
    prometheus: Program
    loki: Program
    tempo: Program
    grafana: Program
    copier_image: pulumi.Input[str]
    metrics_days: int
    logs_days: int
    traces_days: int
    managed_prometheus: bool
    grafana_database: GrafanaDatabase | None = None
    grafana_root_url: str
    single_sign_on: SingleSignOn | None = None
    throughput_mode: Literal["elastic", "bursting"]
    infrequent_access_after_days: int
    backup_tags: Mapping[str, str]
    log_retention_days: int
    files_key_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    alarm_topic_arn: pulumi.Input[str]
    protect: bool
