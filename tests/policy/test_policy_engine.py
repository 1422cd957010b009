"""The pack in the engine's hands: the verdicts are those over a plan, and no error goes unseen."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest

from operations.plan import Plan
from policy.pack.__main__ import read_config
from policy.pack.exemptions import read_exemptions
from policy.pack.judge import Judge
from policy.pack.rule import rules
from policy.pack.sources.recorded import from_plan
from tests.policy.analyzer import PACK, running

CARRIER = "mandatory-resources"
SETTINGS = json.loads((PACK / "config.json").read_text())[CARRIER]
ENOUGH = 200
INSTANCE = "aws:rds/instance:Instance"


def resource(**inputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::mpac::{INSTANCE}::database",
        "type": INSTANCE,
        "name": "database",
        "inputs": inputs,
        "protect": True,
        "provider": None,
        "parent": None,
        "propertyDependencies": {},
    }


def rules_of(diagnostics: Iterable[Any]) -> set[str]:
    return {match[1] for item in diagnostics if (match := re.search(r"\[[\w-]+/([\w-]+)\]", item.message))}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pack without its environment, to be broken."""
    return Path(
        shutil.copytree(PACK, tmp_path / "policy", ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    )


def test_level_of_a_rule_decides_which_policy_speaks() -> None:
    with running() as pack:
        found = pack.analyze(resource(multiAz=False))
        assert {item.policyName for item in found if "rds-multi-az" in rules_of([item])} == {CARRIER}
    with running() as pack:
        pack.configure(mandatory_resources={"levels": {"rds-multi-az": "advisory"}})
        found = pack.analyze(resource(multiAz=False))
        assert {item.policyName for item in found if "rds-multi-az" in rules_of([item])} == {
            "advisory-resources"
        }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": {"no-such-rule": "advisory"}}, "no-such-rule"),
        ({"databaseBackupDays": 0}, "databaseBackupDays"),
        ({"databaseBackupDay": 30}, "databaseBackupDay"),
    ],
)
def test_malformed_settings_fail_the_run(settings: dict[str, Any], message: str) -> None:
    with running() as pack:
        pack.configure(mandatory_resources=settings)
        with pytest.raises(grpc.RpcError, match=message):
            pack.analyze(resource(multiAz=True))


def test_disabled_carrier_of_the_settings_fails_the_run() -> None:
    with running() as pack:
        pack.configure(mandatory_resources={"enforcementLevel": "disabled"})
        with pytest.raises(grpc.RpcError, match="set the levels of single rules"):
            pack.analyze(resource(multiAz=True))


def test_rule_that_raises_fails_the_run_with_its_name_and_the_resource(copy: Path) -> None:
    text = (copy / "pack/rules/availability.py").read_text()
    (copy / "pack/rules/availability.py").write_text(text.replace('"multiAz", IS_TRUE', '"multiAz", None'))
    with (
        running(copy) as pack,
        pytest.raises(grpc.RpcError, match=r"rds-multi-az failed on urn:.*::database"),
    ):
        pack.analyze(resource(multiAz=True))


@pytest.mark.parametrize(
    ("exemptions", "message"),
    [
        ("- {rule: rds-multi-az, resource: '*'}", "Field required"),
        ("- [", "no YAML"),
        (
            "- {rule: new, resource: x, stacks: [a], reason: r, owner: o, ticket: t, expires: 2027-01-01}",
            "no rule that exists: new",
        ),
    ],
)
def test_malformed_exemptions_fail_the_run(copy: Path, exemptions: str, message: str) -> None:
    (copy / "exemptions.yaml").write_text(exemptions)
    with running(copy) as pack, pytest.raises(grpc.RpcError, match=message):
        pack.analyze(resource(multiAz=True))


# So much is asked that sound stacks violate it in many places, for both to find.
STRICT = {
    "zones": 6,
    "tlsPolicies": ["ELBSecurityPolicy-TLS13-1-3-2021-06"],
    "databaseBackupDays": 3650,
    "cacheSnapshotDays": 3650,
    "backupDays": 3650,
    "logRetentionDays": 3650,
    "portRange": 1,
    "publicPorts": [8443],
    "requiredTags": ["NobodyHasIt"],
    "roleSessionSeconds": 900,
    "passwordLength": 128,
    "failoverSeconds": 10,
    "unloggedBuckets": [],
}


@pytest.mark.parametrize("more", [{}, STRICT], ids=["as it is", "strict"])
@pytest.mark.parametrize("name", ["staging", "prod", "dr"])
def test_plan_and_engine_agree_wherever_the_value_is_known(
    plans: dict[str, Plan], tmp_path: Path, name: str, more: dict[str, Any]
) -> None:
    items = json.loads(plans[name].to_json())
    settings = SETTINGS | more
    config = tmp_path / "config.json"
    config.write_text(json.dumps({CARRIER: settings}))
    exemptions = read_exemptions(PACK / "exemptions.yaml", rules().keys())
    judge = Judge(name, read_config(config), exemptions)
    offline = judge.judge(from_plan(items))
    failed = {(item.rule.id, item.verdict.urn) for item in offline.findings if item.violates}
    with running(stack=name) as pack:
        pack.configure(mandatory_resources=settings)
        said = [diagnostic for item in items for diagnostic in pack.analyze(item)]
        said += pack.analyze_stack(items)
    in_engine = {(rule, item.urn) for item in said if item.urn for rule in rules_of([item])}
    waiting = rules_of(item for item in said if "not judged" in item.message)
    assert not more or len(in_engine) > ENOUGH
    assert in_engine <= failed
    assert {rule for rule, _ in failed - in_engine} <= waiting
