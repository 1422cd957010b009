"""The deployed keys: one for each class of data, rotated, in Osaka as replicas of Tokyo's."""

import json
from typing import Any

import pytest

from tests.cloud.conftest import Aws

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
CLASSES = ("database", "cache", "files", "secrets", "logs", "backups", "registry")


def key(aws: Aws, environment: str, data_class: str, region: str) -> dict[str, Any]:
    client = aws("kms", region)
    metadata: dict[str, Any] = client.describe_key(KeyId=f"alias/mpac-{environment}-{data_class}")[
        "KeyMetadata"
    ]
    return metadata


@pytest.mark.parametrize("data_class", CLASSES)
@pytest.mark.parametrize("environment", ["prod", "staging"])
def test_own_keys_in_tokyo_that_rotate(aws: Aws, environment: str, data_class: str) -> None:
    metadata = key(aws, environment, data_class, TOKYO)
    assert (metadata["KeyManager"], metadata["KeyState"]) == ("CUSTOMER", "Enabled")
    assert aws("kms", TOKYO).get_key_rotation_status(KeyId=metadata["KeyId"])["KeyRotationEnabled"]


@pytest.mark.parametrize("data_class", CLASSES)
def test_osaka_has_a_replica_of_each_of_prods_keys(aws: Aws, data_class: str) -> None:
    primary, replica = key(aws, "prod", data_class, TOKYO), key(aws, "prod", data_class, OSAKA)
    assert replica["KeyId"] == primary["KeyId"]
    assert replica["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"


@pytest.mark.parametrize("environment", ["prod", "staging"])
def test_logs_can_be_encrypted_in_virginia(aws: Aws, environment: str) -> None:
    assert key(aws, environment, "logs", VIRGINIA)["KeyId"] == key(aws, environment, "logs", TOKYO)["KeyId"]


@pytest.mark.parametrize("data_class", CLASSES)
def test_key_policies_name_no_stranger(aws: Aws, data_class: str) -> None:
    client = aws("kms", TOKYO)
    key_id = key(aws, "prod", data_class, TOKYO)["KeyId"]
    for statement in json.loads(client.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])[
        "Statement"
    ]:
        principal = statement["Principal"]
        if principal in ("*", {"AWS": "*"}):
            assert statement["Condition"]["StringEquals"]["kms:CallerAccount"] == "123456789012"
        elif "AWS" in principal:
            assert principal["AWS"] == "arn:aws:iam::123456789012:root"
