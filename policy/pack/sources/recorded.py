"""Stacks from files: a plan that `make plan` recorded, or a state that `pulumi stack export` wrote."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..graph import Graph, Resource, stack_of
from ..settings import PackError
from ..values import Secret, Unknown

# How the engine writes a secret into a state, and a value that is not known.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a marker
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def load(path: Path) -> Graph:
    """Read a stack from a file, be it a plan or a state.

    Raises:
        PackError: The file is neither.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise PackError(f"{path} cannot be read: {error}") from None
    try:
        if isinstance(content, list):
            graph = from_plan(content)
        else:
            graph = from_state(content["deployment"].get("resources") or [])
    except (KeyError, TypeError, AttributeError) as error:
        raise PackError(
            f"{path} is neither a plan (`make plan`) nor a state (`pulumi stack export`): {error!r}"
        ) from None
    if not graph.resources:
        raise PackError(f"{path} has no resources: nothing was judged.")
    return graph


def from_plan(items: Sequence[Mapping[str, Any]]) -> Graph:
    """Read the resources of a recorded plan."""
    return _graph(
        Resource(
            urn=item["urn"],
            type=item["type"],
            name=item["name"],
            inputs=_plain(item["inputs"]),
            references={name: tuple(urns) for name, urns in item["propertyDependencies"].items()},
            provider=item["provider"],
            protect=item["protect"],
        )
        for item in items
    )


def from_state(items: Sequence[Mapping[str, Any]]) -> Graph:
    """Read the resources of an exported state; what is about to be deleted does not count."""
    return _graph(
        Resource(
            urn=item["urn"],
            type=item["type"],
            name=item["urn"].rpartition("::")[2],
            inputs=_plain(item.get("inputs") or {}),
            outputs=_plain(item.get("outputs") or {}) | ({"id": item["id"]} if item.get("id") else {}),
            references={
                name: tuple(urns or ()) for name, urns in (item.get("propertyDependencies") or {}).items()
            },
            provider=(item.get("provider") or "").rpartition("::")[0] or None,
            protect=bool(item.get("protect")),
        )
        for item in items
        if not item.get("delete")
    )


def _graph(resources: Any) -> Graph:
    found = list(resources)
    return Graph(stack_of(found[0].urn) if found else "", found)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value == UNKNOWN:
        return Unknown()
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$unknown"}:
        return Unknown(value["$unknown"])
    if value.keys() == {"$secret"} or value.get(SIGNATURE) == SECRET:
        return Secret()
    return {name: _plain(item) for name, item in value.items() if item is not None}
