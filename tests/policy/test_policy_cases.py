"""Each rule passes what is sound, finds each flaw, says when it cannot know, and heeds exemptions."""

import datetime as dt

import pytest

from policy.pack.cases import Case, cases
from policy.pack.exemptions import Exemption
from policy.pack.graph import Graph
from policy.pack.judge import Judge, Report
from policy.pack.rule import rules
from policy.pack.verdicts import Outcome

TODAY = dt.date(2026, 11, 23)
CASES = sorted(cases().items())
FLAWS = [
    pytest.param(rule, case, index, id=f"{rule}-{case.bad[index].resource}-{case.bad[index].path}-{index}")
    for rule, case in CASES
    for index in range(len(case.bad))
]


def judged(rule: str, case: Case, graph: Graph, *exemptions: Exemption) -> Report:
    judge = Judge(case.stack, case.settings, exemptions, today=TODAY)
    return judge.judge(graph, only=[rules()[rule]])


def exemption(rule: str, expires: dt.date) -> Exemption:
    return Exemption(
        rule=rule,
        resource="*",
        stacks=frozenset({"prod", "dr", "staging"}),
        reason="a test",
        owner="payments",
        ticket="MPAC-1",
        expires=expires,
    )


def test_each_rule_has_an_example_and_each_example_a_rule() -> None:
    assert cases().keys() == rules().keys()


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_sound_resources_pass(rule: str, case: Case) -> None:
    for number, graph in enumerate(case.passing()):
        report = judged(rule, case, graph)
        assert not report.findings, report.findings
        assert number or report.passed, f"{rule} says nothing of its own good example"


@pytest.mark.parametrize(("rule", "case", "index"), FLAWS)
def test_a_flaw_fails(rule: str, case: Case, index: int) -> None:
    flaw, graph = list(case.failing())[index]
    report = judged(rule, case, graph)
    assert [item for item in report.findings if item.violates], flaw


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_what_is_unknown_is_not_judged(rule: str, case: Case) -> None:
    report = judged(rule, case, case.undecided())
    assert [item.verdict.outcome for item in report.findings] == [Outcome.NOT_JUDGED] * len(report.findings)
    assert report.findings, f"{rule} is silent on what it cannot know"


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_an_exemption_excuses_until_it_expires(rule: str, case: Case) -> None:
    _, graph = next(case.failing())
    excused = judged(rule, case, graph, exemption(rule, TODAY))
    assert excused.exempt()
    assert not [item for item in excused.findings if item.violates]
    expired = judged(rule, case, graph, exemption(rule, TODAY - dt.timedelta(days=1)))
    assert not expired.exempt()
    assert all("expired on 2026-11-22" in item.message() for item in expired.findings if item.violates)
    assert not expired.unused
