"""How the properties of the built AWS provider compare with those of the installed SDK.

The bridge derives names and lists from Terraform's schema; the official plugin overrides some by hand. This
compares every property of every kind with the SDK's own types, and writes what the built provider needs to be
the same: `python -m local.toolchain.mapping` prints the differences, with `--write` it makes overrides.json
and newer.json anew, to be followed by `make toolchain`.
"""

import importlib
import inspect
import json
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from pulumi import _types

from local.toolchain import cached
from local.unfinished import KINDS

OVERRIDES = Path(__file__).parent / "go/aws/overrides.json"
NEWER = OVERRIDES.with_name("newer.json")
# Every resource has an id; Terraform's attribute of that name is not a property.
ID = "id"
# Names that differ by more than a plural are near each other.
NEAR = 0.75


@dataclass(frozen=True)
class Property:
    """A property of a kind in the SDK."""

    many: bool
    nested: "Mapping[str, Property] | None"


@dataclass(frozen=True)
class Difference:
    """Where provider and SDK disagree.

    Attributes:
        kind: Token of the kind.
        path: Property, below the blocks that it lies in, by Terraform's names.
        sdk: The SDK's name, or "" when it has no such property.
        provider: The provider's name, or "" when it has no such property.
        many: Whether the SDK takes a list there.
    """

    kind: str
    path: tuple[str, ...]
    sdk: str
    provider: str
    many: bool

    def __str__(self) -> str:
        place = ".".join((*self.path, self.provider or self.sdk))
        if not self.sdk:
            return f"{self.kind} {place}: the SDK has no such property"
        if not self.provider:
            return f"{self.kind} {place}: newer than the provider"
        return f"{self.kind} {place}: in the SDK {'a list' if self.many else 'a single value'}, {self.sdk}"


def sdk_properties(token: str) -> Mapping[str, Property]:
    """The properties of a kind in the SDK, by Pulumi's names."""
    return _properties(_types.resource_types(_sdk_class(token)))


def sdk_secrets(token: str) -> set[str]:
    """The properties of a kind that the SDK keeps secret."""
    marked = re.search(r"additional_secret_outputs=\[([^\]]*)\]", inspect.getsource(_sdk_class(token)))
    return set(re.findall(r'"(\w+)"', marked[1])) if marked else set()


def _sdk_class(token: str) -> type:
    _, module, name = token.split(":")
    package = module.partition("/")[0]
    package += "_" if keyword.iskeyword(package) else ""
    found: type = getattr(importlib.import_module(f"pulumi_aws.{package}"), name)
    return found


def _properties(types: Mapping[str, Any], above: tuple[Any, ...] = ()) -> dict[str, Property]:
    found = {}
    for name, annotation in types.items():
        inner = _types.unwrap_optional_type(annotation)
        many = (
            get_origin(inner) in (list, Sequence) or getattr(get_origin(inner), "__name__", "") == "Sequence"
        )
        while many and get_args(inner) and get_origin(inner) is not None:
            inner = get_args(inner)[0]
        nested = None
        # Rules of a web ACL hold statements that hold statements.
        if isinstance(inner, type) and _types.is_output_type(inner) and above.count(inner) < 1:
            nested = _properties(_types.output_type_types(inner), (*above, inner))
        found[name] = Property(many=many, nested=nested)
    return found


def provider_schema() -> dict[str, Any]:
    """What the built provider says of its kinds, by token."""
    toolchain = cached()
    if toolchain is None:
        raise SystemExit("The provider is not built; run: make toolchain")
    program = next(toolchain.plugins.glob("resource-aws-*/pulumi-resource-aws"))
    output = subprocess.run([program, "-schema"], capture_output=True, check=True, text=True).stdout
    schema: dict[str, Any] = json.loads(output)
    return schema


def differences(schema: Mapping[str, Any]) -> list[Difference]:
    """Every difference between the provider and the SDK."""
    return [
        difference
        for token in sorted(schema)
        for difference in _differences(token, (), schema[token]["properties"], sdk_properties(token))
    ]


def _differences(
    kind: str, path: tuple[str, ...], provider: Mapping[str, Any], sdk: Mapping[str, Property]
) -> Iterator[Difference]:
    pairs = _pairs(provider, sdk, top=not path)
    for ours, theirs in pairs:
        mine, wanted = provider.get(ours), sdk.get(theirs)
        if not mine or not wanted or ours != theirs or mine["many"] != wanted.many:
            where = (*path, mine["terraform"]) if mine else path
            yield Difference(kind, where, theirs, ours, bool(wanted and wanted.many))
        if mine and wanted and mine.get("nested") and wanted.nested:
            yield from _differences(kind, (*path, mine["terraform"]), mine["nested"], wanted.nested)


def _pairs(
    provider: Mapping[str, Any], sdk: Mapping[str, Property], *, top: bool
) -> Iterator[tuple[str, str]]:
    """Yield the provider's and the SDK's name of each property, "" for none."""
    yield from ((name, name) for name in provider.keys() & sdk.keys())
    rest = sorted(sdk.keys() - provider.keys())
    for ours in sorted(provider.keys() - sdk.keys()):
        if top and ours == ID:
            continue
        near = get_close_matches(ours, rest, n=1, cutoff=NEAR)
        if near:
            rest.remove(near[0])
        yield ours, near[0] if near else ""
    yield from (("", theirs) for theirs in rest)


def secrets_in_the_open(schema: Mapping[str, Any]) -> list[str]:
    """Properties that the SDK keeps secret and the provider would not."""
    return [
        f"{token} {name}"
        for token in sorted(schema)
        for name in sorted(sdk_secrets(token))
        if not schema[token]["properties"].get(name, {"secret": True})["secret"]
    ]


def newer(found: Sequence[Difference]) -> dict[str, list[str]]:
    """What the SDK has and the provider has not, by kind that the stacks use."""
    names: dict[str, list[str]] = {}
    for difference in found:
        if not difference.provider and difference.kind in KINDS:
            names.setdefault(difference.kind, []).append(".".join((*difference.path, difference.sdk)))
    return names


def _write(found: Sequence[Difference], schema: Mapping[str, Any]) -> None:
    """Add to the overrides what makes the differences go."""
    fields: dict[str, dict[str, Any]] = json.loads(OVERRIDES.read_text())
    for difference in found:
        if difference.sdk and difference.provider:
            override: dict[str, Any] = {"maxItemsOne": not difference.many, "name": difference.sdk}
            kind = schema[difference.kind]["terraform"]
            fields.setdefault(kind, {}).setdefault(".".join(difference.path), {}).update(override)
    for path, content in ((OVERRIDES, fields), (NEWER, newer(found))):
        path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def main() -> int:
    """Print the differences, or write what makes them go."""
    schema = provider_schema()
    found = differences(schema)
    for line in [*map(str, found), *secrets_in_the_open(schema)]:
        print(line)
    if "--write" in sys.argv[1:]:
        _write(found, schema)
        print(f"Written to {OVERRIDES.name} and {NEWER.name}; now run: make toolchain")
    return 0


if __name__ == "__main__":
    sys.exit(main())
