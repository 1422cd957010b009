"""The built AWS provider takes and gives what the installed SDK says, for every kind that it has."""

import json
from typing import Any

import pytest

from local.toolchain import cached
from local.toolchain.mapping import NEWER, differences, newer, provider_schema, secrets_in_the_open
from operations.plan import Plan

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    if cached() is None:
        pytest.skip("the AWS provider is not built: run `make toolchain`")
    return provider_schema()


def test_names_lists_and_single_values_agree_but_for_what_is_newer(schema: dict[str, Any]) -> None:
    found = differences(schema)
    assert [str(each) for each in found if each.provider] == []
    assert newer(found) == json.loads(NEWER.read_text())


def test_what_the_sdk_keeps_secret_stays_secret(schema: dict[str, Any]) -> None:
    assert secrets_in_the_open(schema) == []


def test_every_kind_of_the_program_is_compared(schema: dict[str, Any], plans: dict[str, Plan]) -> None:
    used = {
        resource.type
        for stack in plans.values()
        for resource in stack.resources
        if resource.type.startswith("aws:")
    }
    assert used - set(schema) == set()
