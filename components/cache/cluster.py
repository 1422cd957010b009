"""A cluster of Valkey or Redis OSS."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..monitoring.alarm import alarm
from ..section import verify
from ..snapshots.final import final_snapshot_name
from .alarms import shard_alarms
from .engine import PARAMETERS, family, node_names
from .settings import CacheSettings
from .users import CacheUsers, CacheUsersArgs

PORT = 6379
LOGS = ("slow-log", "engine-log")
# More shards or larger nodes move data, and a deletion saves it, for as long as there is some. The provider
# gives up after 40 to 60 minutes.
COPY_TIMEOUTS = pulumi.CustomTimeouts(create="12h", update="24h", delete="12h")


@dataclass(frozen=True, kw_only=True)
class RedisClusterArgs:
    """Inputs of `RedisCluster`.

    Attributes:
        context: Who and where.
        settings: Engine, nodes, snapshots, windows.
        subnet_ids: Subnets in at least two zones; ElastiCache spreads the nodes of a shard over the zones.
        security_group_ids: Security groups of the nodes.
    """

    context: Context
    settings: CacheSettings = field(default_factory=CacheSettings)
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]


class RedisCluster(pulumi.ComponentResource):
    """A sharded cluster that fails over by itself, over TLS only, with users and encrypted at rest.

    Creates the replication group `<prefix>-<environment>-<name>` with cluster mode, Multi-AZ and automatic
    failover, its subnet group, its parameter group (`components.cache.engine.PARAMETERS`), its users
    (`CacheUsers`), the encrypted log groups `/<prefix>/<environment>/<name>-slow-log` and
    `...-engine-log`, and six alarms per shard (`components.cache.alarms`). Failovers raise an
    alarm of their own, for ElastiCache notifies no encrypted topic.

    Changes are made at once, node by node with a failover each, and not in the maintenance window: what was
    deployed is what a preview shows. More or fewer shards move keys while the cluster serves.

    Minor versions are raised by `engine_version`, never by AWS: what AWS has raised, the provider takes for a
    downgrade, which replaces the cluster. A new major version, which needs another parameter group, makes
    that group first. Durability is changed in place, by itself, while the cluster serves (AWS, "Changing
    durability on an existing cluster", October 2026).

    A replacement is refused, whatever asks for it: its name, subnet group or keys, a lower engine version, or
    redis in the place of valkey. Where `protect` is set, the preview says so; else AWS does, before anything
    is lost, for the new cluster would be made first, under a name that is taken. Who wants it destroys the
    cluster first. Valkey takes over a cluster of Redis OSS in place.

    Requirements: Cache, "ElastiCache Redis", "High Availability" and "Backup and Recovery", whose
    append-only file no engine of ElastiCache has; durability takes its place.

    Attributes:
        endpoint: Host name that clients of a cluster connect to first.
        port: Port of all nodes.
        replication_group_id: Id of the replication group.
        secret_arn: ARN of the secret with `username` and `password` of the services.
        secret_replica_arn: ARN of its copy in the other region; None where there is none.
    """

    endpoint: pulumi.Output[str]
    port: int
    replication_group_id: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    secret_replica_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: RedisClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:cache:RedisCluster", name, None, opts)
        verify(f"RedisCluster {name}", args.settings)
        context, settings = args.context, args.settings
        child = pulumi.ResourceOptions(parent=self)
        stateful = pulumi.ResourceOptions(parent=self, protect=context.protect)
        cluster_name = context.name(name)
        description = f"Cache of {context.title}"

        users = CacheUsers(
            name,
            CacheUsersArgs(context=context, engine=settings.engine),
            child,
        )
        subnets = aws.elasticache.SubnetGroup(
            name,
            name=cluster_name,
            description=description,
            subnet_ids=args.subnet_ids,
            opts=child,
        )
        parameter_family = family(settings.engine, settings.engine_version)
        parameters = aws.elasticache.ParameterGroup(
            name,
            # With the family in it, for one cannot be replaced while the cluster uses it.
            name=f"{cluster_name}-{parameter_family}",
            family=parameter_family,
            description=description,
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name=key, value=value)
                for key, value in PARAMETERS.items()
            ],
            opts=child,
        )
        logs = {
            kind: aws.cloudwatch.LogGroup(
                f"{name}-{kind}",
                name=f"/{context.path(name)}-{kind}",
                retention_in_days=settings.log_retention_days,
                kms_key_id=context.key_arn(DataClass.LOGS),
                opts=stateful,
            )
            for kind in LOGS
        }
        cluster = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=cluster_name,
            description=description,
            engine=settings.engine,
            engine_version=settings.engine_version,
            # AWS would raise 9.0 to 9.1, of which the provider's CustomizeDiff makes a replacement
            # (internal/service/elasticache/engine_version.go, engineVersionForceNewOnDowngrade).
            auto_minor_version_upgrade=False,
            parameter_group_name=parameters.name,
            durability=settings.durability if settings.engine == "valkey" else None,
            node_type=settings.node_type,
            port=PORT,
            cluster_mode="enabled",
            num_node_groups=settings.shards,
            replicas_per_node_group=settings.replicas_per_shard,
            multi_az_enabled=True,
            automatic_failover_enabled=True,
            subnet_group_name=subnets.name,
            security_group_ids=args.security_group_ids,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=context.key_arn(DataClass.CACHE),
            user_group_ids=[users.group_id],
            snapshot_window=settings.snapshot_window,
            snapshot_retention_limit=settings.snapshot_retention_days,
            final_snapshot_identifier=(
                final_snapshot_name(name, cluster_name, key_arn=context.key_arn(DataClass.CACHE), opts=child)
                if context.protect
                else None
            ),
            maintenance_window=settings.maintenance_window,
            log_delivery_configurations=[
                aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    log_type=kind,
                    log_format="json",
                    destination_type="cloudwatch-logs",
                    destination=group.name,
                )
                for kind, group in logs.items()
            ],
            apply_immediately=True,
            tags={"Name": cluster_name},
            opts=pulumi.ResourceOptions.merge(
                stateful,
                pulumi.ResourceOptions(
                    # Without it the provider deletes first, for the name is given; see the class.
                    delete_before_replace=False,
                    custom_timeouts=COPY_TIMEOUTS,
                ),
            ),
        )
        for shard, nodes in node_names(cluster_name, settings.shards, settings.replicas_per_shard).items():
            for each in shard_alarms(settings.durability):
                alarm(
                    f"{name}-{shard}-{each.name}",
                    each.watched(nodes),
                    alarm_name=f"{cluster_name}-{shard}-{each.name}",
                    description=each.description,
                    above=each.above,
                    minutes=each.minutes,
                    missing="notBreaching",
                    topic_arn=context.alarm_topic_arn,
                    opts=child,
                )

        self.endpoint = cluster.configuration_endpoint_address
        self.port = PORT
        self.replication_group_id = cluster.id
        self.secret_arn = users.secret_arn
        self.secret_replica_arn = users.secret_replica_arn
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "port": self.port,
                "replicationGroupId": self.replication_group_id,
                "secretArn": self.secret_arn,
                "secretReplicaArn": self.secret_replica_arn,
            }
        )
