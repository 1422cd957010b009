"""The resources of a stack, and how they hang together, however they came to be known."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .reading import note
from .values import ABSENT, Secret, Unknown, has_unknown, leaves, read, settled
from .verdicts import IS_SET, Check, Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program declares it.

    Attributes:
        urn: Name that the engine knows it by.
        type: Type token, such as `aws:rds/instance:Instance`.
        name: Logical name.
        inputs: Declared properties, with `Unknown` and `Secret` in place of what cannot be read.
        outputs: What the deployed resource has; empty before the deployment.
        references: By input, the URNs of the resources that its value comes from.
        provider: URN of its provider.
        protect: Whether the engine refuses to delete it.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str | None = None
    protect: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", canonical(self.type))

    def get(self, path: str) -> Any:
        """Return an input, `ABSENT`, `Unknown` or `Secret` (see `values.read`)."""
        value = read(self.inputs, path)
        note(self.urn, path, value)
        return value

    def has(self, path: str) -> bool:
        """Whether an input is set, be it to something that is not known yet."""
        value = read(self.inputs, path)
        if not self.comes_from(path, value):
            note(self.urn, path, value)
        return value not in (ABSENT, "", [], {})

    def comes_from(self, path: str, value: Any) -> bool:
        """Whether it is known which resource a value, or what is not known in it, comes from."""
        return (
            not has_unknown(value)
            or bool(self.references.get(_top(path)))
            or all(leaf.source for _, leaf in leaves(value) if isinstance(leaf, Unknown))
        )

    def items(self, path: str) -> list[tuple[str, Any]]:
        """Return the elements of a list with their paths.

        A list that cannot be read counts as one element of which nothing is known: no rule passes it over.
        """
        value = self.get(path)
        if isinstance(value, Unknown):
            return [(path, value)]
        return [
            (f"{path}[{index}]", item) for index, item in enumerate(value if isinstance(value, list) else ())
        ]

    def document(self, path: str) -> Any:
        """Return an input that is a JSON document, parsed; what is none is returned as it is."""
        value = self.get(path)
        try:
            return settled(json.loads(value)) if isinstance(value, str) else value
        except ValueError:
            return value

    def must(self, path: str, check: Check) -> Verdict:
        """Judge an input."""
        return check(self.urn, path, self.get(path))

    def must_be_given(self, path: str) -> Verdict:
        """Judge that an input is set, be it to what another resource will have."""
        value = read(self.inputs, path)
        given = isinstance(value, Unknown) and self.comes_from(path, value)
        return self.passes(path) if given else self.must(path, IS_SET)

    def passes(self, path: str = "") -> Verdict:
        """Say that a property is as it must be."""
        return Verdict(urn=self.urn, path=path, outcome=Outcome.PASS)

    def fails(self, path: str, message: str) -> Verdict:
        """Say what is wrong. The message holds no value that may be secret."""
        return Verdict(urn=self.urn, path=path, outcome=Outcome.FAIL, message=message)

    def not_judged(self, path: str, message: str = "") -> Verdict:
        """Say that a property cannot be judged before the deployment."""
        return Verdict(
            urn=self.urn,
            path=path,
            outcome=Outcome.NOT_JUDGED,
            message=message or f"{path} is not known yet",
        )


def canonical(type_: str) -> str:
    """Return the type that a type is another name of, or an older version of."""
    type_ = _ALIASES.sub("aws:lb/", type_)
    return _SECOND.sub(r"\1:\2", type_)


def stack_of(urn: str) -> str:
    """Return the name of the stack that a resource belongs to."""
    return urn.split("::", maxsplit=1)[0].removeprefix("urn:pulumi:")


class Graph:
    """All resources of one stack.

    Args:
        stack: Name of the stack.
        resources: Its resources, providers included.
        unwraps_secrets: Whether a secret comes as a plain value, as the engine hands it over.
    """

    def __init__(self, stack: str, resources: Iterable[Resource], *, unwraps_secrets: bool = False) -> None:
        self.stack = stack
        self.unwraps_secrets = unwraps_secrets
        # Plans, states and the engine each have their own order, and a verdict may name the first of several.
        self.resources = {item.urn: item for item in sorted(resources, key=lambda item: item.urn)}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _by_identity(self) -> Mapping[str, list[Resource]]:
        """Resources by each text that another may name them by: id, ARN, name."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            names = {
                value
                for properties in (resource.inputs, resource.outputs)
                for key in IDENTITIES
                if isinstance(value := properties.get(key), str)
            }
            for name in names:
                found.setdefault(name, []).append(resource)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def targets(self, resource: Resource, path: str, *types: str) -> list[Resource]:
        """Find the resources of some types that an input names.

        What the engine knows of where the value comes from is taken first, then ids, ARNs and names. Of a
        list, all elements count.

        Args:
            resource: The one that names others.
            path: The input that does.
            types: Types of those that are looked for.
        """
        value = read(resource.inputs, path)
        if not resource.comes_from(path, value):
            note(resource.urn, path, Unknown())
        if value is ABSENT:
            return []
        values = value if isinstance(value, list) else [value]
        sources = [item.source for item in values if isinstance(item, Unknown)]
        named = [self._by_identity.get(item, []) for item in values if isinstance(item, str)]
        if not all(named):
            self._note_nameless(types)
        found = [self.resources[urn] for urn in sources if urn in self.resources]
        found += [target for targets in named for target in targets]
        if not any(target.type in types for target in found):
            # The engine knows sources of a whole top-level property only.
            urns = resource.references.get(_top(path), ())
            found = [self.resources[urn] for urn in urns if urn in self.resources]
        return list({target.urn: target for target in found if target.type in types}.values())

    def _note_nameless(self, types: Iterable[str]) -> None:
        """What nothing is found for may be one whose name is not known."""
        for item in self.of(*types):
            for key in IDENTITIES:
                if isinstance(item.inputs.get(key), Unknown):
                    note(item.urn, key, Unknown())

    def naming(self, target: Resource, path: str, type_: str) -> list[Resource]:
        """Find the resources of a type that name a resource: the bucket policies of a bucket."""
        return [item for item in self.of(type_) if target in self.targets(item, path, target.type)]

    def unresolved(self, path: str, *types: str) -> list[Resource]:
        """Find the resources of some types that might name anything: unknown, and of unknown source."""
        return [
            item
            for item in self.of(*types)
            if isinstance(value := read(item.inputs, path), Unknown) and not item.comes_from(path, value)
        ]

    def companion(
        self, resource: Resource, path: str, type_: str, missing: str
    ) -> tuple[list[Resource], Verdict]:
        """Find what must stand beside a resource: a bucket's policy, a file system's backup.

        Args:
            resource: The one that needs company.
            path: Input of the companion that names the resource.
            type_: Type of the companion.
            missing: What to say if there is none.

        Returns:
            The companions, and the verdict on there being one.
        """
        found = self.naming(resource, path, type_)
        if found:
            return found, resource.passes()
        if self.unresolved(path, type_):
            return [], resource.not_judged("", f"some {type_} names what is not known yet")
        return [], resource.fails("", missing)

    def key_of(self, resource: Resource, path: str) -> Verdict:
        """Judge that an input names a KMS key of one's own.

        A key of the stack, or one that comes from elsewhere by its ARN or id. AWS's own keys
        (`alias/aws/...`) and no key at all fail.
        """
        value = read(resource.inputs, path)
        if value is ABSENT or value == "":
            return resource.fails(path, f"{path} is not set; expected: a KMS key of one's own")
        if isinstance(value, str):
            own = ":key/" in value or ("alias/" in value and "alias/aws/" not in value) or _is_key_id(value)
            message = f"{path} names no KMS key of one's own"
            return resource.passes(path) if own else resource.fails(path, message)
        if self.targets(resource, path, *KEY_TYPES):
            return resource.passes(path)
        if isinstance(value, Unknown) and value.source and _FOREIGN_KEY.search(value.source):
            # An output of another stack, which has its own verdict.
            return resource.passes(path)
        if isinstance(value, Secret):
            return resource.not_judged(path, f"{path} is secret")
        return resource.not_judged(path)


# What a resource is named by.
IDENTITIES = ("id", "arn", "name", "bucket", "identifier", "family", "keyId")
# The provider's modules with the same load balancers, and the buckets that version 7 has renamed back.
_ALIASES = re.compile(r"^aws:(alb|applicationloadbalancing|elasticloadbalancingv2)/")
_SECOND = re.compile(r"^(aws:s3/bucket\w*)V2:(Bucket\w*)V2$")
KEY_TYPES = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias")
_KEY_ID_LENGTH = 36
_FOREIGN_KEY = re.compile(r"#.*key", re.IGNORECASE)


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _is_key_id(value: str) -> bool:
    return (len(value) == _KEY_ID_LENGTH and value.count("-") == 4) or value.startswith("mrk-")  # noqa: PLR2004
