"""What the pack prints of a violation leads to where its rule is explained."""

import pytest

from policy.pack.cases import cases
from policy.pack.judge import Judge, Report
from policy.pack.rule import rules
from policy.pack.verdict_table import markdown
from tests.docs.markdown import ROOT, anchors


def report(rule: str) -> Report:
    case = cases()[rule]
    _, graph = next(case.failing())
    return Judge(case.stack, case.settings).judge(graph, only=[rules()[rule]])


@pytest.mark.parametrize("rule", rules())
def test_a_message_leads_to_its_rule(rule: str) -> None:
    messages = [item.message() for item in report(rule).findings if item.violates]
    assert messages
    for message in messages:
        page, _, anchor = message.rpartition(" See ")[2].removesuffix(".").partition("#")
        assert anchor == rule
        assert anchor in anchors(ROOT / page)


def test_a_comment_links_to_the_commit_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "mpac/infrastructure")
    monkeypatch.setenv("GITHUB_SHA", "0123abc")
    assert (
        "[rds-multi-az](https://github.com/mpac/infrastructure/blob/0123abc/docs/policies/"
        "availability.md#rds-multi-az)" in markdown(report("rds-multi-az"))
    )


def test_a_comment_made_elsewhere_names_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    text = markdown(report("rds-multi-az"))
    assert "[rds-multi-az](docs/policies/availability.md#rds-multi-az)" in text


def test_a_family_has_one_page() -> None:
    written = {path.stem for path in (ROOT / "docs" / "policies").iterdir()}
    assert written == {rule.family for rule in rules().values()} | {"README"}
