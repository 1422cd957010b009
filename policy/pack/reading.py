"""What a rule looked at and could not read, so that no rule is switched off by it in silence."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from .values import Unknown


@dataclass
class Reading:
    """What one run of a rule has looked at.

    Attributes:
        last: URN of the resource that it looked at last.
        unread: Properties that could not be read, by URN and path.
    """

    last: str = ""
    unread: dict[tuple[str, str], None] = field(default_factory=dict)


_CURRENT: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading() -> Iterator[Reading]:
    """Watch what is looked at."""
    current = Reading()
    token = _CURRENT.set(current)
    try:
        yield current
    finally:
        _CURRENT.reset(token)


def note(urn: str, path: str, value: Any) -> None:
    """Take note of a property that a rule looks at."""
    current = _CURRENT.get()
    if current is not None:
        current.last = urn
        if isinstance(value, Unknown):
            current.unread[urn, path] = None
