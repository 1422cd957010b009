"""Rules about names and load balancers."""

from collections.abc import Iterator
from contextlib import suppress

from components.problems import Problem
from components.regions import GLOBAL_REGION
from components.section import InvalidInput, check
from settings.stack import Settings


@check
def a_stack_has_a_domain(settings: Settings) -> Iterator[Problem]:
    """Its own, or that of the stack which it stands by for."""
    if settings.primary_stack:
        for name, value in (("domain", settings.dns.domain), ("zoneId", settings.dns.zone_id)):
            if value:
                yield Problem(
                    key=f"mpac:dns.{name}",
                    value=value,
                    rule="does not go with mpac:primaryStack, whose zone is used",
                    remedy="leave it out",
                )
    elif settings.dns.domain is None:
        yield Problem(
            key="mpac:dns.domain",
            rule="is required",
            remedy="write the domain of the stack, such as example.com",
        )


@check
def query_logs_have_a_key(settings: Settings) -> Iterator[Problem]:
    """Route 53 and CloudFront's web ACL write their logs to us-east-1, encrypted with a key there."""
    # None stands for an entry that is reported as invalid already, and may be the one.
    if not settings.primary_stack and not {GLOBAL_REGION, None} & {*settings.encryption.log_replica_regions}:
        yield Problem(
            key="mpac:encryption.logReplicaRegions",
            value=list(settings.encryption.log_replica_regions),
            rule=f"has no {GLOBAL_REGION}, where Route 53 and CloudFront's web ACL write their logs",
            remedy=f"add {GLOBAL_REGION}",
        )


@check
def hosts_are_free(settings: Settings) -> Iterator[Problem]:
    """The CDN and WebSockets have hosts of their own; services may share one, by their paths."""
    owners: dict[str, str] = {}
    for name, service in settings.services.enabled().items():
        with suppress(InvalidInput):
            owners.setdefault(service.host, f"mpac:services.{name}")
    alone: list[tuple[str, str]] = []
    if settings.nlb.enabled:
        alone.append(("mpac:nlb", settings.nlb.host))
    if not settings.primary_stack:
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
