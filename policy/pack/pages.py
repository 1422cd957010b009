"""A page per rule, written from the rule and its example: `python -m policy.pack.pages DIRECTORY`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from .cases import PROTECT, Case, Flaw, cases
from .exemptions import EXEMPTIONS, read_exemptions
from .rule import Reach, Rule, rules

WRITTEN = "<!-- Written by `make docs` from policy/pack/rules, policy/cases and policy/exemptions.yaml. -->"
LEVELS = {
    Reach.EVERYWHERE: "mandatory in every stack",
    Reach.PRODUCTION: "mandatory in the stacks of production, advisory elsewhere",
    Reach.NOWHERE: "advisory",
}
CONTROLS = {
    "fsbp": "AWS Security Hub",
    "cis": "CIS AWS Foundations 6.0",
    "pci": "PCI DSS 4.0",
    "checkov": "Checkov",
}


def pages() -> dict[str, str]:
    """Return the text of each page by its file name, the list of rules included."""
    found = {f"{rule.id}.md": page(rule, cases()[rule.id]) for rule in rules().values()}
    return found | {"README.md": index()}


def index() -> str:
    """Return the list of all rules."""
    lines = [
        "# Rules of the policy pack",
        WRITTEN,
        "",
        f"{len(rules())} rules. How they run and how to be exempt: [policies.md](../policies.md).",
        "",
    ]
    for family in sorted({rule.family for rule in rules().values()}):
        lines += [f"## {family}", "", "| Rule | Severity | Level | Why |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {LEVELS[rule.reach]} | {rule.reason} |"
            for rule in rules().values()
            if rule.family == family
        ]
        lines.append("")
    return "\n".join([*lines, *exempt()])


def exempt() -> Iterator[str]:
    """Yield the list of who may break which rule."""
    yield "## Exempt"
    yield ""
    yield "| Rule | Resource | Stacks | Why | Decided in | Until |"
    yield "|---|---|---|---|---|---|"
    for item in read_exemptions(EXEMPTIONS, rules().keys()):
        who = f"`{item.resource}`" + (f", `{item.path}`" if item.path else "")
        stacks = ", ".join(sorted(item.stacks))
        decided = f"{item.reason} | {item.ticket} | {item.expires}"
        yield f"| [{item.rule}]({item.rule}.md) | {who} | {stacks} | {decided} |"
    yield ""


def page(rule: Rule, case: Case) -> str:
    """Return the page of one rule."""
    lines = [
        f"# {rule.id}",
        WRITTEN,
        "",
        rule.reason,
        "",
        f"**Remedy:** {rule.remedy}",
        "",
        f"- Family {rule.family}, severity {rule.severity}, {LEVELS[rule.reach]}",
        f"- Reads {', '.join(f'`{type_}`' for type_ in rule.types)}",
        *([f"- Put right by the pack itself where `{rule.id}` is not disabled"] if rule.remediate else []),
        *_controls(rule),
        f"- More: <{rule.url}>",
        "",
        "## Good",
        "```yaml",
        yaml.safe_dump(_shown(case), sort_keys=False, width=100).rstrip(),
        "```",
        "",
        "## Bad",
        *(f"- {_flaw(flaw)}" for flaw in case.bad),
        "",
    ]
    return "\n".join(lines)


def _controls(rule: Rule) -> Iterator[str]:
    for field, name in CONTROLS.items():
        if ids := getattr(rule.controls, field):
            yield f"- {name}: {', '.join(ids)}"


def _shown(case: Case) -> Mapping[str, Any]:
    return {name: item.model_dump(exclude_defaults=True) for name, item in case.good.items()}


def _flaw(flaw: Flaw) -> str:
    if not flaw.path:
        return f"`{flaw.resource}` is missing"
    if flaw.path == PROTECT:
        return f"`{flaw.resource}` is not protected"
    if flaw.value is None:
        return f"`{flaw.resource}.{flaw.path}` is not set"
    value = yaml.safe_dump(flaw.value, default_flow_style=True, width=200).removesuffix("...\n").strip()
    return f"`{flaw.resource}.{flaw.path}` is `{value}`"


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; fail if a page is not what it should be.")
def main(directory: Path, *, check: bool) -> None:
    """Write a page per rule into DIRECTORY, and remove those of rules that are gone."""
    texts = pages()
    there = {path.name: path.read_text() for path in directory.glob("*.md")}
    if check and there != texts:
        raise click.ClickException(f"{directory} is not up to date; run: make docs")
    directory.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - texts.keys():
        (directory / name).unlink()
    for name, text in texts.items():
        if there.get(name) != text:
            (directory / name).write_text(text)


if __name__ == "__main__":
    main()
