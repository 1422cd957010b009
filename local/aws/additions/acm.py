"""ACM: a certificate is issued when, and only when, its validation records can be resolved."""

from collections.abc import Callable
from typing import Any

from moto.acm.models import CertBundle

from local.aws import registrar
from local.aws.additions.patching import wrap
from local.aws.call import backend
from local.aws.untyped import Moto


@wrap(CertBundle, "check", digest="86d48f09")
def check(original: Callable[..., Any], self: Moto) -> None:
    """Moto issues it after a minute, whoever the domain belongs to."""
    if (self.type, self.status) != ("AMAZON_ISSUED", "PENDING_VALIDATION"):
        original(self)
    elif all(_resolves(option["ResourceRecord"]) for option in _options(self)):
        self.status = "ISSUED"


def _options(certificate: Moto) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = certificate.describe()["Certificate"]["DomainValidationOptions"]
    return options


def _resolves(record: dict[str, str]) -> bool:
    wanted = (record["Name"].rstrip("."), record["Type"])
    return any(
        (found.name.rstrip("."), found.type) == wanted and record["Value"].rstrip(".") in str(found.records)
        for zone in backend("route53", "aws").zones.values()
        if registrar.is_delegated(zone)
        for found in zone.rrsets
    )
