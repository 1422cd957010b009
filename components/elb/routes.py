"""Which request goes to which service: pure, so that it is tested without Pulumi."""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYTHING = "/*"
# A priority depends on the service alone: if one more service moved the rules of others, each would run into
# the priority that the next one still has. The rest is room for rules added by hand in an emergency.
PRIORITIES_PER_SERVICE = 100
AFTER_SPECIAL_PATHS = 10_000
# What a condition of a rule takes; five values in all a rule.
VALUES_PER_RULE = 5


@dataclass(frozen=True, kw_only=True)
class ServiceRoute:
    """Requests of a service.

    Attributes:
        service: Name of the service.
        position: A number of its own that it keeps, from 1 to 99.
        port: Port of its tasks.
        hosts: Host names that it is reached at.
        paths: Patterns of paths at these hosts.
        health_path: Path of the health checks.
        drain_seconds: Seconds that requests to a task that goes may still take.
    """

    service: str
    position: int
    port: int
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    health_path: str
    drain_seconds: int


@dataclass(frozen=True, kw_only=True)
class ListenerRule:
    """A rule of a listener.

    Attributes:
        service: The service that it leads to.
        number: Which of the service's rules it is, from 1.
        priority: Unique on its listener; the lowest that fits wins.
        hosts: Host names.
        paths: Patterns of paths.
    """

    service: str
    number: int
    priority: int
    hosts: tuple[str, ...]
    paths: tuple[str, ...]


def listener_rules(routes: Iterable[ServiceRoute]) -> list[ListenerRule]:
    """Let a special path win over a general one, and split routes to what a rule takes.

    Raises:
        ValueError: A service has more hosts than a rule takes beside a path, or the position of another.
    """
    routes = list(routes)
    if len({route.position for route in routes}) < len(routes):
        raise ValueError("Give each route a position of its own: it makes the priority of its rules.")
    rules: list[ListenerRule] = []
    for route in routes:
        first = route.position * PRIORITIES_PER_SERVICE
        if EVERYTHING in route.paths:
            first += AFTER_SPECIAL_PATHS
        room = VALUES_PER_RULE - len(route.hosts)
        if room < 1:
            raise ValueError(
                f"{route.service} has {len(route.hosts)} hosts; a rule takes {VALUES_PER_RULE - 1}"
            )
        for number, start in enumerate(range(0, len(route.paths), room), start=1):
            rules.append(
                ListenerRule(
                    service=route.service,
                    number=number,
                    priority=first + number,
                    hosts=route.hosts,
                    paths=route.paths[start : start + room],
                )
            )
    return rules
