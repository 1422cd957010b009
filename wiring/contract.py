"""What a stack hands over to the one that stands by for it."""

from collections.abc import Mapping

from components.database import PostgresCluster
from components.network import Vpc
from components.registry import Registry
from components.storage import BucketKind, PlatformBuckets
from settings import CONTRACT_VERSION
from wiring.edge import Domain
from wiring.pooler import RoleSecrets
from wiring.stack import Stack

# Keys of the contract are names in code, kinds are parts of bucket names.
CONTRACT_NAMES: Mapping[BucketKind, str] = {
    "app-apk": "appApk",
    "receipts": "receipts",
    "settlements": "settlements",
    "static-assets": "staticAssets",
}


def contract_for_stand_by(
    stack: Stack,
    *,
    vpc: Vpc,
    buckets: PlatformBuckets,
    postgres: PostgresCluster,
    images: Registry,
    names: Domain,
    roles: RoleSecrets,
) -> Mapping[str, object] | None:
    """What `settings.Contract` reads in the stack that stands by; a test holds both together."""
    settings = stack.settings
    region, keys = settings.replica_region, stack.keys
    if not region or not keys:
        return None
    return {
        "version": CONTRACT_VERSION,
        "environment": settings.environment,
        "accountId": settings.account_id,
        "region": settings.region,
        "replicaRegion": region,
        "network": {
            "vpcId": vpc.vpc_id,
            "cidr": vpc.cidr,
            "routeTableIds": vpc.peering_route_table_ids,
        },
        "keys": {data_class: arns[region] for data_class, arns in keys.replica_arns.items()},
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
            "roleSecretArns": roles.replica_arns,
            "version": settings.database.version,
            "maxConnections": settings.database.max_connections,
            "maxStorageGib": settings.database.max_storage_gib,
        },
        "maintenanceWindows": [
            settings.database.maintenance_window,
            *settings.database.replica_maintenance_windows,
            settings.cache.maintenance_window,
        ],
        "dns": {"domain": names.name, "zoneId": names.zone_id},
        "repositories": {name: {"arn": each.arn, "url": each.url} for name, each in images.replicas.items()},
    }
