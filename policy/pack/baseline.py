"""How strong a stack is, for the one that stands by for it: `python -m policy.pack.baseline PLAN`.

The engine shows a pack one stack at a time. So what the standby is compared with is written down: the
properties in `FIELDS` of every resource of the other stack, from its recorded plan.
"""

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from .graph import Graph
from .settings import PackError
from .sources.recorded import load
from .values import ABSENT, Unknown

BASELINE = Path(__file__).parents[1] / "baseline.json"


class Order(StrEnum):
    """When a property is no weaker than another one."""

    SAME = "the same"
    ON = "on, if the other one is"
    OFF = "off, if the other one is"
    NOT_LESS = "as much or more"
    ALL_OF = "all of it"
    SET = "set"


SAME, ON, OFF, NOT_LESS, ALL_OF, SET = Order
FIELDS: Mapping[str, Mapping[str, Order]] = {
    "aws:rds/instance:Instance": {
        "storageEncrypted": ON,
        "multiAz": ON,
        "deletionProtection": ON,
        "publiclyAccessible": OFF,
        "iamDatabaseAuthenticationEnabled": ON,
        "performanceInsightsEnabled": ON,
        "performanceInsightsKmsKeyId": SET,
        "autoMinorVersionUpgrade": ON,
        "copyTagsToSnapshot": ON,
        "caCertIdentifier": SAME,
        "enabledCloudwatchLogsExports": ALL_OF,
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "atRestEncryptionEnabled": ON,
        "transitEncryptionEnabled": ON,
        "transitEncryptionMode": SAME,
        "kmsKeyId": SET,
        "userGroupIds": SET,
        "automaticFailoverEnabled": ON,
        "multiAzEnabled": ON,
        "snapshotRetentionLimit": NOT_LESS,
        "engine": SAME,
        "engineVersion": NOT_LESS,
    },
    "aws:efs/fileSystem:FileSystem": {"encrypted": ON, "kmsKeyId": SET},
    "aws:lb/loadBalancer:LoadBalancer": {
        "enableDeletionProtection": ON,
        "dropInvalidHeaderFields": ON,
        "desyncMitigationMode": SAME,
        "accessLogs": SET,
    },
    "aws:lb/listener:Listener": {"sslPolicy": SAME, "protocol": SAME},
    "aws:wafv2/webAclAssociation:WebAclAssociation": {"webAclArn": SET},
    "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": SET, "retentionInDays": NOT_LESS},
    "aws:ecs/cluster:Cluster": {"settings": SET},
    "aws:ecs/service:Service": {
        "deploymentCircuitBreaker.enable": ON,
        "deploymentCircuitBreaker.rollback": ON,
        "availabilityZoneRebalancing": SAME,
        "enableExecuteCommand": OFF,
        "networkConfiguration.assignPublicIp": OFF,
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm": SAME
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        "blockPublicAcls": ON,
        "blockPublicPolicy": ON,
        "ignorePublicAcls": ON,
        "restrictPublicBuckets": ON,
    },
    "aws:sns/topic:Topic": {"kmsMasterKeyId": SET},
}


def baseline(graph: Graph) -> dict[str, dict[str, Any]]:
    """Return what a stack has of `FIELDS`; of what is unknown or secret, that it is set."""
    found: dict[str, dict[str, Any]] = {}
    for type_, fields in FIELDS.items():
        for resource in graph.of(type_):
            values = {path: _known(resource.get(path)) for path in fields if resource.has(path)}
            if values:
                found[f"{type_}::{resource.name}"] = values
    return dict(sorted(found.items()))


def _known(value: Any) -> Any:
    if value is ABSENT or isinstance(value, Unknown | dict):
        return True
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return True
    return value


def read_baseline(path: Path = BASELINE) -> Mapping[str, Mapping[str, Any]]:
    """Read what the standby is compared with; nothing if it was never written.

    Raises:
        PackError: It is malformed.
    """
    try:
        found = json.loads(path.read_text()) if path.exists() else {}
        return TypeAdapter(Mapping[str, Mapping[str, Any]]).validate_python(found)
    except ValueError as error:
        raise PackError(f"{path.name} cannot be read; `make plan-accept` writes it anew: {error}") from None


if __name__ == "__main__":
    BASELINE.write_text(json.dumps(baseline(load(Path(sys.argv[1]))), indent=1) + "\n")
