"""The checked-in stacks hold to every rule, and no weakening of them goes unnoticed."""

from pathlib import Path

import pytest

from operations.plan import Plan
from policy.pack.__main__ import judge_files
from policy.pack.judge import Report
from policy.pack.rule import rules
from tests.policy.mutations import run_all

# What the requirements and the decisions on them allow, and nothing else.
EXEMPT = {"s3-own-key", "ecs-not-root", "ecs-two-tasks", "ecs-read-only", "iam-resources-named"}


@pytest.fixture(scope="session")
def recorded(plans: dict[str, Plan], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("plans")
    for name, plan in plans.items():
        (directory / f"{name}.json").write_text(plan.to_json())
    return {name: directory / f"{name}.json" for name in plans}


@pytest.fixture(scope="session")
def reports(recorded: dict[str, Path]) -> dict[str, Report]:
    return {report.stack: report for report in judge_files(recorded.values())}


@pytest.mark.parametrize("name", ["staging", "prod", "dr"])
def test_no_mandatory_rule_is_violated(reports: dict[str, Report], name: str) -> None:
    assert [item.message() for item in reports[name].violations("mandatory")] == []


def test_exemptions_are_those_that_were_decided(reports: dict[str, Report]) -> None:
    assert {item.rule.id for report in reports.values() for item in report.exempt()} == EXEMPT
    assert [exemption.rule for report in reports.values() for exemption in report.unused] == []


def test_rules_are_many_and_say_why_and_what_to_do() -> None:
    assert len(rules()) >= 60
    for rule in rules().values():
        assert rule.reason.endswith(".")
        assert rule.remedy.endswith(".")
        assert rule.url.startswith("https://")
        assert rule.types


def test_every_weakening_of_the_stacks_is_noticed(recorded: dict[str, Path]) -> None:
    results = run_all(list(recorded.values()))
    unnoticed = {
        f"{result.stack} {result.mutation.urn}.{result.mutation.path}: {result.mutation.how}"
        for result in results
        if not result.caught
    }
    assert len(results) > 5000
    assert unnoticed == set()
