"""Rules about names and load balancers."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations

from settings.fields import InvalidInput
from settings.models import Settings
from settings.problems import Problem
from settings.regions import ALIAS_TTL_SECONDS, GLOBAL_REGION


def a_stack_has_a_domain(settings: Settings) -> Iterator[Problem]:
    """Its own, or that of the stack which it stands by for."""
    if settings.upstream:
        for name, value in (("domain", settings.dns.domain), ("zoneId", settings.dns.zone_id)):
            if value:
                yield Problem(
                    key=f"mpac:dns.{name}",
                    value=value,
                    rule="does not go with mpac:upstream, whose zone is used",
                    remedy="leave it out",
                )
    elif settings.dns.domain is None:
        yield Problem(
            key="mpac:dns.domain",
            rule="is required",
            remedy="write the domain of the stack, such as example.com",
        )


def query_logs_have_a_key(settings: Settings) -> Iterator[Problem]:
    """Route 53 and CloudFront's firewall write their logs to us-east-1, encrypted with a key there."""
    if not settings.upstream and GLOBAL_REGION not in settings.encryption.log_replica_regions:
        yield Problem(
            key="mpac:encryption.logReplicaRegions",
            value=list(settings.encryption.log_replica_regions),
            rule=f"has no {GLOBAL_REGION}, where Route 53 and CloudFront's firewall write their logs",
            remedy=f"add {GLOBAL_REGION}",
        )


def hosts_are_free(settings: Settings) -> Iterator[Problem]:
    """Two services at one host need paths that differ; the CDN and WebSockets have hosts of their own."""
    routes: list[tuple[str, str, str]] = []
    for name, service in settings.services.enabled().items():
        with suppress(InvalidInput):
            routes += [(f"mpac:services.{name}", service.host, path) for path in service.paths]
    for (first, host, path), (second, other_host, other_path) in combinations(routes, 2):
        if (host, path) == (other_host, other_path) and first != second:
            yield Problem(
                key=f"{second}.paths",
                value=path,
                rule=f"is a path of {first} at {host} too",
                remedy="give each service paths of its own, or another host",
            )
    owners = [(key, host) for key, host, _ in routes]
    if settings.websocket_load_balancer.enabled:
        owners.append(("mpac:websocketLoadBalancer.host", settings.websocket_load_balancer.host))
    if not settings.upstream:
        owners.append(("mpac:cdn.host", settings.cdn.host))
    for (first, host), (second, other_host) in combinations(owners, 2):
        if host == other_host and second.endswith(".host"):
            yield Problem(
                key=second,
                value=host,
                rule=f"is the host of {first} too",
                remedy="choose another host",
            )


def immutable_paths_leave_others_alone(settings: Settings) -> Iterator[Problem]:
    """What clients keep for a year must not be the page that names the files, nor an APK."""
    for path in settings.cdn.immutable_paths:
        if path == "/*" or path.startswith("/apk"):
            yield Problem(
                key="mpac:cdn.immutablePaths",
                value=path,
                rule="takes in files that keep their name when they change",
                remedy="give the directories with hashed names only, such as /assets/*",
            )


def failover_is_fast_enough(settings: Settings) -> Iterator[Problem]:
    """Detection, and then what resolvers remember."""
    failover = settings.failover
    seconds = failover.interval_seconds * failover.failure_threshold + ALIAS_TTL_SECONDS
    if seconds > failover.recovery_seconds:
        yield Problem(
            key="mpac:failover.failureThreshold",
            value=failover.failure_threshold,
            rule=(
                f"makes {seconds} seconds: {failover.interval_seconds} x {failover.failure_threshold}, and "
                f"{ALIAS_TTL_SECONDS} that resolvers keep an alias; {failover.recovery_seconds} are allowed"
            ),
            remedy="ask more often (mpac:failover.intervalSeconds: 10), or lower the threshold",
        )


EDGE_CHECKS = (
    a_stack_has_a_domain,
    query_logs_have_a_key,
    hosts_are_free,
    immutable_paths_leave_others_alone,
    failover_is_fast_enough,
)
