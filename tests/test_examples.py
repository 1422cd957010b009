"""The programs in `examples/`, under mocks: what another program gets from the classes."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from tests.components.recording import Registration, record, repeated_names

EXAMPLES = Path(__file__).parents[1] / "examples"
# What AWS tells resources of a type apart by, in an account and region.
IDENTITIES = (
    "identifier",
    "replicationGroupId",
    "userId",
    "userGroupId",
    "bucket",
    "name",
    "namePrefix",
    "clusterIdentifier",
)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classes under the name that `pip install .` gives them (tests/test_distribution.py)."""
    (tmp_path / "mpac_infrastructure").symlink_to(EXAMPLES.parent / "components")
    monkeypatch.syspath_prepend(tmp_path)


def declared(example: str) -> list[Registration]:
    pulumi.runtime.set_config("mpac:account", "123456789012")
    return record(lambda: runpy.run_path(str(EXAMPLES / example / "__main__.py")))


def names(graph: list[Registration]) -> Iterator[tuple[str, str]]:
    for each in graph:
        for key in IDENTITIES:
            if each.custom and isinstance(each.inputs.get(key), str):
                yield each.type, each.inputs[key]
                break


def test_the_small_one_names_everything_after_its_own_prefix() -> None:
    graph = declared("small")
    found = [name for type_, name in names(graph) if type_.startswith("aws:") and "Rule" not in type_]
    own = ("shop-test-", "/shop/test/", "shop/test/", "write-")
    assert [name for name in found if not name.startswith(own)] == []
    assert len(found) > 10


def test_the_small_one_leaves_encryption_and_alarms_to_aws() -> None:
    graph = declared("small")
    assert {each.inputs.get("kmsKeyId") for each in graph} == {None}
    alarms = [each for each in graph if each.type.endswith("MetricAlarm")]
    assert len(alarms) == 3 * 6
    assert {len(each.inputs.get("alarmActions", [])) for each in alarms} == {0}


def test_of_a_pair_no_two_have_one_name() -> None:
    graph = declared("pair")
    assert repeated_names(graph) == []
    databases = {each.inputs["identifier"] for each in graph if each.type == "aws:rds/instance:Instance"}
    assert databases >= {"shop-test-orders", "shop-test-ledger"}
