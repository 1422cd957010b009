"""The cluster and the application services."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi

from components.cache import RedisCluster
from components.compute import (
    Cluster,
    ClusterArgs,
    Container,
    FargateService,
    FargateServiceArgs,
    FargateTaskArgs,
    Permission,
    Scaling,
    ScrapeTarget,
    SecretValue,
    TargetGroup,
    TaskMetric,
)
from components.encryption import DataClass
from components.monitoring import AlarmTopic
from components.network import SecurityGroups, Tier, Vpc
from components.pooler import PgBouncer
from components.registry import Registry
from components.storage import BucketKind, PlatformBuckets
from settings.services import Service, Smarttab
from wiring.contract import CONTRACT_NAMES
from wiring.pooler import database_environment
from wiring.service_needs import METRICS, STATEFUL, BucketReference, environment_of_buckets, permissions
from wiring.stack import Stack

Environment = Mapping[str, pulumi.Input[str]]
Secrets = Mapping[str, SecretValue]

# What tasks run on: `architecture` of components.compute.FargateTaskArgs.
PLATFORM = "linux/amd64"


def cluster(stack: Stack, *, vpc: Vpc, alarms: AlarmTopic) -> Cluster:
    """The cluster, and private host names in it."""
    settings = stack.settings
    return Cluster(
        "cluster",
        ClusterArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            vpc_id=vpc.vpc_id,
            alarm_topic_arn=alarms.arn,
            exec_log_retention_days=(
                settings.compute.log_retention_days if settings.compute.exec_enabled else None
            ),
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            protect=settings.protect,
        ),
        stack.opts,
    )


def services(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    alarms: AlarmTopic,
    ecs: Cluster,
    buckets: PlatformBuckets,
    redis: RedisCluster,
    images: Registry,
    target_groups: Mapping[str, Sequence[TargetGroup]],
    bouncer: PgBouncer,
    database_secrets: Mapping[str, Secrets],
) -> dict[str, FargateService]:
    """The application services that are on, by name.

    Args:
        stack: The stack.
        vpc: Where tasks run.
        groups: Security groups of the tiers.
        alarms: Where alarms go.
        ecs: The cluster.
        buckets: Buckets of the stack.
        redis: The cache.
        images: Repositories of the stack.
        target_groups: Target groups of each service.
        bouncer: What services reach the database through.
        database_secrets: What each service opens it with.
    """
    settings = stack.settings
    usable = _buckets(stack, buckets)

    def task(name: str, service: Service) -> FargateTaskArgs:
        stateful = name in STATEFUL
        environment: Environment = {
            "ENVIRONMENT": settings.environment,
            "PORT": str(service.port),
            "OTEL_SERVICE_NAME": service.task_name,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://alloy.{ecs.namespace_name}:4317",
            # Many SDKs speak HTTP by default, which this port does not understand.
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            **environment_of_buckets(name, usable),
            **({"CACHE_HOST": redis.endpoint, "CACHE_PORT": str(redis.port)} if stateful else {}),
            **(database_environment(bouncer) if stateful else {}),
            # Settings refuse the names above.
            **service.environment,
        }
        return FargateTaskArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            task_name=service.task_name,
            cpu=service.cpu,
            memory_mib=service.memory_mib,
            containers=[
                Container(
                    name=service.task_name,
                    image=_image(stack, name, service, images),
                    ports=[service.port],
                    many_sockets=isinstance(service, Smarttab),
                    environment=environment,
                    secrets={
                        **(_cache_secrets(stack, redis) if stateful else {}),
                        **(database_secrets.get(name, {}) if stateful else {}),
                        **_own_secrets(service),
                    },
                    user=None if service.user == "image" else service.user,
                    read_only_root=service.read_only_root,
                    tmpfs_mib=service.tmpfs_mib,
                )
            ],
            permissions=[*permissions(name, usable), *_own_permissions(service)],
            log_retention_days=settings.compute.log_retention_days,
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            exec_enabled=settings.compute.exec_enabled,
            protect=settings.protect,
        )

    return {
        name: FargateService(
            service.task_name,
            FargateServiceArgs(
                task=task(name, service),
                cluster=ecs,
                subnet_ids=vpc.private_subnet_ids,
                security_group_ids=[groups.ids[Tier.APP]],
                scaling=_scaling(service),
                target_groups=target_groups.get(name, ()),
                after=[vpc, groups, *([bouncer] if name in STATEFUL else [])],
                scrape=ScrapeTarget(port=service.port),
                maximum_percent=service.deployment_percent,
                latency_seconds=2 * service.latency_seconds,
                alarm_topic_arn=alarms.arn,
            ),
            stack.opts,
        )
        for name, service in settings.services.enabled().items()
    }


def _scaling(service: Service) -> Scaling:
    sockets = (
        TaskMetric(
            namespace=METRICS["smarttab"], name="ActiveConnections", target=service.connections_per_task
        )
        if isinstance(service, Smarttab)
        else None
    )
    return Scaling(
        min_tasks=service.min_tasks,
        max_tasks=service.max_tasks,
        requests_per_minute=service.requests_per_minute,
        latency_alarm_seconds=service.latency_seconds,
        task_metric=sockets,
    )


def _image(stack: Stack, name: str, service: Service, images: Registry) -> pulumi.Input[str]:
    """The image in the stack's own repository, or in the copy that the upstream has put here."""
    if stack.contract:
        url: pulumi.Input[str] = stack.contract.repositories[service.task_name].url
    else:
        url = images.repositories[service.task_name].url
    if service.build:
        # Imported here, for its plugin is needed by nothing else and takes long to load.
        import pulumi_awsx as awsx  # noqa: PLC0415

        from components.registry.build_tag import content_tag  # noqa: PLC0415

        build = service.build
        return awsx.ecr.Image(
            name,
            repository_url=url,
            image_tag=content_tag(Path(build.context), build.dockerfile, PLATFORM),
            context=build.context,
            dockerfile=f"{build.context}/{build.dockerfile}",
            platform=PLATFORM,
            opts=pulumi.ResourceOptions(providers=[stack.opts.provider] if stack.opts.provider else None),
        ).image_uri
    version = service.image or ""
    return pulumi.Output.concat(url, "@" if version.startswith("sha256:") else ":", version)


def _cache_secrets(stack: Stack, redis: RedisCluster) -> Secrets:
    key_arn = stack.key_arn(DataClass.SECRETS)
    return {
        f"CACHE_{field.upper()}": SecretValue(arn=redis.secret_arn, key_arn=key_arn, json_field=field)
        for field in ("username", "password")
    }


def _own_secrets(service: Service) -> Secrets:
    return {
        name: SecretValue(arn=secret.arn, key_arn=secret.key_arn, json_field=secret.field)
        for name, secret in service.secrets.items()
    }


def _own_permissions(service: Service) -> list[Permission]:
    return [
        Permission(sid=sid, actions=given.actions, resources=given.resources)
        for sid, given in service.permissions.items()
    ]


def _buckets(stack: Stack, buckets: PlatformBuckets) -> dict[BucketKind, BucketReference]:
    """The stack's own buckets, and those that the upstream has put here."""
    own = {kind: BucketReference(name=each.name, arn=each.arn) for kind, each in buckets.buckets.items()}
    if stack.contract is None:
        return own
    replicated = stack.contract.buckets.model_dump(by_alias=True)
    return own | {
        kind: BucketReference(name=replicated[name]["replicaName"], arn=replicated[name]["replicaArn"])
        for kind, name in CONTRACT_NAMES.items()
    }
