"""What a stack hands to the one that stands by for it, and what that one reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.context import Standby
from components.database.cluster import PostgresCluster
from components.network.vpc import Vpc
from components.registry.registry import Registry
from components.secrets.generated import GeneratedSecret
from components.storage.platform import PlatformBuckets
from components.storage.settings import BucketKind
from settings import CONTRACT_VERSION, Contract, Settings, check_against

# Keys of the contract are names in code, kinds are parts of bucket names.
CONTRACT_NAMES: Mapping[BucketKind, str] = {
    "app-apk": "appApk",
    "receipts": "receipts",
    "settlements": "settlements",
    "static-assets": "staticAssets",
}


@dataclass(frozen=True, kw_only=True)
class BucketReference:
    """A bucket for those who use it.

    Attributes:
        name: Its name.
        arn: Its ARN.
    """

    name: pulumi.Input[str]
    arn: pulumi.Input[str]


async def read_contract(settings: Settings) -> Contract | None:
    """Read what the stack that this one stands by for hands over; None where it stands by for none.

    Raises:
        SettingsError: It cannot stand by for it; with all problems.
    """
    if not settings.primary_stack:
        return None
    stack = settings.primary_stack.stack
    details = await pulumi.StackReference(stack).get_output_details("contract")
    contract = Contract.parse(details.value, stack)
    check_against(settings, contract)
    return contract


def usable_buckets(buckets: PlatformBuckets, contract: Contract | None) -> dict[BucketKind, BucketReference]:
    """The stack's own buckets, and in a standby those that the primary stack has put into its region."""
    own = {kind: BucketReference(name=each.name, arn=each.arn) for kind, each in buckets.buckets.items()}
    if contract is None:
        return own
    replicated = contract.buckets.model_dump(by_alias=True)
    return own | {
        kind: BucketReference(name=replicated[name]["replicaName"], arn=replicated[name]["replicaArn"])
        for kind, name in CONTRACT_NAMES.items()
    }


def contract_for_standby(
    settings: Settings,
    standby: Standby,
    *,
    vpc: Vpc,
    buckets: PlatformBuckets,
    postgres: PostgresCluster,
    registry: Registry,
    zone_id: pulumi.Input[str],
    domain: str,
    roles: Mapping[str, GeneratedSecret],
) -> dict[str, Any]:
    """What `settings.Contract` reads in the stack that stands by; a test holds both together."""
    return {
        "version": CONTRACT_VERSION,
        "environment": settings.environment,
        "accountId": settings.account_id,
        "region": settings.region,
        "replicaRegion": standby.region,
        "network": {
            "vpcId": vpc.vpc_id,
            "cidr": vpc.cidr,
            "routeTableIds": vpc.peering_route_table_ids,
        },
        "keys": dict(standby.key_arns),
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
            "roleSecretArns": {
                role: secret.replica_arn for role, secret in roles.items() if secret.replica_arn
            },
            "version": settings.database.version,
            "maxConnections": settings.database.max_connections,
            "maxAllocatedStorageGib": settings.database.max_allocated_storage_gib,
        },
        "maintenanceWindows": [
            settings.database.maintenance_window,
            *settings.database.replica_maintenance_windows,
            settings.cache.maintenance_window,
        ],
        "dns": {"domain": domain, "zoneId": zone_id},
        "repositories": {
            name: {"arn": each.arn, "url": each.url} for name, each in registry.replicas.items()
        },
    }
