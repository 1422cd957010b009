"""A policy pack as the engine starts it, asked as the engine asks it."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc as service

from policy.pack.sources.recorded import SECRET, SIGNATURE, UNKNOWN

PACK = Path(__file__).parents[2] / "policy"
PYTHON = PACK / ".venv" / "bin" / "python"
SECONDS_TO_START = 20
LEVELS = {"advisory": proto.ADVISORY, "mandatory": proto.MANDATORY, "disabled": proto.DISABLED}
PLACEHOLDER = re.compile(r"<unknown: [^<>]+>")


@dataclass
class Analyzer:
    """A running pack."""

    stub: Any

    def configure(self, **policies: Mapping[str, Any]) -> None:
        """Set levels (`enforcementLevel`) and settings of policies, as the engine does."""
        levels = {item.name: item.enforcementLevel for item in self.stub.GetAnalyzerInfo(Empty()).policies}
        request = proto.ConfigureAnalyzerRequest()
        for name, level in levels.items():
            settings = dict(policies.get(name.replace("-", "_"), {}))
            wanted = LEVELS.get(settings.pop("enforcementLevel", ""), level)
            request.policyConfig[name].enforcementLevel = wanted
            request.policyConfig[name].properties.update(settings)
        self.stub.Configure(request)

    def analyze(self, item: Mapping[str, Any]) -> list[Any]:
        """Have a resource of a recorded plan judged."""
        return list(self.stub.Analyze(proto.AnalyzeRequest(**_resource(item))).diagnostics)

    def remediate(self, item: Mapping[str, Any]) -> list[Any]:
        """Have a resource of a recorded plan put right."""
        return list(self.stub.Remediate(proto.AnalyzeRequest(**_resource(item))).remediations)

    def analyze_stack(self, items: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Have a recorded plan judged as a whole."""
        resources = []
        for item in items:
            dependencies = {
                name: proto.AnalyzerPropertyDependencies(urns=urns)
                for name, urns in item["propertyDependencies"].items()
            }
            resources.append(
                proto.AnalyzerResource(
                    **_resource(item), propertyDependencies=dependencies, parent=item["parent"] or ""
                )
            )
        return list(self.stub.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources)).diagnostics)


@contextmanager
def running(pack: Path = PACK, stack: str = "prod") -> Iterator[Analyzer]:
    """Start a pack in the pack's own environment, and end it."""
    if not PYTHON.exists():
        pytest.skip("the policy pack's environment is not there: run `make policy-venv`")
    environment = os.environ | {
        "PULUMI_PROJECT": "mpac",
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_ORGANIZATION": "organization",
    }
    process = subprocess.Popen(
        [PYTHON, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)],
        cwd=pack,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    port = process.stdout.readline().strip()
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
    grpc.channel_ready_future(channel).result(timeout=SECONDS_TO_START)
    try:
        analyzer = Analyzer(service.AnalyzerStub(channel))
        analyzer.configure()
        yield analyzer
    finally:
        channel.close()
        process.terminate()
        process.wait()


def _resource(item: Mapping[str, Any]) -> dict[str, Any]:
    properties = Struct()
    properties.update(_wire(item["inputs"]))
    resource = {
        "type": item["type"],
        "urn": item["urn"],
        "name": item["name"],
        "properties": properties,
        "options": proto.AnalyzerResourceOptions(protect=item["protect"]),
    }
    if item["provider"]:
        resource["provider"] = proto.AnalyzerProviderResource(
            type="pulumi:providers:aws", urn=item["provider"], name="aws"
        )
    return resource


def _wire(value: Any) -> Any:
    """Write a recorded value as the engine would send it on a first preview."""
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, str):
        return UNKNOWN if PLACEHOLDER.search(value) else value
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$unknown"}:
        return UNKNOWN
    if value.keys() == {"$secret"}:
        return {SIGNATURE: SECRET, "value": "a-secret-that-nobody-may-read"}
    return {name: _wire(item) for name, item in value.items()}
