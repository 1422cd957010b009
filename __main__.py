"""The MPAC SmartPOS platform on AWS: one program for every stack.

What a stack consists of is data in `Pulumi.<stack>.yaml`; what each part creates is said at its component.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.cache import RedisCluster, RedisClusterArgs
from components.database import (
    CrossRegionReplica,
    PostgresCluster,
    PostgresClusterArgs,
    Primary,
    StandByRegion,
)
from components.encryption import DataClass, EncryptionKeys, EncryptionKeysArgs
from components.monitoring import AlarmTopic, AlarmTopicArgs
from components.network import (
    PeeredNetwork,
    SecurityGroups,
    SecurityGroupsArgs,
    Tier,
    Vpc,
    VpcArgs,
    VpcPeering,
    VpcPeeringArgs,
)
from components.registry import Registry, RegistryArgs, RegistryReplica
from components.secrets import SecretReplica
from components.storage import ApkRetention, BucketKind, PlatformBuckets, PlatformBucketsArgs, RecordRetention
from settings import CONTRACT_VERSION, Contract, Settings, SettingsError, check_against, load
from settings.models import Records, Upstream

# Keys of the contract are names in code, kinds are parts of bucket names.
CONTRACT_NAMES: Mapping[BucketKind, str] = {
    "app-apk": "appApk",
    "receipts": "receipts",
    "settlements": "settlements",
    "static-assets": "staticAssets",
}


async def main() -> None:
    """Check all that can be checked, then declare the stack."""
    try:
        settings = load(pulumi.get_stack(), pulumi.runtime.get_config_env())
        contract = await upstream_contract(settings, settings.upstream) if settings.upstream else None
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from error

    opts = pulumi.ResourceOptions(provider=provider(settings))
    keys: EncryptionKeys | None = None
    if contract:
        key_arns: Mapping[DataClass, pulumi.Input[str]] = {
            kind: getattr(contract.keys, kind) for kind in DataClass
        }
    else:
        keys = encryption_keys(settings, opts)
        key_arns = keys.arns
    vpc = network(settings, key_arns[DataClass.LOGS], opts)
    groups = security_groups(settings, vpc, opts)
    buckets = platform_buckets(settings, opts)
    alarms = alarm_topic(settings, opts)
    postgres = database(
        settings, opts, vpc=vpc, groups=groups, key_arns=key_arns, keys=keys, contract=contract, alarms=alarms
    )
    redis = cache(settings, opts, vpc=vpc, groups=groups, key_arns=key_arns, keys=keys, alarms=alarms)
    images = registry(settings, opts, key_arns=key_arns, keys=keys)
    if contract and settings.upstream and settings.upstream.peering:
        peering(settings, vpc, contract, opts)

    pulumi.export("vpcId", vpc.vpc_id)
    pulumi.export("natPublicIps", vpc.nat_public_ips)
    pulumi.export("securityGroupIds", groups.ids)
    pulumi.export("buckets", {kind: bucket.name for kind, bucket in buckets.buckets.items()})
    pulumi.export("alarmTopicArn", alarms.arn)
    pulumi.export(
        "database",
        {
            "identifier": postgres.identifier,
            "address": postgres.address,
            "replicaAddresses": postgres.replica_addresses,
            "port": postgres.port,
            "secretArn": postgres.secret.arn
            if postgres.secret
            else contract and contract.database.secret_arn,
        },
    )
    pulumi.export("cache", {"endpoint": redis.endpoint, "port": redis.port, "secretArn": redis.secret_arn})
    pulumi.export("repositories", {name: each.url for name, each in images.repositories.items()})
    if keys and settings.replica_region:
        pulumi.export(
            "contract",
            contract_for_stand_by(
                settings,
                settings.replica_region,
                vpc=vpc,
                keys=keys,
                buckets=buckets,
                postgres=postgres,
                images=images,
            ),
        )


async def upstream_contract(settings: Settings, upstream: Upstream) -> Contract:
    """Read what the stack that this one stands by for hands over."""
    details = await pulumi.StackReference(upstream.stack).get_output_details("contract")
    contract = Contract.parse(details.value, upstream.stack)
    check_against(settings, contract)
    return contract


def provider(settings: Settings) -> aws.Provider:
    """The only provider: one account, one region, the same tags on everything."""
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=settings.default_tags),
    )


def encryption_keys(settings: Settings, opts: pulumi.ResourceOptions) -> EncryptionKeys:
    """Keys of every class of data."""
    return EncryptionKeys(
        "keys",
        EncryptionKeysArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            replica_regions=[settings.replica_region] if settings.replica_region else [],
            log_replica_regions=settings.encryption.log_replica_regions,
            deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        opts,
    )


def network(settings: Settings, logs_key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> Vpc:
    """The network and its logs."""
    return Vpc(
        "network",
        VpcArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            cidr=settings.network.cidr,
            zones=settings.network.zones,
            public_subnets=settings.network.public_subnets,
            private_subnets=settings.network.private_subnets,
            database_subnets=settings.network.database_subnets,
            nat_gateways=settings.network.nat_gateways,
            interface_endpoints=settings.network.interface_endpoints,
            flow_log_retention_days=settings.network.flow_log_retention_days,
            logs_key_arn=logs_key_arn,
            protect=settings.protect,
        ),
        opts,
    )


def security_groups(settings: Settings, vpc: Vpc, opts: pulumi.ResourceOptions) -> SecurityGroups:
    """Who may talk to whom."""
    return SecurityGroups(
        "groups",
        SecurityGroupsArgs(
            environment=settings.environment,
            vpc_id=vpc.vpc_id,
            services={name: service.port for name, service in settings.services.enabled().items()},
            websocket_port=(
                settings.services.smarttab.port if settings.websocket_load_balancer.enabled else None
            ),
            grafana_admin_cidrs=settings.grafana_admin_cidrs,
        ),
        opts,
    )


def platform_buckets(settings: Settings, opts: pulumi.ResourceOptions) -> PlatformBuckets:
    """Buckets, their locks and their replicas."""
    storage = settings.storage

    def retention(records: Records) -> RecordRetention:
        return RecordRetention(
            lock_mode=storage.object_lock_mode,
            lock_years=records.lock_years,
            infrequent_access_after_days=records.infrequent_access_after_days,
            glacier_after_days=records.glacier_after_days,
            expire_after_days=records.expire_after_days,
            noncurrent_expire_after_days=records.noncurrent_expire_after_days,
        )

    return PlatformBuckets(
        "buckets",
        PlatformBucketsArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            replica_region=settings.replica_region,
            name_suffix=storage.name_suffix,
            kinds=settings.bucket_kinds,
            apk=ApkRetention(
                kept_versions=storage.apk.kept_versions,
                glacier_after_days=storage.apk.glacier_after_days,
            ),
            receipts=retention(storage.receipts),
            settlements=retention(storage.settlements),
            exports_expire_after_days=storage.exports.expire_after_days,
            static_assets_noncurrent_expire_after_days=storage.static_assets.noncurrent_expire_after_days,
            protect=settings.protect,
        ),
        opts,
    )


def alarm_topic(settings: Settings, opts: pulumi.ResourceOptions) -> AlarmTopic:
    """Where alarms go."""
    return AlarmTopic(
        "alarms",
        AlarmTopicArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            emails=settings.alarms.emails,
            key_deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        opts,
    )


def database(
    settings: Settings,
    opts: pulumi.ResourceOptions,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    key_arns: Mapping[DataClass, pulumi.Input[str]],
    keys: EncryptionKeys | None,
    contract: Contract | None,
    alarms: AlarmTopic,
) -> PostgresCluster:
    """The database: of its own, or following the upstream's."""
    postgres = settings.database
    if contract:
        role: Primary | CrossRegionReplica = CrossRegionReplica(source_arn=contract.database.arn)
    else:
        region = settings.replica_region
        role = Primary(
            secrets_key_arn=key_arns[DataClass.SECRETS],
            replica_zones=settings.network.zones[: postgres.read_replicas],
            stand_by=(
                StandByRegion(
                    region=region,
                    key_arn=keys.replica_arns[DataClass.DATABASE][region],
                    secrets_key_arn=keys.replica_arns[DataClass.SECRETS][region],
                )
                if keys and region
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
            key_arn=key_arns[DataClass.DATABASE],
            logs_key_arn=key_arns[DataClass.LOGS],
            topic_arn=alarms.arn,
            version=postgres.version,
            instance_class=postgres.instance_class,
            multi_az=postgres.multi_az,
            storage_gib=postgres.storage_gib,
            max_storage_gib=postgres.max_storage_gib,
            iops=postgres.iops,
            max_connections=postgres.max_connections,
            backup_window=postgres.backup_window,
            backup_retention_days=postgres.backup_retention_days,
            maintenance_window=postgres.maintenance_window,
            log_retention_days=postgres.log_retention_days,
            protect=settings.protect,
        ),
        opts,
    )


