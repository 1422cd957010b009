"""KMS keys, their replicas and their policies."""

import json
from typing import Any, cast

import pytest

from components.context import Context, DataClass
from components.encryption.keys import EncryptionKeys, EncryptionKeysArgs
from components.encryption.policies import key_policy
from components.encryption.settings import EncryptionSettings
from tests.components.contexts import ACCOUNT, CONTEXT, OSAKA, PLAIN, STAGING, TOKYO, VIRGINIA
from tests.components.recording import UNKNOWN, Registration, record

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
CLASSES = {"database", "cache", "files", "secrets", "logs", "backups", "registry"}
CRYPTOGRAPHY = {
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}


def deploy(
    context: Context,
    *,
    replica_regions: tuple[str, ...] = (),
    log_replica_regions: tuple[str, ...] = (),
    preview: bool = False,
) -> list[Registration]:
    args = EncryptionKeysArgs(
        context=context,
        settings=EncryptionSettings(log_replica_regions=log_replica_regions),
        replica_regions=replica_regions,
    )
    return record(lambda: EncryptionKeys("keys", args), preview=preview)


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(CONTEXT, replica_regions=(OSAKA,), log_replica_regions=(VIRGINIA,))


@pytest.fixture(scope="module")
def staging() -> list[Registration]:
    return deploy(STAGING)


def of_type(graph: list[Registration], type_: str) -> list[Registration]:
    return [resource for resource in graph if resource.type == type_]


def keys(graph: list[Registration]) -> list[Registration]:
    return of_type(graph, "aws:kms/key:Key")


def replicas(graph: list[Registration]) -> list[Registration]:
    return of_type(graph, "aws:kms/replicaKey:ReplicaKey")


def statements(policy: str) -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in cast(list[dict[str, Any]], json.loads(policy)["Statement"])}


def test_every_class_of_data_has_its_key(prod: list[Registration], staging: list[Registration]) -> None:
    for environment, graph in (("prod", prod), ("staging", staging)):
        names = {key.inputs["tags"]["Name"] for key in keys(graph)}
        assert names == {f"mpac-{environment}-{data_class}" for data_class in CLASSES}


def test_prod_replicates_every_key_to_osaka_and_logs_to_virginia(prod: list[Registration]) -> None:
    assert {(key.inputs["tags"]["Name"], key.region) for key in replicas(prod)} == {
        *((f"mpac-prod-{data_class}-ap-northeast-3", OSAKA) for data_class in CLASSES),
        ("mpac-prod-logs-us-east-1", VIRGINIA),
    }
    assert all(key.inputs["multiRegion"] is True for key in keys(prod))
    for replica in replicas(prod):
        [primary] = [key for key in keys(prod) if key.parent == replica.parent]
        assert replica.inputs["primaryKeyArn"] == f"{primary.name}-arn"


def test_staging_has_single_region_keys(staging: list[Registration]) -> None:
    assert replicas(staging) == []
    assert all(key.inputs["multiRegion"] is False for key in keys(staging))


def test_keys_rotate_and_can_be_taken_back_for_thirty_days(prod: list[Registration]) -> None:
    assert all(key.inputs["enableKeyRotation"] is True for key in keys(prod))
    assert all(key.inputs["deletionWindowInDays"] == 30 for key in (*keys(prod), *replicas(prod)))


def test_keys_and_replicas_are_protected_as_asked(
    prod: list[Registration], staging: list[Registration]
) -> None:
    assert all(key.protect for key in (*keys(prod), *replicas(prod)))
    assert not any(key.protect for key in keys(staging))


def test_every_key_has_its_alias_in_its_region(prod: list[Registration]) -> None:
    aliases = {
        (alias.inputs["name"], alias.region, alias.inputs["targetKeyId"])
        for alias in of_type(prod, "aws:kms/alias:Alias")
    }
    assert aliases == {
        (f"alias/mpac-prod-{key.name.removeprefix('keys-').split('-')[0]}", key.region, f"{key.name}-keyId")
        for key in (*keys(prod), *replicas(prod))
    }


def test_a_key_serves_its_own_region_and_both_where_its_data_is_copied(prod: list[Registration]) -> None:
    copied = {f"keys-{name}{end}" for name in ("database", "secrets", "backups") for end in ("", f"-{OSAKA}")}
    for key in (*keys(prod), *replicas(prod)):
        served = {
            each for each in (TOKYO, OSAKA, VIRGINIA) if f".{each}.amazonaws.com" in key.inputs["policy"]
        }
        assert served == ({TOKYO, OSAKA} if key.name in copied else {key.region or TOKYO}), key.name


