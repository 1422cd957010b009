"""The registrar of the domains: which zones the internet is sent to.

A zone that nobody has delegated its domain to answers nobody, whatever is in it.
"""

from local.aws.untyped import Moto

_zones: set[str] = set()
_at_once = False


def delegate(zone_id: str) -> dict[str, str]:
    """Name the servers of a zone at the registrar of its domain."""
    _zones.add(zone_id)
    return {"delegated": zone_id}


def delegate_at_once() -> dict[str, str]:
    """Do so from now on for every zone, so that nobody has to."""
    global _at_once  # noqa: PLW0603 - one registrar in a process
    _at_once = True
    return {"delegated": "all"}


def is_delegated(zone: Moto) -> bool:
    """Whether names of a zone can be resolved from the internet."""
    return not zone.private_zone and (_at_once or zone.resource_id in _zones)
