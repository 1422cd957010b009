"""Rules between settings. Each goes as far as the settings that it reads are valid."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import IPv4Network
from itertools import combinations

from pydantic.alias_generators import to_camel

from settings.checks_backup import BACKUP_CHECKS
from settings.checks_cache import (
    cache_has_nodes_to_spare,
    cache_version_is_of_its_engine,
    durability_has_its_engine,
    durability_has_its_nodes,
    snapshots_are_taken_apart_from_maintenance,
)
from settings.checks_containers import CONTAINER_CHECKS
from settings.checks_database import (
    a_major_upgrade_raises_the_version,
    a_stand_by_database_has_no_replicas,
    database_backups_are_taken_apart_from_maintenance,
    database_class_is_offered,
    database_connections_fit_the_memory,
    database_storage_can_grow,
    maintenance_comes_to_one_after_the_other,
)
from settings.checks_edge import EDGE_CHECKS
from settings.checks_observability import OBSERVABILITY_CHECKS
from settings.checks_pooler import POOLER_CHECKS
from settings.checks_registry import REGISTRY_CHECKS
from settings.checks_services import SERVICE_CHECKS
from settings.fields import InvalidInput
from settings.models import Records, Settings
from settings.problems import Problem
from settings.regions import CLOSED_ZONES, ZONES

# General purpose buckets have names of 3 to 63 characters.
BUCKET_NAME_LENGTH = 63


def _subnets(settings: Settings) -> Iterator[tuple[str, IPv4Network]]:
    """Yield every subnet that is valid, with its key."""
    for tier in ("public_subnets", "private_subnets", "database_subnets"):
        for index, cidr in enumerate(getattr(settings.network, tier, ())):
            if cidr is not None:
                yield f"mpac:network.{to_camel(tier)}[{index}]", IPv4Network(cidr)


def _records(settings: Settings) -> tuple[tuple[str, Records], ...]:
    storage = settings.storage
    return (("mpac:storage.receipts", storage.receipts), ("mpac:storage.settlements", storage.settlements))


def zones_belong_to_the_region(settings: Settings) -> Iterator[Problem]:
    """A subnet in a zone of another region, or in a closed one, is refused only when it is created."""
    zones = ZONES[settings.region]
    for index, zone in enumerate(settings.network.zones):
        if zone is not None and zone not in zones:
            closed = f"takes no subnets since {CLOSED_ZONES[zone]}" if zone in CLOSED_ZONES else None
            yield Problem(
                key=f"mpac:network.zones[{index}]",
                value=zone,
                rule=closed or f"is no zone of {settings.region}",
                remedy=f"choose from {', '.join(zones)}",
            )


def subnets_lie_in_the_network(settings: Settings) -> Iterator[Problem]:
    """AWS refuses a subnet outside its VPC."""
    network = IPv4Network(settings.network.cidr)
    for key, subnet in _subnets(settings):
        if not subnet.subnet_of(network):
            yield Problem(
                key=key,
                value=str(subnet),
                rule=f"lies outside mpac:network.cidr ({network})",
                remedy=f"choose a range inside {network}",
            )


def subnets_do_not_overlap(settings: Settings) -> Iterator[Problem]:
    """AWS refuses the second of two overlapping subnets."""
    for (first, one), (second, other) in combinations(_subnets(settings), 2):
        if one.overlaps(other):
            yield Problem(
                key=second,
                value=str(other),
                rule=f"overlaps {first} ({one})",
                remedy="give every subnet a range of its own",
            )


def ports_differ(settings: Settings) -> Iterator[Problem]:
    """Ports tell services apart in security group rules, also when one is off for now."""
    owners: dict[int, str] = {}
    for name in type(settings.services).model_fields:
        port = getattr(getattr(settings.services, name), "port", None)
        if port is None:
            continue
        owner = owners.setdefault(port, name)
        if owner != name:
            yield Problem(
                key=f"mpac:services.{name}.port",
                value=port,
                rule=f"is the port of mpac:services.{owner} already",
                remedy="give every service a port of its own",
            )


def websockets_have_their_service(settings: Settings) -> Iterator[Problem]:
    """A load balancer without targets answers nobody."""
    if settings.websocket_load_balancer.enabled and not settings.services.smarttab.enabled:
        yield Problem(
            key="mpac:websocketLoadBalancer.enabled",
            value=True,
            rule="leads to mpac:services.smarttab, which is off",
            remedy="turn both on, or both off",
        )


def records_move_before_they_expire(settings: Settings) -> Iterator[Problem]:
    """S3 wants the steps of a lifecycle in order, and 30 days between STANDARD_IA and the next."""
    for key, records in _records(settings):
        with suppress(InvalidInput):
            earliest = records.infrequent_access_after_days + 30
            if records.glacier_after_days < earliest:
                yield Problem(
                    key=f"{key}.glacierAfterDays",
                    value=records.glacier_after_days,
                    rule=f"is less than 30 days after {key}.infrequentAccessAfterDays",
                    remedy=f"give at least {earliest}, or move objects to STANDARD_IA earlier",
                )
        with suppress(InvalidInput):
            if records.glacier_after_days >= records.expire_after_days:
                yield Problem(
                    key=f"{key}.glacierAfterDays",
                    value=records.glacier_after_days,
                    rule=f"is not before the end of {key}.retentionYears ({records.expire_after_days} days)",
                    remedy="give fewer days, or more years of retention",
                )


def records_outlive_their_lock(settings: Settings) -> Iterator[Problem]:
    """Else the lifecycle hides documents that the lock says must be kept."""
    for key, records in _records(settings):
        with suppress(InvalidInput):
            if records.retention_years < records.lock_years:
                yield Problem(
                    key=f"{key}.retentionYears",
                    value=records.retention_years,
                    rule=f"is shorter than {key}.lockYears ({records.lock_years})",
                    remedy=f"give at least {records.lock_years}, or lock for fewer years",
                )


def bucket_names_fit(settings: Settings) -> Iterator[Problem]:
    """The replica of the longest kind has the longest name of all buckets."""
    parts = (
        "mpac-static-assets",
        settings.environment,
        settings.replica_region,
        settings.storage.name_suffix,
    )
    name = "-".join(part for part in parts if part)
    excess = len(name) - BUCKET_NAME_LENGTH
    if excess > 0:
        yield Problem(
            key="mpac:storage.nameSuffix",
            value=settings.storage.name_suffix,
            rule=f"makes {name} longer than the {BUCKET_NAME_LENGTH} characters of a bucket's name",
            remedy=f"shorten it by {excess}",
        )


def keys_have_one_replica_per_region(settings: Settings) -> Iterator[Problem]:
    """KMS refuses a replica in the key's own region, and a second one in another."""
    if settings.replica_region == settings.region:
        yield Problem(
            key="mpac:replicaRegion",
            value=settings.replica_region,
            rule="is the region of the stack itself",
            remedy="choose another region, or leave it out for no replicas",
        )
    taken = {settings.region: "mpac:region", settings.replica_region: "mpac:replicaRegion"}
    for index, region in enumerate(settings.encryption.log_replica_regions):
        if region is not None and region in taken:
            yield Problem(
                key=f"mpac:encryption.logReplicaRegions[{index}]",
                value=region,
                rule=f"has the logs key already, by {taken[region]}",
                remedy="leave it out here",
            )