def cache(
    settings: Settings,
    opts: pulumi.ResourceOptions,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    key_arns: Mapping[DataClass, pulumi.Input[str]],
    keys: EncryptionKeys | None,
    alarms: AlarmTopic,
) -> RedisCluster:
    """The cache. Each stack has its own: what is cached in one region is of no use in another."""
    redis, replica_region = settings.cache, settings.replica_region
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
            cache_key_arn=key_arns[DataClass.CACHE],
            logs_key_arn=key_arns[DataClass.LOGS],
            secret_key_arn=key_arns[DataClass.SECRETS],
            secret_replica=(
                SecretReplica(
                    region=replica_region, key_arn=keys.replica_arns[DataClass.SECRETS][replica_region]
                )
                if keys and replica_region
                else None
            ),
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        opts,
    )


def registry(
    settings: Settings,
    opts: pulumi.ResourceOptions,
    *,
    key_arns: Mapping[DataClass, pulumi.Input[str]],
    keys: EncryptionKeys | None,
) -> Registry:
    """Repositories of images, and their copies."""
    region = settings.replica_region
    return Registry(
        "registry",
        RegistryArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            repositories=settings.repositories,
            kept_images=settings.registry.kept_images,
            key_arn=key_arns[DataClass.REGISTRY],
            replica=(
                RegistryReplica(region=region, key_arn=keys.replica_arns[DataClass.REGISTRY][region])
                if keys and region and settings.registry.replicate
                else None
            ),
            docker_hub_secret_arns=settings.registry.docker_hub_secret_arns,
            protect=settings.protect,
        ),
        opts,
    )


