"""A stand-in for the engine that writes down what a program declares.

It answers as the engine does on the first preview of a stack: inputs come back as they were sent, everything
else is unknown. Unlike the engine it gives unknown texts a placeholder, so that a document into which the
program builds an ARN can be read around it; and it knows what AWS makes of inputs alone, where the program
reads a text in parts and would write no such document otherwise.
"""

import json
import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Literal, get_type_hints

import pulumi
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2 as proto

from operations.plan.configuration import Configuration
from operations.plan.model import STACK_TYPE, Resource
from operations.plan.values import mark_secret, placeholder, placeholders, plain

STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference"


class RecordingMonitor:
    """Takes the place of the engine's resource monitor for one run of a program.

    Attributes:
        resources: What was declared, by URN.
        outputs: What the stack exports.
    """

    resources: dict[str, Resource]
    outputs: dict[str, Any]

    def __init__(
        self, stack: str, configuration: Configuration, upstream: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.resources = {}
        self.outputs = {}
        self._stack = stack
        self._configuration = configuration
        self._upstream = upstream
        # The SDK calls from several threads.
        self._lock = threading.Lock()

    def GetDeploymentInfo(self, _request: Empty) -> proto.DeploymentInfo:  # noqa: N802
        """Say what this monitor understands.

        Without alias specifications and resource references the SDK resolves both itself, into what the
        engine would make of them: URNs, those inherited from aliases of parents included, and ids.
        """
        return proto.DeploymentInfo(
            supportedFeatures=[
                proto.RESOURCE_MONITOR_FEATURE_SECRETS,
                proto.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
                proto.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
                proto.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
            ]
        )

    def RegisterResource(  # noqa: N802
        self, request: proto.RegisterResourceRequest
    ) -> proto.RegisterResourceResponse:
        """Record a resource."""
        resource = self._add(request)
        outputs = Struct()
        # What a remote component makes of its inputs, only its provider knows.
        if not request.remote:
            outputs.CopyFrom(request.object)
        if request.custom:
            outputs.update(self._made_of_inputs(resource))
            for name in _computed_texts(request.type) - outputs.fields.keys():
                outputs.fields[name].string_value = placeholder(f"{resource.urn}#{name}")
        for name in request.additionalSecretOutputs:
            mark_secret(outputs, name)
        # A provider's id is part of every reference to it, and unknown to the engine too.
        known = request.custom and not resource.type.startswith("pulumi:providers:")
        identity = placeholder(f"{resource.urn}#id") if known else ""
        return proto.RegisterResourceResponse(urn=resource.urn, id=identity, object=outputs)

    def ReadResource(self, request: proto.ReadResourceRequest) -> proto.ReadResourceResponse:  # noqa: N802
        """Record and answer a stack reference; nothing else can be read without AWS."""
        if request.type != STACK_REFERENCE_TYPE:
            raise _lookup_error(f"reads {request.type} {request.id}")
        resource = self._add(
            proto.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                custom=True,
                object=request.properties,
                dependencies=request.dependencies,
            )
        )
        # organization/project/stack, or a stack of the same project by its name alone.
        stack = request.id.rpartition("/")[-1]
        outputs = Struct()
        known = placeholders(self._upstream.get(stack, {}), stack)
        outputs.update({"name": request.id, "outputs": known})
        return proto.ReadResourceResponse(urn=resource.urn, id=request.id, properties=outputs)

    def RegisterResourceOutputs(self, request: proto.RegisterResourceOutputsRequest) -> Empty:  # noqa: N802
        """Keep the outputs of the stack; those of components say nothing new."""
        if self.resources[request.urn].type == STACK_TYPE:
            self.outputs = plain(request.outputs)
        return Empty()

    def Invoke(self, request: proto.ResourceInvokeRequest) -> None:  # noqa: N802
        """Refuse a lookup."""
        raise _lookup_error(f"calls {request.tok}")

    def SignalAndWaitForShutdown(self, _request: Empty) -> Empty:  # noqa: N802
        """Let the program end."""
        return Empty()

    def _add(self, request: proto.RegisterResourceRequest) -> Resource:
        with self._lock:
            resource = self._resource(request)
            if resource.urn in self.resources:
                raise pulumi.RunError(
                    f"Duplicate resource URN {resource.urn}: resources of one type whose parents are of one "
                    "type need different names; rename one of them."
                )
            if resource.custom and resource.provider is None and self._needs_provider(resource.type):
                raise pulumi.RunError(
                    f"{resource.urn} has no explicit provider, and the project's file disables the default "
                    "one; give it or its parent the stack's provider."
                )
            self.resources[resource.urn] = resource
            return resource

    def _made_of_inputs(self, resource: Resource) -> dict[str, str]:
        """Name a repository of images as ECR does: what a task may pull is read from its images."""
        if resource.type != "aws:ecr/repository:Repository" or resource.provider is None:
            return {}
        # What a provider is configured with, it is told in JSON.
        (account,) = json.loads(self.resources[resource.provider].inputs["allowedAccountIds"])
        host = f"{account}.dkr.ecr.{resource.region}.amazonaws.com"
        return {"repositoryUrl": f"{host}/{resource.inputs['name']}"}

    def _needs_provider(self, type_: str) -> bool:
        return type_.split(":", maxsplit=1)[0] in self._configuration.packages_without_default

    def _resource(self, request: proto.RegisterResourceRequest) -> Resource:
        parent = self.resources.get(request.parent)
        # A provider reference is the provider's URN and its id, which is unknown here.
        provider = self.resources.get(request.provider.rpartition("::")[0])
        dependencies = {
            name: tuple(sorted(value.urns))
            for name, value in sorted(request.propertyDependencies.items())
            if value.urns
        }
        sources = {name: urns[0] for name, urns in dependencies.items() if len(urns) == 1}
        inputs = plain(request.object, sources)
        types = request.type
        if parent and parent.type != STACK_TYPE:
            types = f"{parent.urn.split('::')[2]}${request.type}"
        return Resource(
            urn=f"urn:pulumi:{self._stack}::{self._configuration.project}::{types}::{request.name}",
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=parent.urn if parent else None,
            provider=provider.urn if provider else None,
            region=_region(request.type, inputs, provider),
            inputs=inputs,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies=dependencies,
            protect=_option(request, "protect", parent),
            retain_on_delete=_option(request, "retainOnDelete", parent),
            ignore_changes=tuple(request.ignoreChanges),
            aliases=tuple(sorted(request.aliasURNs)),
        )


