"""Every way to weaken a stack by one property.

What is weakened follows from what a value is: a truth value is turned, a number lowered, a network opened, a
port widened; a principal, action or resource becomes `*`; a condition, a refusal or a key is taken away; a
protected resource loses its protection, and what stands beside another resource is removed. `weakenings.yaml`
says how other values are weakened, and lists with a reason what is left out.
"""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policy.pack.graph import Graph, Resource
from policy.pack.values import ABSENT, Secret, Unknown, settled

LISTS = Path(__file__).with_name("weakenings.yaml")
CIDR = re.compile(r"\d+\.\d+\.\d+\.\d+/\d+")
KEY = re.compile(r"kms|KeyArn|KeyId|encryptionKey", re.IGNORECASE)
PROTECT = "$protect"
RESOURCE = "$resource"
Changes = Mapping[str, Any]
# A name may hold dots, so a path is a row of steps until it is shown.
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """One weakening.

    Attributes:
        urn: The resource.
        path: The property, with the indices of lists.
        how: What is done to it, in words.
        resource: The weakened resource; None where it is removed.
    """

    urn: str
    type: str
    path: str
    how: str
    resource: Resource | None

    @property
    def kind(self) -> str:
        """The property, without the indices of lists."""
        return _kind(self.path)


def _kind(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


@cache
def lists() -> Any:
    return yaml.safe_load(LISTS.read_text())


@cache
def _weaker(type_: str, kind: str) -> Sequence[Any] | Mapping[str, Any] | None:
    """Find how a kind of property is weakened, where its values do not say so themselves."""
    entries = lists()["weaker"].items()
    found = [
        values
        for types, paths in entries
        if fnmatchcase(type_, types)
        for path, values in paths.items()
        if fnmatchcase(kind, path)
    ]
    return found[0] if found else None


@cache
def _is_listed(type_: str, kind: str) -> bool:
    return any(
        fnmatchcase(type_, types) and any(fnmatchcase(kind, path) for path in paths)
        for entry in lists()["left_out"]
        for types, paths in entry.items()
        if types != "reason"
    )


def _is_left_out(type_: str, kind: str) -> bool:
    return _is_listed(type_, kind) and not _weaker(type_, kind)


def mutations(graph: Graph) -> Iterator[Mutation]:
    """Yield every weakening of a stack.

    Raises:
        ValueError: A property is neither weakened nor left out with a reason; it names all of them.
    """
    unlisted: Counter[str] = Counter()
    for resource in graph.resources.values():
        if not resource.type.startswith("aws:"):
            continue
        if resource.protect:
            yield Mutation(resource.urn, resource.type, PROTECT, "off", replace(resource, protect=False))
        if resource.type in lists()["companions"]:
            yield Mutation(resource.urn, resource.type, RESOURCE, "removed", None)
        opened = _opened(resource.inputs)
        for steps, value in _leaves(opened):
            path = _path(steps)
            kind = _kind(path)
            if _is_left_out(resource.type, kind):
                continue
            found = [
                item for item in _weakened(resource.type, kind, opened, steps, value) if item[1] != opened
            ]
            # Of a statement, each part that can be weakened is; a refusal is taken away whole. A truth value
            # or a number may be at its weakest already.
            known = _weaker(resource.type, kind) or "Statement" in steps or isinstance(value, bool | int)
            if not found and not known:
                unlisted[f"{resource.type} {kind}"] += 1
            for how, inputs in found:
                changed = replace(resource, inputs=_closed(inputs, resource.inputs))
                yield Mutation(resource.urn, resource.type, path, how, changed)
    if unlisted:
        lines = "\n".join(f"  {name}: {count}" for name, count in sorted(unlisted.items()))
        raise ValueError(f"Neither weakened nor left out with a reason in {LISTS.name}:\n{lines}")


def _leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if items is None:
        yield steps, value
    else:
        for step, item in items:
            yield from _leaves(item, (*steps, step))


def _path(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


Weakened = Iterator[tuple[str, Changes]]


def _weakened(type_: str, kind: str, inputs: Changes, steps: Steps, value: Any) -> Weakened:
    """Yield what is done to a value, and the inputs after it."""
    listed = _weaker(type_, kind)
    if isinstance(listed, dict):
        # A list of names and values: what is weaker depends on the name beside it.
        listed = listed.get(_at(inputs, (*steps[:-1], "name")), [])
        for to in listed:
            yield str(to), _with(inputs, steps, to)
    elif listed:
        for to in listed:
            if to == "$none":
                # The elements of a list are weakened once, with the first.
                if steps[-1] == 0:
                    yield "none", _with(inputs, steps[:-1], ABSENT)
            elif str(to).lower() != str(value).lower():
                absent = to == "$absent"
                yield ("absent" if absent else str(to)), _with(inputs, steps, ABSENT if absent else to)
    elif "Statement" in steps:
        yield from _weaker_statement(inputs, steps, value)
    else:
        weaker = _weaker_value(kind, value)
        if weaker != value:
            yield ("absent" if weaker is ABSENT else str(weaker).lower()), _with(inputs, steps, weaker)


def _weaker_value(kind: str, value: Any) -> Any:
    if isinstance(value, bool):
        return kind.rpartition(".")[2] in lists()["weak_if_true"]
    if kind.endswith(("fromPort", "toPort")):
        return 0 if kind.endswith("fromPort") else 65535
    if isinstance(value, str) and CIDR.fullmatch(value):
        return "0.0.0.0/0"
    if KEY.search(kind.rpartition(".")[2]):
        return ABSENT
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdecimal()):
        return min(float(value), 1 if float(value) > 1 else 0)
    return value


def _weaker_statement(inputs: Changes, steps: Steps, value: Any) -> Iterator[tuple[str, Changes]]:
    end = steps.index("Statement") + 1
    if isinstance(steps[end], int):
        end += 1
    statement, part, rest = steps[:end], steps[end], steps[end + 1 :]
    allows = _at(inputs, statement)["Effect"] == "Allow"
    if part == "Effect" and not allows:
        yield "refusal removed", _with(inputs, statement, ABSENT)
    elif part == "Condition" and allows:
        yield "condition removed", _with(inputs, (*statement, "Condition", rest[0]), ABSENT)
    elif value == "*" or not allows:
        return
    elif part in ("Principal", "Resource"):
        yield "*", _with(inputs, (*statement, part), "*")
    elif part == "Action":
        yield "*", _with(inputs, steps, f"{value.partition(':')[0]}:*")


def _opened(value: Any) -> Any:
    """Parse the documents in inputs, so that their properties have paths."""
    if isinstance(value, dict):
        return {name: _opened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return settled(json.loads(value))
        except ValueError:
            return value
    return value


def _closed(opened: Any, original: Any) -> Any:
    """Write the documents again."""
    if isinstance(original, str) and not isinstance(opened, str | Unknown | Secret | int):
        return json.dumps(opened, default=lambda item: f"<unknown: {item.source or '?'}>")
    if isinstance(original, dict) and isinstance(opened, dict):
        return {name: _closed(item, original.get(name)) for name, item in opened.items()}
    if isinstance(original, list) and isinstance(opened, list) and len(original) == len(opened):
        return [_closed(item, other) for item, other in zip(opened, original, strict=True)]
    return opened


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def _with(inputs: Changes, steps: Steps, value: Any) -> Changes:
    changed = copy.deepcopy(inputs)
    target = _at(changed, steps[:-1])
    if value is ABSENT:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value
    return changed