def upstream_is_another_stack(settings: Settings) -> Iterator[Problem]:
    """A stack that waits for its own contract never starts."""
    upstream = settings.upstream
    if upstream and upstream.stack.endswith(f"/mpac/{settings.environment}"):
        yield Problem(
            key="mpac:upstream.stack",
            value=upstream.stack,
            rule="is this stack itself",
            remedy="name the stack that this one stands by for, or leave mpac:upstream out",
        )


def a_stand_by_has_no_replicas(settings: Settings) -> Iterator[Problem]:
    """Its keys and buckets are its upstream's replicas, and those are not replicated on."""
    if settings.upstream and settings.replica_region:
        yield Problem(
            key="mpac:replicaRegion",
            value=settings.replica_region,
            rule="does not go with mpac:upstream: a stand-by uses its upstream's replicas and makes none",
            remedy="leave one of the two out",
        )


# Settings of keys and buckets that a stand-by does not own, by section.
OF_ITS_UPSTREAM = {
    "encryption": ("log_replica_regions",),
    "storage": ("object_lock_mode", "receipts", "settlements", "apk", "static_assets"),
}


def a_stand_by_leaves_to_its_upstream_what_that_owns(settings: Settings) -> Iterator[Problem]:
    """Such a setting would be taken and have no effect; somebody might rely on a lock that is not there."""
    if not settings.upstream:
        return
    for section, names in OF_ITS_UPSTREAM.items():
        given = getattr(settings, section)
        for name in names:
            if name in given.model_fields_set:
                yield Problem(
                    key=f"mpac:{section}.{to_camel(name)}",
                    rule="has no effect here: a stand-by uses what its upstream owns",
                    remedy=f"set it in the stack file of {settings.upstream.stack.rpartition('/')[2]}",
                )


# Each yields the problems it finds.
CHECKS: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
    zones_belong_to_the_region,
    subnets_lie_in_the_network,
    subnets_do_not_overlap,
    ports_differ,
    websockets_have_their_service,
    records_move_before_they_expire,
    records_outlive_their_lock,
    bucket_names_fit,
    keys_have_one_replica_per_region,
    upstream_is_another_stack,
    a_stand_by_has_no_replicas,
    database_class_is_offered,
    database_connections_fit_the_memory,
    database_storage_can_grow,
    database_backups_are_taken_apart_from_maintenance,
    maintenance_comes_to_one_after_the_other,
    a_major_upgrade_raises_the_version,
    a_stand_by_database_has_no_replicas,
    cache_version_is_of_its_engine,
    durability_has_its_engine,
    durability_has_its_nodes,
    cache_has_nodes_to_spare,
    snapshots_are_taken_apart_from_maintenance,
    *REGISTRY_CHECKS,
    *SERVICE_CHECKS,
    *CONTAINER_CHECKS,
    *EDGE_CHECKS,
    *OBSERVABILITY_CHECKS,
    *BACKUP_CHECKS,
    *POOLER_CHECKS,
    a_stand_by_leaves_to_its_upstream_what_that_owns,
)


def run_checks(settings: Settings) -> list[Problem]:
    """Run every check as far as its inputs are valid."""
    problems: list[Problem] = []
    for check in CHECKS:
        with suppress(InvalidInput):
            for problem in check(settings):
                problems.append(problem)  # noqa: PERF402  keeps what came before an invalid input
    return problems
