"""Generated passwords: in Secrets Manager only, and in a second region where a standby needs them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.secrets.generated import GeneratedSecret, GeneratedSecretArgs
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, STAGING
from tests.components.recording import UNKNOWN, Registration, Secret, only, record, repeated_names

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
PASSWORD = "random:index/randomPassword:RandomPassword"

ARGS = GeneratedSecretArgs(
    context=CONTEXT, description="Master user", further_fields={"username": "mpac_admin"}
)


def deploy(args: GeneratedSecretArgs, *, preview: bool = False) -> list[Registration]:
    return record(lambda: GeneratedSecret("master", args), preview=preview)


@pytest.fixture(scope="module")
def graph() -> list[Registration]:
    return deploy(ARGS)


def test_the_password_is_long_and_goes_into_urls_as_it_is(graph: list[Registration]) -> None:
    password = only(graph, PASSWORD).inputs
    assert (password["length"], password["special"]) == (48, False)
    # Anything else here would make another password of an instance that runs.
    assert "keepers" not in password


def test_the_secret_has_a_key_of_ours_in_both_regions(graph: list[Registration]) -> None:
    secret = only(graph, SECRET).inputs
    assert secret["name"] == "mpac/prod/master"
    assert secret["kmsKeyId"] == "arn:aws:kms:ap-northeast-1:123456789012:key/secrets"
    assert secret["replicas"] == [
        {"region": OSAKA, "kmsKeyId": "arn:aws:kms:ap-northeast-3:123456789012:key/secrets"}
    ]


def test_the_value_is_json_and_a_secret_of_the_state(graph: list[Registration]) -> None:
    value: Any = only(graph, VERSION).inputs["secretString"]
    assert isinstance(value, Secret)
    assert json.loads(str(value.value)) == {"username": "mpac_admin", "password": "master-result"}


def test_the_password_appears_nowhere_else(graph: list[Registration]) -> None:
    for each in graph:
        if each.type != VERSION:
            assert "master-result" not in json.dumps([each.inputs, each.outputs], default=repr)


def test_nobody_learns_its_arn_before_it_has_a_value() -> None:
    """A task that asks for a secret without a version does not start."""
    component = only(deploy(ARGS), "mpac:secrets:GeneratedSecret")
    assert component.outputs["arn"] == "master-secretArn"
    waiting = only(deploy(ARGS, preview=True), "mpac:secrets:GeneratedSecret")
    assert waiting.outputs["arn"] == waiting.outputs["replicaArn"] == UNKNOWN


def test_without_a_standby_there_is_no_copy() -> None:
    graph = deploy(replace(ARGS, context=STAGING))
    assert "replicas" not in only(graph, SECRET).inputs
    assert "replicaArn" not in only(graph, "mpac:secrets:GeneratedSecret").outputs


def test_a_deletion_is_refused_and_can_be_taken_back_for_30_days(graph: list[Registration]) -> None:
    assert only(graph, SECRET).protect
    assert only(graph, PASSWORD).protect
    assert only(graph, SECRET).inputs["recoveryWindowInDays"] == 30


def test_without_data_to_lose_the_name_is_free_at_once() -> None:
    graph = deploy(replace(ARGS, context=STAGING))
    assert not [each.name for each in graph if each.protect]
    assert only(graph, SECRET).inputs["recoveryWindowInDays"] == 0


def test_two_stand_side_by_side() -> None:
    graph = record(lambda: [GeneratedSecret(name, ARGS) for name in ("master", "reporting")])
    assert repeated_names(graph) == []


def test_without_a_key_aws_has_one() -> None:
    secret = only(deploy(replace(ARGS, context=PLAIN)), SECRET).inputs
    assert secret["name"] == "acme/test/master"
    assert "kmsKeyId" not in secret
