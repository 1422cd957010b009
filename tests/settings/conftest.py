import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

VALID: dict[str, Any] = {
    "environment": "prod",
    "region": "ap-northeast-1",
    "accountId": "123456789012",
    "tags": {"owner": "platform", "costCenter": "smartpos"},
    "protect": True,
    "replicaRegion": "ap-northeast-3",
    "network": {
        "cidr": "10.0.0.0/16",
        "availabilityZones": ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"],
        "publicSubnets": ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"],
        "privateSubnets": ["10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"],
        "databaseSubnets": ["10.0.20.0/24", "10.0.21.0/24", "10.0.22.0/24"],
    },
    "dns": {"domain": "mpac-cloud.com"},
    "encryption": {"logReplicaRegions": ["us-east-1"]},
    "registry": {
        "dockerHubSecretArns": [
            "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
        ]
    },
    "services": {name: {"image": "2.1.0"} for name in ("portal", "smarttab", "pgw")},
}

CONTRACT: dict[str, Any] = {
    "version": 1.0,  # as it arrives from the engine, whose numbers are floats
    "environment": "prod",
    "accountId": "123456789012",
    "region": "ap-northeast-1",
    "replicaRegion": "ap-northeast-3",
    "network": {"vpcId": "<unknown>", "cidr": "10.0.0.0/16", "routeTableIds": {"private-1a": "<unknown>"}},
    "keys": dict.fromkeys(
        ("database", "cache", "files", "secrets", "logs", "backups", "registry"), "<unknown>"
    ),
    "buckets": {
        kind: {"name": kind, "arn": "<unknown>", "replicaName": f"{kind}-osaka", "replicaArn": "<unknown>"}
        for kind in ("appApk", "receipts", "settlements", "staticAssets")
    },
    "dns": {"domain": "mpac-cloud.com", "zoneId": "<unknown>"},
    "maintenanceWindows": ["sun:16:00-sun:17:00", "sun:18:00-sun:19:00", "sun:19:00-sun:20:00"],
    "database": {
        "arn": "<unknown>",
        "secretArn": "<unknown>",
        "roleSecretArns": dict.fromkeys(("portal", "smarttab", "pgw", "reporting"), "<unknown>"),
        "version": "17",
        "maxConnections": 5000.0,
        "maxAllocatedStorageGib": 5120.0,
    },
    "repositories": {
        name: {"arn": "<unknown>", "url": "<unknown>"}
        for name in ("svc-portal", "svc-smarttab", "mpac-pgw", "mpac-frontend")
    },
}

# What a test changes: dotted paths to new values, `...` to take a setting away.
Changes = Mapping[str, Any]


def changed(document: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    result = copy.deepcopy(dict(document))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return result


def as_config(document: Mapping[str, Any]) -> dict[str, str]:
    """Give settings the form in which the engine hands them over."""
    return {
        key if ":" in key else f"mpac:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in document.items()
    }


@pytest.fixture
def config() -> Callable[[Changes], dict[str, str]]:
    """A valid configuration with some changes."""
    return lambda changes: as_config(changed(VALID, changes))


@pytest.fixture
def contract() -> Callable[[Changes], dict[str, Any]]:
    """A valid contract with some changes."""
    return lambda changes: changed(CONTRACT, changes)
