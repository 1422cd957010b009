"""Every policy document of the recorded stacks, with likely ARNs where a plan does not know them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.plan import Plan, Resource
from tests.iam import Document

_PLACE = "ap-northeast-1:123456789012"
ARNS = {
    "aws:amp/workspace:Workspace": f"arn:aws:aps:{_PLACE}:workspace/ws-1",
    "aws:backup/vault:Vault": f"arn:aws:backup:{_PLACE}:backup-vault:mpac",
    "aws:cloudfront/distribution:Distribution": "arn:aws:cloudfront::123456789012:distribution/E1",
    "aws:cloudwatch/logGroup:LogGroup": f"arn:aws:logs:{_PLACE}:log-group:/mpac",
    "aws:efs/accessPoint:AccessPoint": f"arn:aws:elasticfilesystem:{_PLACE}:access-point/fsap-1",
    "aws:efs/fileSystem:FileSystem": f"arn:aws:elasticfilesystem:{_PLACE}:file-system/fs-1",
    "aws:kms/key:Key": f"arn:aws:kms:{_PLACE}:key/mrk-1",
    "aws:kms/replicaKey:ReplicaKey": f"arn:aws:kms:{_PLACE}:key/mrk-1",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::mpac-bucket",
    "aws:secretsmanager/secretVersion:SecretVersion": f"arn:aws:secretsmanager:{_PLACE}:secret:mpac-1",
    "aws:sqs/queue:Queue": f"arn:aws:sqs:{_PLACE}:mpac",
}
"""What stands for the ARN of a resource that is not there yet."""

_UNKNOWN = re.compile(r"<unknown: ([^<>]+)>")
_NAMES = ("assumeRolePolicy", "policy", "policyDocument")
# Of other languages.
_NO_DOCUMENTS = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)


@dataclass(frozen=True)
class Found:
    """A policy document of a resource."""

    stack: str
    resource: Resource
    property: str
    document: Document


def documents(plans: Mapping[str, Plan]) -> Iterator[Found]:
    """Read every policy document of the stacks; one that cannot be read raises."""
    for plan in plans.values():
        for resource in plan.resources:
            if resource.type not in _NO_DOCUMENTS:
                for name in resource.inputs.keys() & set(_NAMES):
                    text = _UNKNOWN.sub(lambda found: _arn(found[1], plans), resource.inputs[name])
                    yield Found(plan.stack, resource, name, json.loads(text))


def _arn(source: str, plans: Mapping[str, Plan]) -> str:
    """Stand in for an output of a resource, or of another stack, that is an ARN."""
    if not source.startswith("urn:"):
        stack, _, path = source.partition("#")
        value: Any = plans[stack].outputs
        for name in path.split("."):
            value = value[name]
        source = value["$unknown"]
    return ARNS[source.split("::")[2].rpartition("$")[2]]
