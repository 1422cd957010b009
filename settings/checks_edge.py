"""Rules about names and load balancers."""

from collections.abc import Iterator
from contextlib import suppress

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
    # None stands for an entry that is told as invalid already, and may be the one.
    if not settings.upstream and not {GLOBAL_REGION, None} & {*settings.encryption.log_replica_regions}:
        yield Problem(
            key="mpac:encryption.logReplicaRegions",
            value=list(settings.encryption.log_replica_regions),
            rule=f"has no {GLOBAL_REGION}, where Route 53 and CloudFront's firewall write their logs",
            remedy=f"add {GLOBAL_REGION}",
        )


def hosts_are_free(settings: Settings) -> Iterator[Problem]:
    """The CDN and WebSockets have hosts of their own; services may share one, by their paths."""
    owners: dict[str, str] = {}
    for name, service in settings.services.enabled().items():
        with suppress(InvalidInput):
            owners.setdefault(service.host, f"mpac:services.{name}")
    alone: list[tuple[str, str]] = []
    if settings.websocket_load_balancer.enabled:
        alone.append(("mpac:websocketLoadBalancer", settings.websocket_load_balancer.host))
    if not settings.upstream:
        alone.append(("mpac:cdn", settings.cdn.host))
    for key, host in alone:
        owner = owners.setdefault(host, key)
        if owner != key:
            yield Problem(
                key=f"{key}.host",
                value=host,
                rule=f"is the host of {owner} too",
                remedy="choose another host",
            )


def immutable_paths_leave_others_alone(settings: Settings) -> Iterator[Problem]:
    """What clients keep for a year must not be the page that names the files, nor an APK."""
    for path in filter(None, settings.cdn.immutable_paths):  # None stands for an invalid one
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
