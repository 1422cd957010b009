"""What a plan consists of, and its form as JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_camel

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program declares it.

    Attributes:
        urn: Name that the engine knows the resource by.
        type: Type token, such as `aws:ec2/vpc:Vpc`.
        name: Logical name.
        custom: Whether a provider manages it; a component has none.
        parent: URN of the component, or of the stack, that it belongs to. None for the stack itself.
        provider: URN of the explicit provider. None for components and where there is only the default.
        region: AWS region that it lies in. None where it lies in none: components, IAM, CloudFront, Route 53.
        inputs: Inputs under the names of the provider, with markers (`operations.plan.values`) in place of
            secrets and of values that are unknown before the deployment.
        dependencies: URNs of the resources that must exist before it.
        property_dependencies: The same for each input, also where the input itself is known.
        protect: Whether the engine refuses to delete it, be it by its own option or its parent's.
        retain_on_delete: Whether it stays in AWS when the engine deletes it, likewise.
        ignore_changes: Paths of inputs whose changes are ignored.
        aliases: Former URNs, those inherited from its parents' aliases included.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str | None
    provider: str | None
    region: str | None
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    retain_on_delete: bool
    ignore_changes: tuple[str, ...]
    aliases: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the resource as a JSON object, in camelCase."""
        return {to_camel(field.name): getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a stack would consist of.

    Attributes:
        stack: Name of the stack.
        resources: All resources in the order of their URNs, the stack's own included.
        outputs: Outputs of the stack, with the same markers as the inputs.
    """

    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the resources as JSON: the same text for the same program and settings, on any machine."""
        return json.dumps([resource.as_dict() for resource in self.resources], indent=2) + "\n"

    def counts(self) -> Counter[str]:
        """Count the resources by type, without the stack's own."""
        return Counter(resource.type for resource in self.resources if resource.type != STACK_TYPE)


def load(path: Path) -> tuple[Resource, ...]:
    """Read the resources of a plan from the file that `make plan` wrote."""
    return tuple(_resource(item) for item in json.loads(path.read_text()))


def _resource(item: Mapping[str, Any]) -> Resource:
    values = {field.name: item[to_camel(field.name)] for field in fields(Resource)}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    values["property_dependencies"] = {
        name: tuple(urns) for name, urns in values["property_dependencies"].items()
    }
    return Resource(**values)
