"""Runs components without an engine and keeps what they register."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.proto import resource_pb2

UNKNOWN = "<unknown>"
STACK = "urn:pulumi:test::mpac::pulumi:pulumi:Stack::mpac-test"

# What AWS computes and a component reads; an output that is missing here resolves to None.
COMPUTED = {
    "aws:amp/workspace:Workspace": ("prometheusEndpoint",),
    "aws:cloudfront/distribution:Distribution": ("domainName", "hostedZoneId"),
    "aws:ec2/eip:Eip": ("publicIp",),
    "aws:kms/key:Key": ("keyId",),
    "aws:kms/replicaKey:ReplicaKey": ("keyId",),
    "aws:lb/loadBalancer:LoadBalancer": ("arnSuffix", "dnsName", "zoneId"),
    "aws:lb/targetGroup:TargetGroup": ("arnSuffix",),
    "aws:rds/instance:Instance": ("address", "engineVersionActual"),
    "aws:route53/record:Record": ("fqdn",),
    "aws:route53/zone:Zone": ("zoneId",),
    "aws:s3/bucket:Bucket": ("bucketDomainName", "bucketRegionalDomainName"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretArn",),
    "random:index/randomId:RandomId": ("hex",),
    "random:index/randomPassword:RandomPassword": ("result",),
}
# The same, where it is no text.
COMPUTED_LISTS: dict[str, dict[str, list[Any]]] = {
    "aws:acm/certificate:Certificate": {
        "domainValidationOptions": [
            {
                "domainName": "mpac-cloud.com",
                "resourceRecordName": "_proof.mpac-cloud.com.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_answer.acm-validations.aws.",
            }
        ]
    },
    "aws:route53/zone:Zone": {"nameServers": ["ns-1.example", "ns-2.example"]},
}


@dataclass(frozen=True)
class Secret:
    """An input that the program marked as a secret."""

    value: object


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program asked the engine for it; names of inputs are in camelCase."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    protect: bool
    retain_on_delete: bool
    ignore_changes: tuple[str, ...]
    provider: str
    timeouts: dict[str, str]
    outputs: dict[str, Any] = field(default_factory=dict)
    """What a component registered as its outputs."""

    @property
    def region(self) -> str | None:
        """The region that the resource names itself, beside its provider's."""
        return self.inputs.get("region")


def _plain(value: object) -> object:
    """Turn a property of the protocol into what a test compares."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:  # noqa: SLF001
            return Secret(_plain(value["value"]))
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value == rpc.UNKNOWN:
        return UNKNOWN
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _properties(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: _plain(value) for key, value in json_format.MessageToDict(struct).items()}


class _NoCalls(Mocks):
    """The monitor answers registrations itself; what comes here is a look-up, and the program makes none."""

    def call(self, args: MockCallArgs) -> NoReturn:
        raise AssertionError(f"the program looks something up: {args.token}")

    def new_resource(self, args: MockResourceArgs) -> NoReturn:
        raise AssertionError(f"the program reads a resource: {args.typ} {args.name}")


class _RecordingMonitor(MockMonitor):
    """Keeps the raw requests, and refuses what the engine would refuse."""

    def __init__(self, *, preview: bool) -> None:
        super().__init__(_NoCalls())
        self.preview = preview
        self.registrations: dict[str, Registration] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        qualified = "" if parent in ("", STACK) else parent.split("::")[2] + "$"
        return f"urn:pulumi:test::mpac::{qualified}{type_}::{name}"

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=STACK)
        urn = self.make_urn(request.parent, request.type, request.name)
        assert urn not in self.registrations, f"two resources have the URN {urn}"
        self.registrations[urn] = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            inputs=_properties(request.object),
            dependencies=frozenset(request.dependencies),
            property_dependencies={
                key: frozenset(value.urns) for key, value in request.propertyDependencies.items()
            },
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            ignore_changes=tuple(request.ignoreChanges),
            provider=request.provider,
            timeouts={each.name: value for each, value in request.customTimeouts.ListFields()},
        )
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        # In a preview the engine knows no id and no computed property of a new resource.
        known = request.custom and not self.preview
        id_ = f"{request.name}-id" if known else ""
        if known:
            for key in ("arn", *COMPUTED.get(request.type, ())):
                state[key] = f"{request.name}-{key}"
            for key, value in COMPUTED_LISTS.get(request.type, {}).items():
                state[key] = value
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=state)

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if request.urn in self.registrations:
            self.registrations[request.urn].outputs.update(_properties(request.outputs))
        return empty_pb2.Empty()


def record(program: Callable[[], object], *, preview: bool = False) -> list[Registration]:
    """Run a program and return what it registered, in that order.

    Ids are `<name>-id` and ARNs `<name>-arn`; in a preview, both and all that depends on them are UNKNOWN.
    Resources of two types may share a name, and so an id: `property_dependencies` tells them apart.
    """
    monitor = _RecordingMonitor(preview=preview)
    set_mocks(_NoCalls(), project="mpac", stack="test", preview=preview, monitor=monitor)

    def run() -> None:
        program()

    # Awaits every registration and every output, also those that nobody returned.
    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]
    return list(monitor.registrations.values())


def of_type(registrations: list[Registration], type_: str) -> dict[str, Registration]:
    """Pick the resources of one type, by name."""
    return {item.name: item for item in registrations if item.type == type_}


def only(registrations: list[Registration], type_: str) -> Registration:
    """Pick the only resource of a type."""
    (found,) = of_type(registrations, type_).values()
    return found


# What has its name within another resource.
_NAMED_WITHIN = (
    "aws:appautoscaling/policy:Policy",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection",
    "aws:backup/selection:Selection",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:route53/record:Record",
    "aws:servicediscovery/service:Service",
)
_NAMES = ("name", "identifier", "replicationGroupId", "userGroupId", "userId", "policyName")


def repeated_names(registrations: list[Registration]) -> list[tuple[str, str | None, str]]:
    """Find names in AWS that two resources of one type have in one region, as type, region and name."""
    named = [
        (each.type, each.region, each.inputs[key])
        for each in registrations
        if each.custom and each.type not in _NAMED_WITHIN
        for key in _NAMES
        if key in each.inputs
    ]
    return sorted({each for each in named if named.count(each) > 1}, key=str)