def test_arns_come_out_by_class_and_region(prod: list[Registration]) -> None:
    [group] = of_type(prod, "mpac:encryption:EncryptionKeys")
    assert group.outputs["arns"] == {name: f"keys-{name}-arn" for name in CLASSES}
    in_osaka = {name: {OSAKA: f"keys-{name}-ap-northeast-3-arn"} for name in CLASSES}
    in_osaka["logs"][VIRGINIA] = "keys-logs-us-east-1-arn"
    assert group.outputs["replicaArns"] == in_osaka


def test_a_preview_knows_no_arn_and_does_not_fail() -> None:
    graph = deploy(CONTEXT, preview=True, replica_regions=(OSAKA,))
    assert {replica.inputs["primaryKeyArn"] for replica in replicas(graph)} == {UNKNOWN}


@pytest.mark.parametrize(
    ("data_class", "services"),
    [
        ("database", ["rds"]),
        ("cache", ["elasticache", "dax"]),
        ("files", ["elasticfilesystem"]),
        ("secrets", ["secretsmanager"]),
        ("backups", ["backup", "rds"]),
        ("registry", ["ecr"]),
    ],
)
def test_a_key_is_used_through_the_services_of_its_class_only(data_class: str, services: list[str]) -> None:
    policy = statements(key_policy(DataClass(data_class), ACCOUNT, OSAKA))
    through = {
        "kms:CallerAccount": ACCOUNT,
        "kms:ViaService": [f"{service}.ap-northeast-3.amazonaws.com" for service in services],
    }
    use = policy["AllowUseThroughServices"]
    assert use["Principal"] == ROOT
    assert use["Condition"] == {"StringEquals": through}
    if data_class == "secrets":
        assert "AllowGrantsToServices" not in policy
    else:
        grants = policy["AllowGrantsToServices"]
        assert grants["Action"] == ["kms:CreateGrant"]
        assert grants["Condition"] == {
            "StringEquals": through,
            "Bool": {"kms:GrantIsForAWSResource": "true"},
        }


def test_the_logs_key_serves_log_groups_of_its_account_and_region() -> None:
    policy = statements(key_policy(DataClass.LOGS, ACCOUNT, VIRGINIA))
    assert set(policy) == {"AllowAdministrationByIam", "AllowLogGroupsOfThisAccount"}
    assert policy["AllowLogGroupsOfThisAccount"]["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert policy["AllowLogGroupsOfThisAccount"]["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}
    }


@pytest.mark.parametrize("region", [TOKYO, OSAKA, VIRGINIA])
@pytest.mark.parametrize("data_class", list(DataClass))
def test_no_key_policy_is_open(data_class: DataClass, region: str) -> None:
    """Whoever decrypts is held by a condition; whoever administers does not decrypt."""
    for statement in statements(key_policy(data_class, ACCOUNT, region)).values():
        actions = set(statement["Action"])
        assert not any("*" in action for action in actions)
        assert statement["Principal"] != "*"
        assert "*" not in statement["Principal"].values()
        if actions & (CRYPTOGRAPHY | {"kms:CreateGrant"}):
            assert statement["Condition"]
            assert ACCOUNT in json.dumps(statement["Condition"])
        else:
            assert statement["Principal"] == ROOT


@pytest.mark.parametrize("data_class", list(DataClass))
def test_nobody_is_locked_out_of_a_key(data_class: DataClass) -> None:
    """KMS refuses a policy after which its writer could not change it again."""
    administration = statements(key_policy(data_class, ACCOUNT, TOKYO))["AllowAdministrationByIam"]
    assert administration["Principal"] == ROOT
    assert "Condition" not in administration
    assert {
        "kms:PutKeyPolicy",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:ScheduleKeyDeletion",
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:ReplicateKey",
        "kms:TagResource",
    } <= set(administration["Action"])


def test_another_program_names_its_keys_after_itself() -> None:
    graph = deploy(PLAIN)
    assert "alias/acme-test-database" in {
        alias.inputs["name"] for alias in of_type(graph, "aws:kms/alias:Alias")
    }
