"""What the judge says of a stack, for a terminal and for a comment in a pull request."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .judge import Finding, Report


def render(report: Report) -> RenderableType:
    """Show what stops an update, what is advice, and in sums what is excused or not known yet."""
    violations = [*report.violations("mandatory"), *report.violations("advisory")]
    parts: list[RenderableType] = []
    if violations:
        table = Table(
            "level", "rule", "resource", "what", title=f"Policies of {report.stack}", title_justify="left"
        )
        for item in violations:
            style = "red" if item.level == "mandatory" else ""
            table.add_row(item.level, item.rule.id, _resource(item), _what(item), style=style)
        parts.append(table)
    parts += [Text(f"{report.stack}: {line}") for line in summary(report)]
    return Group(*parts)


def summary(report: Report) -> Iterator[str]:
    """Sum up: nothing that was not judged goes unsaid."""
    yield (
        f"{report.passed} checks passed, {len(report.violations('mandatory'))} mandatory violations, "
        f"{len(report.violations('advisory'))} advisory, {len(report.exempt())} exempt, "
        f"{len(report.not_judged())} not judged before the update"
    )
    for rule, count in Counter(item.rule.id for item in report.not_judged()).items():
        yield f"not judged: {rule}, {count} times"
    for exemption in report.unused:
        yield f"unused exemption {exemption.ticket} from {exemption.rule} for {exemption.resource}"


def markdown(report: Report) -> str:
    """Return a section for a comment in a pull request."""
    lines = [f"### `{report.stack}`: {report.resources} resources", ""]
    if violations := [*report.violations("mandatory"), *report.violations("advisory")]:
        lines += ["| level | rule | resource | what |", "|---|---|---|---|"]
        lines += [
            f"| {item.level} | {item.rule.id} | `{_resource(item)}` | {_what(item)} |" for item in violations
        ]
        lines.append("")
    return "\n".join([*lines, *(f"- {line}" for line in summary(report)), ""])


def _resource(item: Finding) -> str:
    type_, _, name = item.verdict.urn.rpartition("$")[2].rpartition("::")
    return f"{type_.rpartition('::')[2]}::{name}"


def _what(item: Finding) -> str:
    return f"{item.verdict.message}. {item.rule.remedy}" + (
        " Its exemption has expired." if item.expired else ""
    )
