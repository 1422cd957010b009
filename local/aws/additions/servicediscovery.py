"""Cloud Map: the hosted zone of a private namespace has its name and VPC, and goes with it."""

from collections.abc import Callable
from typing import Any

from moto.servicediscovery.models import ServiceDiscoveryBackend

from local.aws.additions.patching import wrap
from local.aws.call import backend
from local.aws.untyped import Moto


@wrap(ServiceDiscoveryBackend, "create_private_dns_namespace", digest="b29657a2")
def create(original: Callable[..., Any], self: Moto, *args: Moto, **kwargs: Moto) -> Moto:
    """Moto appends ``-hz`` to the zone's name, leaves the VPC out, and takes one namespace per VPC."""
    others = {each.id: each.vpc for each in self.namespaces.values()}
    for each in self.namespaces.values():
        each.vpc = None
    operation = original(self, *args, **kwargs)
    for identity, vpc in others.items():
        self.namespaces[identity].vpc = vpc
    (namespace,) = (each for each in self.namespaces.values() if each.id not in others)
    zone = _zones()[_zone_of(namespace)]
    zone.name = f"{namespace.name}."
    zone.vpcs = [{"vpc_id": namespace.vpc, "vpc_region": self.region_name}]
    return operation


@wrap(ServiceDiscoveryBackend, "delete_namespace", digest="19f2c5c9")
def delete(original: Callable[..., Any], self: Moto, namespace_id: str) -> Moto:
    """Moto leaves the zone behind."""
    namespace = self.namespaces.get(namespace_id)
    operation = original(self, namespace_id)
    _zones().pop(_zone_of(namespace), None)
    return operation


def _zones() -> dict[str, Moto]:
    zones: dict[str, Moto] = backend("route53", "aws").zones
    return zones


def _zone_of(namespace: Moto) -> str:
    return str(namespace.dns_properties.get("HostedZoneId", "")).rpartition("/")[2]
