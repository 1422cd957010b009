"""What each service runs as and may use: all of it follows from its record in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.cache.cluster import RedisCluster
from components.compute.attachments import TargetGroup
from components.compute.cluster import Cluster
from components.compute.containers import Container
from components.compute.permissions import Permission, SecretValue
from components.compute.scaling import Scaling, TaskMetric
from components.compute.settings import ComputeSettings, ServiceSettings
from components.compute.task import FargateTaskArgs
from components.context import Context, DataClass
from components.elb.alb import ApplicationLoadBalancer
from components.elb.nlb import WebsocketLoadBalancer
from components.elb.routes import ServiceRoute
from components.network.paths import Tier
from components.network.security_groups import SecurityGroups
from components.network.vpc import Vpc
from components.pgbouncer.cluster import PgBouncer
from components.regions import CITIES
from components.storage.settings import BucketKind
from program.contract import BucketReference
from settings import Settings

# What tasks run on: `architecture` of components.compute.task.FargateTaskArgs.
PLATFORM = "linux/amd64"
# What a service publishes in the namespace of its own.
METRIC = "ActiveConnections"
ACTIONS = {"read": ("s3:GetObject",), "write": ("s3:GetObject", "s3:PutObject")}


@dataclass(frozen=True, kw_only=True)
class UsedByServices:
    """What services use of the stack.

    Attributes:
        compute: What all services share.
        cluster: The cluster, for host names in it.
        redis: The cache.
        pgbouncer: What services reach the database through.
        buckets: Buckets by kind.
        role_secret_arns: Secret of each role in PostgreSQL; a service has the role of its name.
        repository_urls: Repository of images, by the task name of its service.
    """

    compute: ComputeSettings
    cluster: Cluster
    redis: RedisCluster
    pgbouncer: PgBouncer
    buckets: Mapping[BucketKind, BucketReference]
    role_secret_arns: Mapping[str, pulumi.Input[str]]
    repository_urls: Mapping[str, pulumi.Input[str]]


def service_task(
    context: Context,
    name: str,
    service: ServiceSettings,
    used: UsedByServices,
    opts: pulumi.ResourceOptions,
) -> FargateTaskArgs:
    """Describe the task of a service, with what docs/service-contract.md promises to its image.

    Args:
        context: Who and where.
        name: Name of the service in the settings.
        service: Its record.
        used: What it may use.
        opts: Options of an image that the deployment builds, with the provider.
    """
    return FargateTaskArgs(
        context=context,
        cpu=service.cpu,
        memory_mib=service.memory_mib,
        containers=[
            Container(
                name=service.task_name,
                image=_image(name, service, used.repository_urls[service.task_name], opts),
                ports=[service.port],
                many_sockets=service.connections_per_task is not None,
                # Settings refuse names that the platform gives.
                environment={**_environment(context, service, used), **service.environment},
                secrets=_secrets(context, name, service, used),
                user=None if service.user == "image" else service.user,
                read_only_root=service.read_only_root,
                tmpfs_mib=service.tmpfs_mib,
            )
        ],
        permissions=service_permissions(service, used.buckets),
        log_retention_days=used.compute.log_retention_days,
        exec_log_group_name=used.cluster.exec_log_group_name if used.compute.exec_enabled else None,
    )


def _environment(
    context: Context, service: ServiceSettings, used: UsedByServices
) -> dict[str, pulumi.Input[str]]:
    environment: dict[str, pulumi.Input[str]] = {
        "ENVIRONMENT": context.environment,
        "PORT": str(service.port),
        "OTEL_SERVICE_NAME": service.task_name,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://alloy.{used.cluster.namespace_name}:4317",
        # Many SDKs speak HTTP by default, which this port does not understand.
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }
    for kind in service.buckets:
        environment[f"BUCKET_{kind.upper().replace('-', '_')}"] = used.buckets[kind].name
    if service.cache:
        environment |= {"CACHE_HOST": used.redis.endpoint, "CACHE_PORT": str(used.redis.port)}
    if service.database:
        environment |= {
            "DATABASE_HOST": used.pgbouncer.host,
            "DATABASE_PORT": str(used.pgbouncer.port),
            "DATABASE_NAME": used.pgbouncer.database,
            "DATABASE_READ_NAME": used.pgbouncer.read_only_database,
            "DATABASE_SSLMODE": "require",
        }
    return environment


def _secrets(
    context: Context, name: str, service: ServiceSettings, used: UsedByServices
) -> dict[str, SecretValue]:
    key_arn = context.key_arn(DataClass.SECRETS)
    arns: dict[str, pulumi.Input[str]] = {}
    if service.cache:
        arns["CACHE"] = used.redis.secret_arn
    if service.database:
        arns["DATABASE"] = used.role_secret_arns[name]
    platform = {
        f"{of}_{field.upper()}": SecretValue(arn=arn, key_arn=key_arn, json_field=field)
        for of, arn in arns.items()
        for field in ("username", "password")
    }
    own = {
        variable: SecretValue(arn=secret.arn, key_arn=secret.key_arn, json_field=secret.field)
        for variable, secret in service.secrets.items()
    }
    return platform | own


def service_permissions(
    service: ServiceSettings, buckets: Mapping[BucketKind, BucketReference]
) -> list[Permission]:
    """List what the programs of a service may do in AWS."""
    permissions = [
        Permission(
            sid=access.title() + kind.title().replace("-", ""),
            actions=ACTIONS[access],
            resources=[pulumi.Output.concat(buckets[kind].arn, "/*")],
        )
        for kind, access in service.buckets.items()
    ]
    if service.metric:
        permissions.append(
            Permission(
                sid="PublishMetrics",
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],  # PutMetricData knows no resources
                conditions={"StringEquals": {"cloudwatch:namespace": service.metric}},
            )
        )
    return permissions + [
        Permission(sid=sid, actions=given.actions, resources=given.resources)
        for sid, given in service.permissions.items()
    ]


def _image(
    name: str, service: ServiceSettings, url: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Input[str]:
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
            opts=pulumi.ResourceOptions(providers=[opts.provider] if opts.provider else None),
        ).image_uri
    version = service.image or ""
    return pulumi.Output.concat(url, "@" if version.startswith("sha256:") else ":", version)


def service_scaling(service: ServiceSettings) -> Scaling:
    """Between which numbers of tasks a service scales, and by what."""
    metric = None
    if service.metric and service.connections_per_task:
        metric = TaskMetric(namespace=service.metric, name=METRIC, target=service.connections_per_task)
    return Scaling(
        min_tasks=service.min_tasks,
        max_tasks=service.max_tasks,
        requests_per_minute=service.requests_per_minute,
        latency_alarm_seconds=service.latency_seconds,
        task_metric=metric,
    )


def service_routes(settings: Settings, domain: str) -> dict[str, ServiceRoute]:
    """Which requests lead to each service that runs, by its name."""
    return {
        name: _route(settings, domain, name, service.host)
        for name, service in settings.services.enabled().items()
    }


def websocket_route(settings: Settings, domain: str) -> ServiceRoute:
    """Which requests lead to the service that holds the WebSockets."""
    return _route(settings, domain, "smarttab", settings.nlb.host)


def _route(settings: Settings, domain: str, name: str, host: str) -> ServiceRoute:
    services = settings.services.all()
    service = services[name]
    return ServiceRoute(
        service=name,
        position=[*services].index(name) + 1,
        port=service.port,
        # The name of the platform, and that of the region, which never leads to another.
        hosts=(f"{host}.{domain}", f"{host}-{CITIES[settings.region]}.{domain}"),
        paths=service.paths,
        health_path=service.health_path,
        drain_seconds=service.drain_seconds,
    )


def target_groups(
    name: str, alb: ApplicationLoadBalancer, nlb: WebsocketLoadBalancer | None
) -> list[TargetGroup]:
    """What the tasks of a service join."""
    joined = [
        TargetGroup(
            arn=alb.services[name].arn,
            arn_suffix=alb.services[name].arn_suffix,
            load_balancer_arn_suffix=alb.arn_suffix,
            port=alb.services[name].port,
        )
    ]
    if nlb and name == "smarttab":
        joined.append(
            TargetGroup(
                arn=nlb.service.arn,
                arn_suffix=nlb.service.arn_suffix,
                load_balancer_arn_suffix=nlb.arn_suffix,
                kind="network",
                port=nlb.service.port,
                label="websocket",
            )
        )
    return joined


def task_network(vpc: Vpc, groups: SecurityGroups, tier: Tier) -> pulumi.Output[str]:
    """What `aws ecs run-task` takes as `--network-configuration` for a task that is run by hand."""
    return pulumi.Output.json_dumps(
        {
            "awsvpcConfiguration": {
                "subnets": vpc.private_subnet_ids,
                "securityGroups": [groups.ids[tier]],
                "assignPublicIp": "DISABLED",
            }
        }
    )
