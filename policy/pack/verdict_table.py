"""What the judge says of a stack, for a terminal and for a comment in a pull request."""

import os
from collections import Counter
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .judge import Finding, Report
from .rule import Rule

HEADINGS = ("level", "rule", "resources", "what")
SHOWN = 5


def render(report: Report) -> RenderableType:
    """Show what stops an update, what is advice, and in sums what is excused or not known yet."""
    parts: list[RenderableType] = []
    if violations := list(_grouped(report)):
        table = Table(*HEADINGS, title=f"Policies of {report.stack}", title_justify="left")
        for level, rule, resources, what in violations:
            style = "red" if level == "mandatory" else ""
            table.add_row(level, rule.id, resources, f"{what} See {rule.page}.", style=style)
        parts.append(table)
    parts += [Text(f"{report.stack}: {line}") for line in summary(report)]
    return Group(*parts)


def markdown(report: Report) -> str:
    """Return a section for a comment in a pull request."""
    lines = [f"### `{report.stack}`: {report.resources} resources", ""]
    if violations := list(_grouped(report)):
        lines += [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
        lines += [
            f"| {level} | [{rule.id}]({_address(rule)}) | {resources} | {what} |"
            for level, rule, resources, what in violations
        ]
        lines.append("")
    return "\n".join([*lines, *(f"- {line}" for line in summary(report)), ""])


def summary(report: Report) -> Iterator[str]:
    """Sum up: nothing that was not judged goes unsaid."""
    yield (
        f"{report.passed} checks passed, violations: {len(report.violations('mandatory'))} "
        f"mandatory, {len(report.violations('advisory'))} advisory, {len(report.exempt())} exempt, "
        f"{len(report.not_judged())} not judged before the update"
    )
    for rule, count in Counter(item.rule.id for item in report.not_judged()).items():
        yield f"not judged: {rule}, {count} times"
    for exemption in report.unused:
        yield f"unused exemption {exemption.ticket} from {exemption.rule} for {exemption.resource}"


def _address(rule: Rule) -> str:
    """Return where a comment finds the page of a rule: in the commit that a workflow of GitHub runs on.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables lists these three.
    """
    run = [os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
    return "{}/{}/blob/{}/{}".format(*run, rule.page) if all(run) else rule.page


def _grouped(report: Report) -> Iterator[tuple[str, Rule, str, str]]:
    """Yield a row per rule, mandatory ones first: level, rule, resources, what is wrong with the first."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for level in ("mandatory", "advisory"):
        for item in report.violations(level):
            groups.setdefault((level, item.rule.id), []).append(item)
    for (level, _), items in groups.items():
        names = list(dict.fromkeys(item.verdict.urn.rpartition("::")[2] for item in items))
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        expired = " Its exemption has expired." if items[0].expired else ""
        what = f"{items[0].verdict.message}. {items[0].rule.remedy}{expired}"
        yield level, items[0].rule, ", ".join(names[:SHOWN]) + more, what
