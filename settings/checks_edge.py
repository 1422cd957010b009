"""Rules about names and load balancers."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations

from settings.fields import InvalidInput
from settings.models import Settings
from settings.problems import Problem
from settings.regions import GLOBAL_REGION


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
    if settings.websocket_load_balancer.enabled:
        for key, host, _ in routes:
            if host == settings.websocket_load_balancer.host:
                yield Problem(
                    key="mpac:websocketLoadBalancer.host",
                    value=host,
                    rule=f"is the host of {key} too",
                    remedy="choose another host",
                )


EDGE_CHECKS = (a_stack_has_a_domain, query_logs_have_a_key, hosts_are_free)
