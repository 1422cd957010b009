"""Values of properties: JSON types, and two more for what cannot be read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# How a plan writes what is not known yet inside a text.
_PLACEHOLDER = re.compile(r"<unknown: ([^<>]+)>")
# Its source, where that is not known either.
NOBODY = "None"
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Unknown:
    """A value that exists after the deployment only.

    Attributes:
        source: URN of the resource that it comes from, where that is known.
    """

    source: str | None = None


@dataclass(frozen=True)
class Secret(Unknown):
    """A value that is set, and that nothing may read: to most rules one that is not known."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


def read(value: Any, path: str) -> Any:
    """Return what lies at a path such as `rules[0].apply.algorithm`.

    Returns:
        The value; `ABSENT` where there is none or null; the `Unknown` or `Secret` met on the way.
    """
    for name, index in STEP.findall(path):
        if isinstance(value, Unknown):
            return value
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        if value is None:
            return ABSENT
    return value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each path to a value that is no list and no mapping."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def settled(value: Any) -> Any:
    """Turn the placeholders of a plan inside a document into `Unknown`."""
    if isinstance(value, dict):
        return {name: settled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [settled(item) for item in value]
    placeholder = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if not placeholder:
        return value
    return Unknown(None if placeholder[1] == NOBODY else placeholder[1])


def has_unknown(value: Any) -> bool:
    """Whether some part of a value is not known before the deployment."""
    return any(isinstance(leaf, Unknown) for _, leaf in leaves(value))
