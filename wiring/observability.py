"""The observability services."""

from components.backup import BACKUP_TAGS
from components.compute import Cluster, SecretValue
from components.encryption import DataClass
from components.monitoring import AlarmTopic
from components.network import SecurityGroups, Tier, Vpc
from components.observability import GrafanaDatabase, Load, ObsStack, ObsStackArgs, Program, SingleSignOn
from components.registry import Registry
from settings.observability import TRACE_LIVE_SECONDS
from settings.observability import Program as ProgramSettings
from wiring.images import cached
from wiring.stack import Stack


def observability(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    alarms: AlarmTopic,
    ecs: Cluster,
    images: Registry,
    grafana_database: GrafanaDatabase | None,
) -> ObsStack:
    """What everything is watched with.

    Args:
        stack: The stack.
        vpc: Where tasks run.
        groups: Security groups of the tiers.
        alarms: Where alarms go.
        ecs: The cluster.
        images: Repositories, and the cache of Docker Hub's images.
        grafana_database: Where Grafana may keep its state.
    """
    settings = stack.settings
    given = settings.observability

    def program(of: ProgramSettings, replicas: int) -> Program:
        return Program(
            image=cached(stack, images, of.image),
            cpu=of.cpu,
            memory_mib=of.memory_mib,
            replicas=replicas,
        )

    return ObsStack(
        "observability",
        ObsStackArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            cluster=ecs,
            subnet_ids=vpc.private_subnet_ids,
            after=[vpc, groups],
            security_group_id=groups.ids[Tier.OBSERVABILITY],
            files_security_group_id=groups.ids[Tier.FILES],
            name_suffix=settings.storage.name_suffix,
            load=Load(
                traces_percent=given.load.traces_percent,
                traces_per_second=given.load.stored_traces_per_second,
                trace_bytes_per_second=given.load.stored_trace_bytes_per_second,
                trace_live_seconds=TRACE_LIVE_SECONDS,
                log_bytes_per_second=given.load.stored_log_bytes_per_second,
            ),
            alloy=program(given.alloy, given.alloy.min_tasks),
            alloy_max_tasks=given.alloy.max_tasks,
            prometheus=program(given.prometheus, given.prometheus.replicas),
            loki=program(given.loki, given.loki.replicas),
            tempo=program(given.tempo, given.tempo.replicas),
            grafana=program(given.grafana, given.grafana.replicas),
            copier_image=cached(stack, images, given.copier_image),
            metrics_days=given.prometheus.retention_days,
            logs_days=given.loki.retention_days,
            traces_days=given.tempo.retention_days,
            managed_prometheus=given.prometheus.managed,
            grafana_database=grafana_database if given.grafana.in_database else None,
            grafana_root_url=given.grafana.root_url,
            single_sign_on=_single_sign_on(stack),
            throughput_mode=given.file_systems.throughput_mode,
            infrequent_access_after_days=given.file_systems.infrequent_access_after_days,
            backup_tags=BACKUP_TAGS["daily"],
            log_retention_days=settings.compute.log_retention_days,
            files_key_arn=stack.key_arn(DataClass.FILES),
            secrets_key_arn=stack.key_arn(DataClass.SECRETS),
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )


def _single_sign_on(stack: Stack) -> SingleSignOn | None:
    given = stack.settings.observability.grafana.single_sign_on
    if given is None:
        return None
    return SingleSignOn(
        client_id=given.client_id,
        client_secret=SecretValue(
            arn=given.client_secret_arn,
            key_arn=stack.key_arn(DataClass.SECRETS),
            json_field="clientSecret",
        ),
        authorization_url=given.authorization_url,
        token_url=given.token_url,
        user_info_url=given.user_info_url,
    )