def _option(
    request: proto.RegisterResourceRequest,
    option: Literal["protect", "retainOnDelete"],
    parent: Resource | None,
) -> bool:
    """Read an option that the engine takes from the parent where it is not set."""
    if request.HasField(option):
        return bool(getattr(request, option))
    return (
        parent is not None and {"protect": parent.protect, "retainOnDelete": parent.retain_on_delete}[option]
    )


def _region(type_: str, inputs: Mapping[str, Any], provider: Resource | None) -> str | None:
    if not _is_regional(type_):
        return None
    region: str | None = inputs.get("region") or (provider.inputs.get("region") if provider else None)
    return region


@cache
def _is_regional(type_: str) -> bool:
    """Ask the SDK's class: only resources that lie in a region have one as a property."""
    return hasattr(_class(type_), "region")


@cache
def _computed_texts(type_: str) -> frozenset[str]:
    """Name the outputs that are always a text; what may be absent stays unknown."""
    class_ = _class(type_)
    if class_ is None:
        return frozenset()
    return frozenset(
        attribute.fget._pulumi_name  # noqa: SLF001  the SDK has no public name for it
        for attribute in vars(class_).values()
        if isinstance(attribute, property)
        and attribute.fget
        and hasattr(attribute.fget, "_pulumi_name")
        and get_type_hints(attribute.fget).get("return") == pulumi.Output[str]
    )


def _class(type_: str) -> type | None:
    package, module_name, _ = type_.split(":")
    module: Any = rpc.get_resource_module(package, module_name, "")
    if module is None:
        return None
    information = module.mod_info
    found: type = getattr(import_module(information["fqn"]), information["classes"][type_])
    return found


def _lookup_error(what: str) -> pulumi.RunError:
    return pulumi.RunError(
        f"The program {what}. Nothing is looked up while a plan is made, and what is looked up can change it "
        "unseen: hand the value over as a setting."
    )
