"""Engine, state and plan of a deployed stack get the same verdicts; after the update none is left open."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from operations.plan import Plan
from policy.pack.__main__ import judge_files
from policy.pack.judge import Report
from tests.cloud.conftest import RUN, Aws

# "- [advisory]  advisory-stack  (aws:secretsmanager:Secret: cache)", a description, and "[family/rule] what".
SAID = re.compile(r"\(\S+: (?P<name>\S+)\)\n[^\[]*\[[\w-]+/(?P<rule>[\w-]+)\]")
POLICIES = ["--policy-pack", "policy", "--policy-pack-config", "policy/config.json", "--non-interactive"]
Verdicts = set[tuple[str, str]]


def pulumi(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "local", "pulumi", *arguments],
        cwd=RUN.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr
    return result.stdout


def violations(report: Report) -> Verdicts:
    return {(item.rule.id, item.verdict.urn.rpartition("::")[2]) for item in report.findings if item.violates}


def open_rules(report: Report) -> set[str]:
    return {item.rule.id for item in report.not_judged()}


@pytest.mark.parametrize("stack_name", ["staging", "prod", "dr"])
def test_engine_state_and_plan_agree(
    aws: Aws, plans: dict[str, Plan], stack_name: str, tmp_path: Path
) -> None:
    del aws  # its skip has the reason
    preview = pulumi("preview", "--stack", stack_name, *POLICIES, "--color=never")
    in_engine = {(match["rule"], match["name"]) for match in SAID.finditer(preview)}

    (tmp_path / "state.json").write_text(pulumi("stack", "export", "--stack", stack_name))
    (tmp_path / "plan.json").write_text(plans[stack_name].to_json())
    state, plan = judge_files([tmp_path / "state.json", tmp_path / "plan.json"])

    assert in_engine == violations(state)
    assert open_rules(state) == set()
    assert "not judged" not in preview
    assert {rule for rule, _ in violations(plan) ^ violations(state)} <= open_rules(plan)
    assert state.violations("mandatory") == []
