"""A cluster of Valkey or Redis OSS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.cache.alarms import shard_alarms
from components.cache.engine import PARAMETERS, Durability, Engine, family, node_names
from components.cache.users import CacheUsers, CacheUsersArgs
from components.monitoring import alarm
from components.secrets import SecretReplica
from components.snapshots import final_snapshot_name

PORT = 6379
LOGS = ("slow-log", "engine-log")
# More shards or larger nodes move data, and a deletion saves it, for as long as there is some. The provider
# gives up after 40 to 60 minutes.
COPY_TIMEOUTS = pulumi.CustomTimeouts(create="12h", update="24h", delete="12h")


@dataclass(frozen=True, kw_only=True)
class RedisClusterArgs:
    """Inputs of `RedisCluster`.

    Attributes:
        environment: Part of every name.
        region: The region of the stack's provider.
        subnet_ids: Subnets in at least two zones; ElastiCache spreads the nodes of a shard over the zones.
        security_group_id: Security group of the nodes.
        engine: `valkey` or `redis`.
        engine_version: Major and minor version, such as `9.0`.
        durability: Whether writes go to a log in several zones, and whether they wait for it: `async`,
            `sync` or `disabled`. Needs valkey 9.0.
        node_type: Such as `cache.r6g.large`.
        shards: Primaries, 1 to 90.
        replicas_per_shard: Replicas of each, 1 to 5.
        snapshot_window: Hour or more of the day, in UTC: `04:00-05:00`.
        snapshot_retention_days: Days that a snapshot is kept, 1 to 35.
        maintenance_window: Hour or more of the week, in UTC, apart from the snapshots: `sun:18:00-sun:19:00`.
        log_retention_days: Days that logs are kept, one of those that CloudWatch Logs takes.
        cache_key_arn: KMS key of nodes and snapshots.
        logs_key_arn: KMS key of the log groups; its policy must let CloudWatch Logs use it.
        secret_key_arn: KMS key of the services' password.
        secret_replica: Copy of that password in another region.
        alarm_topic_arn: SNS topic that alarms go to.
        protect: Whether Pulumi refuses to delete cluster, logs and secret, and whether a deletion leaves a
            last snapshot.
    """

    environment: str
    region: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    engine: Engine
    engine_version: str
    durability: Durability
    node_type: str
    shards: int
    replicas_per_shard: int
    snapshot_window: str
    snapshot_retention_days: int
    maintenance_window: str
    log_retention_days: int
    cache_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    secret_key_arn: pulumi.Input[str]
    secret_replica: SecretReplica | None = None
    alarm_topic_arn: pulumi.Input[str]
    protect: bool


class RedisCluster(pulumi.ComponentResource):
    """A sharded cluster that fails over by itself, over TLS only, with users and encrypted at rest.

    Creates the replication group `mpac-<environment>-cache` with cluster mode, Multi-AZ and automatic
    failover, its subnet group, its parameter group (`components.cache.engine.PARAMETERS`), its users
    (`CacheUsers`), the encrypted log groups `/mpac/<environment>/cache-slow-log` and
    `.../cache-engine-log`, and six alarms per shard (`components.cache.alarms`). Failovers are told by an
    alarm, for ElastiCache notifies no encrypted topic.

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
        child = pulumi.ResourceOptions(parent=self)
        stateful = pulumi.ResourceOptions(parent=self, protect=args.protect)
        cluster_name = f"mpac-{args.environment}-cache"

        users = CacheUsers(
            name,
            CacheUsersArgs(
                environment=args.environment,
                region=args.region,
                engine=args.engine,
                secret_key_arn=args.secret_key_arn,
                secret_replica=args.secret_replica,
                protect=args.protect,
            ),
            child,
        )
        subnets = aws.elasticache.SubnetGroup(
            name,
            name=cluster_name,
            description=f"Cache of mpac {args.environment}",
            subnet_ids=args.subnet_ids,
            opts=child,
        )
        parameter_family = family(args.engine, args.engine_version)
        parameters = aws.elasticache.ParameterGroup(
            name,
            # With the family in it, for one cannot be replaced while the cluster uses it.
            name=f"{cluster_name}-{parameter_family}",
            family=parameter_family,
            description=f"Cache of mpac {args.environment}",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name=key, value=value)
                for key, value in PARAMETERS.items()
            ],
            opts=child,
        )
        logs = {
            kind: aws.cloudwatch.LogGroup(
                f"{name}-{kind}",
                name=f"/mpac/{args.environment}/cache-{kind}",
                retention_in_days=args.log_retention_days,
                kms_key_id=args.logs_key_arn,
                opts=stateful,
            )
            for kind in LOGS
        }
        cluster = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=cluster_name,
            description=f"Cache of mpac {args.environment}",
            engine=args.engine,
            engine_version=args.engine_version,
            # AWS would raise 9.0 to 9.1, of which the provider's CustomizeDiff makes a replacement
            # (internal/service/elasticache/engine_version.go, engineVersionForceNewOnDowngrade).
            auto_minor_version_upgrade=False,
            parameter_group_name=parameters.name,
            durability=args.durability if args.engine == "valkey" else None,
            node_type=args.node_type,
            port=PORT,
            cluster_mode="enabled",
            num_node_groups=args.shards,
            replicas_per_node_group=args.replicas_per_shard,
            multi_az_enabled=True,
            automatic_failover_enabled=True,
            subnet_group_name=subnets.name,
            security_group_ids=[args.security_group_id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=args.cache_key_arn,
            user_group_ids=[users.group_id],
            snapshot_window=args.snapshot_window,
            snapshot_retention_limit=args.snapshot_retention_days,
            final_snapshot_identifier=(
                final_snapshot_name(name, cluster_name, key_arn=args.cache_key_arn, opts=child)
                if args.protect
                else None
            ),
            maintenance_window=args.maintenance_window,
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
        for shard, nodes in node_names(cluster_name, args.shards, args.replicas_per_shard).items():
            for each in shard_alarms(args.durability):
                alarm(
                    f"{name}-{shard}-{each.name}",
                    each.watched(nodes),
                    alarm_name=f"{cluster_name}-{shard}-{each.name}",
                    description=each.description,
                    above=each.above,
                    minutes=each.minutes,
                    missing="notBreaching",
                    topic_arn=args.alarm_topic_arn,
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
