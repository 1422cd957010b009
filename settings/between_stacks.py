"""Rules between the settings of several stacks."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations

from components.problems import Problem, SettingsError
from components.windows import days, weekly_window
from settings.contract import Contract
from settings.stack import Settings


def check_against(settings: Settings, contract: Contract) -> None:
    """Check that a stack can stand by for the one that handed over the contract.

    Raises:
        SettingsError: It cannot; with all problems.
    """
    problems = list(_conflicts(settings, contract))
    if problems:
        subject = f"Settings of stack {settings.environment} against the contract of {contract.environment}"
        raise SettingsError(subject, problems)


def _conflicts(settings: Settings, contract: Contract) -> Iterator[Problem]:
    if settings.primary_stack and not settings.primary_stack.stack.endswith(f"/{contract.environment}"):
        yield Problem(
            key="mpac:primaryStack.stack",
            value=settings.primary_stack.stack,
            rule=f"handed over the contract of another environment, {contract.environment}",
            remedy="name the stack to stand by for, and deploy that one again",
        )
    if settings.account_id != contract.account_id:
        # The peering is accepted, and the replicas of keys and buckets are used, without roles in between.
        yield Problem(
            key="mpac:accountId",
            value=settings.account_id,
            rule=f"is not the account of {contract.environment}, {contract.account_id}",
            remedy="put both stacks into one account",
        )
    if settings.region != contract.replica_region:
        yield Problem(
            key="mpac:region",
            value=settings.region,
            rule=f"is not where {contract.environment} has its replicas, {contract.replica_region}",
            remedy=f"write {contract.replica_region}, or change mpac:replicaRegion of {contract.environment}",
        )
    if IPv4Network(settings.network.cidr).overlaps(IPv4Network(contract.network.cidr)):
        yield _overlap(
            "mpac:network.cidr", settings.network.cidr, contract.environment, contract.network.cidr
        )
    yield from _maintained_together(settings, contract)
    yield from _services_without(settings, contract)
    if not settings.database.promoted:
        yield from _lagging(settings, contract)


def _maintained_together(settings: Settings, contract: Contract) -> Iterator[Problem]:
    """Yield windows on a day on which the other region may be restarted too: both might break at once."""
    taken = {day for window in contract.maintenance_windows for day in days(weekly_window(window))}
    for key, window in (
        ("database", settings.database.maintenance_window),
        ("cache", settings.cache.maintenance_window),
    ):
        shared = ", ".join(sorted(taken & days(weekly_window(window))))
        if shared:
            yield Problem(
                key=f"mpac:{key}.maintenanceWindow",
                value=window,
                rule=f"is on a day on which {contract.environment} is maintained ({shared})",
                remedy="choose another day, so that what an update breaks is not broken in both regions",
            )


def _services_without(settings: Settings, contract: Contract) -> Iterator[Problem]:
    """Yield services that lack here what the primary stack makes for them."""
    for name, service in settings.services.enabled().items():
        if service.task_name not in contract.repositories:
            missing = f"needs a copy of the repository {service.task_name}, which was not handed over"
        elif service.database and name not in contract.database.role_secret_arns:
            missing = f"uses the database, and a role {name} in it was not handed over"
        else:
            continue
        yield Problem(
            key=f"mpac:services.{name}",
            rule=missing,
            remedy=f"deploy {contract.environment} first, with the same services and its images replicated "
            "(mpac:registry.replicate)",
        )


def _lagging(settings: Settings, contract: Contract) -> Iterator[Problem]:
    """Yield what would keep the database from following the primary stack's."""
    database, source = settings.database, contract.database
    if database.version != source.version:
        yield Problem(
            key="mpac:database.version",
            value=database.version,
            rule=f"is not the version of {contract.environment}, {source.version}, which a replica has",
            remedy=f"write {source.version}",
        )
    for key, value, least in (
        ("maxConnections", database.max_connections, source.max_connections),
        ("maxAllocatedStorageGib", database.max_allocated_storage_gib, source.max_allocated_storage_gib),
    ):
        if value < least:
            yield Problem(
                key=f"mpac:database.{key}",
                value=value,
                rule=f"is less than in {contract.environment}, {least}: the replica would stop replaying",
                remedy=f"give at least {least}",
            )


def check_together(stacks: Mapping[str, Settings]) -> None:
    """Check that the networks of all stacks differ, so that any two can be peered, and that peers agree.

    Raises:
        SettingsError: Some overlap; with all problems.
    """
    networks = {name: settings.network.cidr for name, settings in stacks.items()}
    problems = [
        _overlap(f"mpac:network.cidr of {name}", networks[name], other, networks[other])
        for other, name in combinations(networks, 2)
        if IPv4Network(networks[name]).overlaps(IPv4Network(networks[other]))
    ]
    problems += _peers_that_differ(stacks)
    if problems:
        raise SettingsError("Networks of all stacks", problems)


def _peers_that_differ(stacks: Mapping[str, Settings]) -> Iterator[Problem]:
    """A range that is not the other's opens the database to nobody, or to somebody else."""
    pairs = {
        name: settings.primary_stack.stack.rpartition("/")[2]
        for name, settings in stacks.items()
        if settings.primary_stack and settings.primary_stack.peering
    }
    peers = pairs | {primary: name for name, primary in pairs.items()}
    for name, settings in stacks.items():
        given, peer = settings.network.peer, stacks.get(peers.get(name, ""))
        if peer:
            wanted = (peer.network.private_subnets, peer.network.database_subnets)
            if given is None or (given.private_subnets, given.database_subnets) != wanted:
                yield Problem(
                    key=f"mpac:network.peer of {name}",
                    rule=f"is not the network of {peers[name]}",
                    remedy=f"write the privateSubnets and databaseSubnets of {peers[name]}",
                )
        elif given and name not in peers:
            yield Problem(
                key=f"mpac:network.peer of {name}",
                rule="names a network that is not peered",
                remedy="leave it out",
            )


def _overlap(key: str, cidr: str, other: str, other_cidr: str) -> Problem:
    return Problem(
        key=key,
        value=cidr,
        rule=f"overlaps the network of {other} ({other_cidr}); such networks can never be peered",
        remedy="choose another range for the VPC and its subnets",
    )
