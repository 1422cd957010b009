"""Database and cache."""

from collections.abc import Mapping

from components.backup import BACKUP_TAGS
from components.cache import RedisCluster, RedisClusterArgs
from components.database import (
    CrossRegionReplica,
    PostgresCluster,
    PostgresClusterArgs,
    Primary,
    StandByRegion,
)
from components.encryption import DataClass
from components.monitoring import AlarmTopic
from components.network import SecurityGroups, Tier, Vpc
from components.secrets import SecretReplica
from wiring.stack import Stack


def database(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    alarms: AlarmTopic,
) -> PostgresCluster:
    """The database: of its own, or following the upstream's."""
    settings = stack.settings
    postgres = settings.database
    if stack.contract:
        role: Primary | CrossRegionReplica = CrossRegionReplica(
            source_arn=stack.contract.database.arn, promoted=postgres.promoted
        )
    else:
        key_arn = stack.replica_key_arn(DataClass.DATABASE)
        secrets_key_arn = stack.replica_key_arn(DataClass.SECRETS)
        role = Primary(
            secrets_key_arn=stack.key_arn(DataClass.SECRETS),
            replica_zones=settings.network.zones[: postgres.read_replicas],
            stand_by=(
                StandByRegion(
                    region=settings.replica_region, key_arn=key_arn, secrets_key_arn=secrets_key_arn
                )
                if settings.replica_region and key_arn and secrets_key_arn
                else None
            ),
        )
    return PostgresCluster(
        "database",
        PostgresClusterArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            role=role,
            subnet_ids=vpc.database_subnet_ids,
            security_group_id=groups.ids[Tier.DATABASE],
            key_arn=stack.key_arn(DataClass.DATABASE),
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            topic_arn=alarms.arn,
            version=postgres.version,
            upgrade_from=postgres.upgrade_from,
            instance_class=postgres.instance_class,
            multi_az=postgres.multi_az,
            storage_gib=postgres.storage_gib,
            max_storage_gib=postgres.max_storage_gib,
            iops=postgres.iops,
            max_connections=postgres.max_connections,
            backup_window=postgres.backup_window,
            backup_retention_days=postgres.backup_retention_days,
            maintenance_window=postgres.maintenance_window,
            replica_maintenance_windows=postgres.replica_maintenance_windows,
            log_retention_days=postgres.log_retention_days,
            backup_tags=BACKUP_TAGS["weekly"],
            protect=settings.protect,
        ),
        stack.opts,
    )


def cache(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    alarms: AlarmTopic,
) -> RedisCluster:
    """The cache. Each stack has its own: what is cached in one region is of no use in another."""
    settings = stack.settings
    redis, replica_key_arn = settings.cache, stack.replica_key_arn(DataClass.SECRETS)
    return RedisCluster(
        "cache",
        RedisClusterArgs(
            environment=settings.environment,
            region=settings.region,
            subnet_ids=vpc.database_subnet_ids,
            security_group_id=groups.ids[Tier.CACHE],
            engine=redis.engine,
            engine_version=redis.engine_version,
            durability=redis.durability,
            node_type=redis.node_type,
            shards=redis.shards,
            replicas_per_shard=redis.replicas_per_shard,
            snapshot_window=redis.snapshot_window,
            snapshot_retention_days=redis.snapshot_retention_days,
            maintenance_window=redis.maintenance_window,
            log_retention_days=redis.log_retention_days,
            cache_key_arn=stack.key_arn(DataClass.CACHE),
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            secret_key_arn=stack.key_arn(DataClass.SECRETS),
            secret_replica=(
                SecretReplica(region=settings.replica_region, key_arn=replica_key_arn)
                if settings.replica_region and replica_key_arn
                else None
            ),
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )


def outputs_of_database(stack: Stack, postgres: PostgresCluster) -> Mapping[str, object]:
    """What clients need to connect, and the version for the next update."""
    copied = stack.contract and stack.contract.database.secret_arn
    return {
        "identifier": postgres.identifier,
        "version": postgres.version,
        "address": postgres.address,
        "replicaAddresses": postgres.replica_addresses,
        "port": postgres.port,
        "secretArn": postgres.secret.arn if postgres.secret else copied,
    }
