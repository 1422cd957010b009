"""Applying all rules to a stack."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from .exemptions import Exemption
from .graph import Graph, Resource
from .reading import Reading, reading
from .rule import Rule, resource_rules, rules
from .settings import PackError, Settings
from .verdicts import Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict that is not a pass, with what follows from it.

    Attributes:
        rule: The rule.
        verdict: What the rule says.
        level: Mandatory or advisory.
        exemption: The exemption that excuses it, if it is a violation.
        expired: The exemption that no longer does.
    """

    rule: Rule
    verdict: Verdict
    level: str
    exemption: Exemption | None = None
    expired: Exemption | None = None

    @property
    def violates(self) -> bool:
        """Whether a rule is broken without an excuse."""
        return self.verdict.outcome is Outcome.FAIL and self.exemption is None

    def message(self) -> str:
        """Say what is wrong and what to do about it."""
        name = f"{self.rule.family}/{self.rule.id}"
        text = f"[{name}] {self.verdict.message}. {self.rule.reason} {self.rule.remedy}"
        if self.expired:
            text += f" The exemption {self.expired.ticket} expired on {self.expired.expires}."
        return f"{text} See {self.rule.page}."


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that is to be said of a stack.

    Attributes:
        stack: Its name.
        resources: How many it has.
        findings: Violations, excused violations, and what could not be judged.
        passed: Number of verdicts that passed.
        unused: Exemptions for this stack that excuse nothing.
    """

    stack: str
    resources: int
    findings: tuple[Finding, ...]
    passed: int
    unused: tuple[Exemption, ...]

    def violations(self, level: str) -> list[Finding]:
        """Return what breaks a rule of a level without an excuse."""
        return [finding for finding in self.findings if finding.violates and finding.level == level]

    def exempt(self) -> list[Finding]:
        """Return the violations that an exemption excuses."""
        return [finding for finding in self.findings if finding.exemption]

    def not_judged(self) -> list[Finding]:
        """Return what is not known before the deployment."""
        return [finding for finding in self.findings if finding.verdict.outcome is Outcome.NOT_JUDGED]


class Judge:
    """The rules with their settings and exemptions, for one stack.

    Args:
        stack: Name of the stack.
        settings: Levels and figures.
        exemptions: Exemptions of all stacks.
        today: Day on which exemptions are looked at.
    """

    def __init__(
        self,
        stack: str,
        settings: Settings,
        exemptions: Sequence[Exemption] = (),
        today: dt.date | None = None,
    ) -> None:
        self.stack = stack
        self.settings = settings
        self.exemptions = exemptions
        self._today = today or dt.datetime.now(dt.UTC).date()
        self._levels = {rule.id: rule.level(stack, settings) for rule in rules().values()}

    def level(self, rule: Rule) -> str:
        """Return the level of a rule in this stack."""
        return self._levels[rule.id]

    def judge_resource(self, resource: Resource) -> Iterator[Finding]:
        """Apply the rules that need nothing but the resource.

        Raises:
            PackError: A rule failed.
        """
        for rule in resource_rules().get(resource.type, ()):
            if self._levels[rule.id] != "disabled":
                for verdict in _run(rule, resource, resource.urn, self.settings):
                    if verdict.outcome is not Outcome.PASS:
                        yield self._finding(rule, verdict, resource)

    def judge(self, graph: Graph, only: Iterable[Rule] | None = None) -> Report:
        """Apply all rules to a stack.

        Args:
            graph: The stack.
            only: The rules to apply, if not all.

        Raises:
            PackError: A rule failed.
        """
        findings: list[Finding] = []
        passed = 0
        for rule in rules().values() if only is None else only:
            if self._levels[rule.id] == "disabled":
                continue
            for verdict in self._verdicts(rule, graph):
                if verdict.outcome is Outcome.PASS:
                    passed += 1
                else:
                    findings.append(self._finding(rule, verdict, graph.resources.get(verdict.urn)))
        used = {id(exemption) for item in findings for exemption in (item.exemption, item.expired)}
        waiting = {item.rule.id for item in findings if item.verdict.outcome is Outcome.NOT_JUDGED}
        unused = tuple(
            exemption
            for exemption in self.exemptions
            if self.stack in exemption.stacks and id(exemption) not in used and exemption.rule not in waiting
        )
        return Report(
            stack=self.stack,
            resources=len(graph.resources),
            findings=tuple(findings),
            passed=passed,
            unused=unused,
        )

    def _verdicts(self, rule: Rule, graph: Graph) -> Iterator[Verdict]:
        if rule.across:
            yield from _run(rule, graph, f"stack {graph.stack}", self.settings)
        else:
            for resource in graph.of(*rule.types):
                yield from _run(rule, resource, resource.urn, self.settings)

    def _finding(self, rule: Rule, verdict: Verdict, resource: Resource | None) -> Finding:
        finding = Finding(rule=rule, verdict=verdict, level=self._levels[rule.id])
        if verdict.outcome is not Outcome.FAIL or resource is None:
            return finding
        covering = self._covering(rule, resource, verdict.path)
        valid = [item for item in covering if item.expires >= self._today]
        if valid:
            return replace(finding, exemption=valid[0])
        return replace(finding, expired=covering[0]) if covering else finding

    def _covering(self, rule: Rule, resource: Resource, path: str) -> list[Exemption]:
        name = f"{resource.type}::{resource.name}"
        return [item for item in self.exemptions if item.covers(rule.id, self.stack, name, path)]

    def remedy(self, resource: Resource) -> dict[str, Any]:
        """Return the inputs that safe remedies change: of rules that are on, where nothing is exempt."""
        changes: dict[str, Any] = {}
        for rule in resource_rules().get(resource.type, ()):
            if rule.remediate and self._levels[rule.id] != "disabled":
                with _blaming(rule, resource.urn):
                    wanted = rule.remediate({**resource.inputs, **changes})
                changes |= {
                    path: value
                    for path, value in wanted.items()
                    if not any(item.expires >= self._today for item in self._covering(rule, resource, path))
                }
        return changes

    def remedied(self, graph: Graph) -> Graph:
        """Return a stack after all safe remedies."""
        resources = [
            replace(resource, inputs={**resource.inputs, **self.remedy(resource)})
            for resource in graph.resources.values()
        ]
        return Graph(graph.stack, resources, unwraps_secrets=graph.unwraps_secrets)


def _run(rule: Rule, subject: Any, name: str, settings: Settings) -> Iterator[Verdict]:
    """Run a rule; what it raises stops the judge, for a rule that did not run is no pass."""
    with reading() as seen, _blaming(rule, name, seen):
        verdicts = list(rule.test(subject, settings))
    open_ = {verdict.urn for verdict in verdicts if verdict.outcome is not Outcome.PASS}
    passed = {(verdict.urn, verdict.path) for verdict in verdicts}
    yield from verdicts
    for urn, path in seen.unread:
        if urn not in open_ and (urn, path) not in passed:
            message = f"{path} cannot be read, on which it depends"
            yield Verdict(urn=urn, path=path, outcome=Outcome.NOT_JUDGED, message=message)


@contextmanager
def _blaming(rule: Rule, name: str, seen: Reading | None = None) -> Iterator[None]:
    """Say which rule raised, and at which resource."""
    try:
        yield
    except Exception as error:
        place = (seen and seen.last) or name
        raise PackError(f"Rule {rule.id} failed on {place}: {type(error).__name__}: {error}") from error


def as_mapping(report: Report) -> Mapping[str, Any]:
    """Return a report as JSON types: what a tool or a comment in a pull request reads."""
    return {
        "stack": report.stack,
        "passed": report.passed,
        "findings": [
            {
                "rule": item.rule.id,
                "level": item.level,
                "outcome": "exempt" if item.exemption else item.verdict.outcome.value,
                "resource": item.verdict.urn,
                "path": item.verdict.path,
                "message": item.message(),
            }
            for item in report.findings
        ],
        "unused_exemptions": [item.model_dump(mode="json") for item in report.unused],
    }
