"""One call of the AWS API, as refusals and additions see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from local.aws.untyped import Moto

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Call:
    """A parsed and valid call. ``params`` has the service model's names and Python values."""

    service: str
    operation: str
    region: str
    params: Mapping[str, Any]

    def backend(self, package: str, region: str | None = None) -> Moto:
        """Moto's state of a service, by moto's package name, in ``region`` (default: the call's)."""
        return backend(package, region or self.region)


def backend(package: str, region: str) -> Moto:
    """Moto's state of a service in a region; global services have one for all regions."""
    regions = get_backend(package)[ACCOUNT]  # type: ignore[call-overload]
    return regions[region] if region in regions else regions["aws"]
