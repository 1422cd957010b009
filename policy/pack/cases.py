"""The example of each rule: sound resources, and the flaws that it finds in them.

`cases/<family>.yaml` holds them. The tests run them; the page of the family shows them.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from .graph import Graph, Resource
from .settings import Settings
from .values import NOBODY, STEP, Secret, Unknown

CASES = Path(__file__).parents[1] / "cases"
PROTECT = "$protect"
STEP_BEGINS = re.compile(r"[.\[]")


class Declared(BaseModel):
    """A resource of an example.

    Attributes:
        type: Type token.
        inputs: Its inputs. `{$from: name}` stands for an id or ARN of another resource of the example,
            `{$unknown: true}` for a value that nobody knows, `{$secret: true}` for a secret, `{$json: ...}`
            for a JSON document.
        protect: Whether the engine refuses to delete it.
        provider: Name of its provider in the example.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    inputs: dict[str, Any] = {}
    protect: bool = False
    provider: str | None = None


class Flaw(BaseModel):
    """The one thing that is different in a bad example.

    Attributes:
        resource: Name of the resource.
        path: Its input, `$protect`, or empty for the whole resource, which is then missing.
        value: What the input is; not set if absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: str
    path: str = ""
    value: Any = None


Resources = dict[str, Declared]


class Case(BaseModel):
    """The example of a rule.

    Attributes:
        good: Resources that the rule has nothing against.
        bad: What makes them violate it, one at a time.
        unknown: The input that, unknown, leaves the rule without a verdict; that of the first flaw if absent.
        sound: Further resources, declared otherwise, that the rule has nothing against.
        settings: The pack's settings, where the rule needs others than the default.
        stack: Name of the stack.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    good: Resources
    bad: Annotated[tuple[Flaw, ...], Field(min_length=1)]
    unknown: Flaw | None = None
    sound: tuple[Resources, ...] = ()
    settings: Settings = Settings()
    stack: str = "prod"

    def passing(self) -> Iterator[Graph]:
        """Yield the graphs that the rule must pass."""
        for resources in (self.good, *self.sound):
            yield build(resources, self.stack)

    def failing(self) -> Iterator[tuple[Flaw, Graph]]:
        """Yield each flaw with the graph that has it."""
        for flaw in self.bad:
            yield flaw, build(flawed(self.good, flaw), self.stack)

    def undecided(self) -> Graph:
        """Return the graph that the rule cannot judge."""
        return self._unknown(self.unknown or self.bad[0])

    def unknown_flaws(self) -> Iterator[tuple[Flaw, Graph]]:
        """Yield each place where a flaw is a value, and what it lies in, with the graph that hides it."""
        for flaw in self.bad:
            if flaw.path in ("", PROTECT) or flaw.value is None:
                continue
            ends = [match.start() for match in STEP_BEGINS.finditer(flaw.path)]
            for path in (flaw.path, *(flaw.path[:end] for end in ends)):
                # A document is one text, known or not.
                place = flaw.model_copy(update={"path": path.removesuffix(".$json")})
                yield place, self._unknown(place)

    def _unknown(self, place: Flaw) -> Graph:
        unknown = place.model_copy(update={"value": {"$unknown": True}})
        return build(flawed(self.good, unknown), self.stack)


@cache
def cases() -> Mapping[str, Case]:
    """Return the examples of all rules by their ids."""
    return {
        rule: Case.model_validate(raw)
        for path in sorted(CASES.glob("*.yaml"))
        for rule, raw in yaml.safe_load(path.read_text()).items()
    }


def build(resources: Resources, stack: str) -> Graph:
    """Turn the resources of an example into a graph."""
    urns = {name: f"urn:pulumi:{stack}::example::{item.type}::{name}" for name, item in resources.items()}
    return Graph(stack, [_resource(name, item, urns) for name, item in resources.items()])


def _resource(name: str, item: Declared, urns: Mapping[str, str]) -> Resource:
    inputs = _value(item.inputs, urns)
    return Resource(
        urn=urns[name],
        type=item.type,
        name=name,
        inputs=inputs,
        references={key: tuple(_sources(value, urns)) for key, value in item.inputs.items()},
        provider=urns.get(item.provider or ""),
        protect=item.protect,
    )


def _value(value: Any, urns: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_value(item, urns) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() & {"$from", "$unknown"}:
        return Unknown(urns.get(value.get("$from", "")))
    if "$secret" in value:
        return Secret()
    if "$json" in value:
        return json.dumps(_value(value["$json"], urns), default=_placeholder)
    return {name: _value(item, urns) for name, item in value.items()}


def _placeholder(unknown: Unknown) -> str:
    """Write what is not known into a document, as a plan does."""
    return f"<unknown: {unknown.source or NOBODY}>"


def _sources(value: Any, urns: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _sources(item, urns)
    elif isinstance(value, dict):
        if value.get("$from") in urns:
            yield urns[value["$from"]]
        else:
            for item in value.values():
                yield from _sources(item, urns)


def flawed(resources: Resources, flaw: Flaw) -> Resources:
    """Return an example with a flaw."""
    if not flaw.path:
        return {name: item for name, item in resources.items() if name != flaw.resource}
    item = resources[flaw.resource]
    if flaw.path == PROTECT:
        changed = item.model_copy(update={"protect": bool(flaw.value)})
    else:
        inputs = copy.deepcopy(item.inputs)
        _set(inputs, flaw.path, flaw.value)
        changed = item.model_copy(update={"inputs": inputs})
    return resources | {flaw.resource: changed}


def _set(inputs: dict[str, Any], path: str, value: Any) -> None:
    """Change one input in place; None takes it away."""
    *steps, last = [name or int(index) for name, index in STEP.findall(path)]
    target: Any = inputs
    for step in steps:
        target = target[step]
    if value is not None:
        if isinstance(target, list) and last == len(target):
            target.append(value)
        else:
            target[last] = value
    else:
        del target[last]