def peering(settings: Settings, vpc: Vpc, contract: Contract, opts: pulumi.ResourceOptions) -> VpcPeering:
    """The connection to the upstream's network, the only thing here that touches the upstream's region."""
    return VpcPeering(
        "peering",
        VpcPeeringArgs(
            requester=PeeredNetwork(
                environment=settings.environment,
                region=settings.region,
                vpc_id=vpc.vpc_id,
                cidr=vpc.cidr,
                route_table_ids=vpc.peering_route_table_ids,
            ),
            accepter=PeeredNetwork(
                environment=contract.environment,
                region=contract.region,
                vpc_id=contract.network.vpc_id,
                cidr=contract.network.cidr,
                route_table_ids=contract.network.route_table_ids,
            ),
        ),
        opts,
    )


def contract_for_stand_by(
    settings: Settings,
    replica_region: str,
    *,
    vpc: Vpc,
    keys: EncryptionKeys,
    buckets: PlatformBuckets,
    postgres: PostgresCluster,
    images: Registry,
) -> Mapping[str, object]:
    """What `settings.Contract` reads in the stack that stands by; a test holds both together."""
    return {
        "version": CONTRACT_VERSION,
        "environment": settings.environment,
        "accountId": settings.account_id,
        "region": settings.region,
        "replicaRegion": replica_region,
        "network": {
            "vpcId": vpc.vpc_id,
            "cidr": vpc.cidr,
            "routeTableIds": vpc.peering_route_table_ids,
        },
        "keys": {data_class: arns[replica_region] for data_class, arns in keys.replica_arns.items()},
        "buckets": {
            CONTRACT_NAMES[kind]: {
                "name": buckets.buckets[kind].name,
                "arn": buckets.buckets[kind].arn,
                "replicaName": replica.name,
                "replicaArn": replica.arn,
            }
            for kind, replica in buckets.replicas.items()
        },
        "database": {
            "arn": postgres.arn,
            "secretArn": postgres.secret.replica_arn if postgres.secret else None,
            "version": settings.database.version,
            "maxConnections": settings.database.max_connections,
            "maxStorageGib": settings.database.max_storage_gib,
        },
        "repositories": {name: {"arn": each.arn, "url": each.url} for name, each in images.replicas.items()},
    }


pulumi.run(main)
