"""A page per family of rules, written from them and their examples: `python -m policy.pack.pages DIR`."""

from collections.abc import Iterator, Mapping, Sequence
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
    Reach.ADVISORY: "advisory",
}
CONTROLS = {
    "fsbp": "AWS Security Hub",
    "cis": "CIS AWS Foundations 6.0",
    "pci": "PCI DSS 4.0",
    "checkov": "Checkov",
}


def pages() -> dict[str, str]:
    """Return the text of each page by its file name, the list of rules included."""
    found = {f"{name}.md": page(name, of_family) for name, of_family in families().items()}
    return found | {"README.md": index()}


def families() -> dict[str, list[Rule]]:
    """Return the rules of each family, both in the order of their names."""
    found: dict[str, list[Rule]] = {}
    for rule in rules().values():
        found.setdefault(rule.family, []).append(rule)
    return dict(sorted(found.items()))


def index() -> str:
    """Return the list of all rules. Why there is one stands on its page only: one change, one file."""
    lines = [
        "# Rules of the policy pack",
        WRITTEN,
        "",
        f"{len(rules())} rules. How they run and how to be exempt: [policies.md](../policies.md).",
        "",
    ]
    for name, of_family in families().items():
        lines += [f"## [{name}]({name}.md)", "", "| Rule | Severity | Level |", "|---|---|---|"]
        lines += [f"| {_link(rule)} | {rule.severity} | {LEVELS[rule.reach]} |" for rule in of_family]
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
        yield f"| {_link(rules()[item.rule])} | {who} | {stacks} | {decided} |"
    yield ""


def page(name: str, of_family: Sequence[Rule]) -> str:
    """Return the page of one family."""
    lines = [f"# {name}", WRITTEN, ""]
    for rule in of_family:
        lines += section(rule, cases()[rule.id])
    return "\n".join(lines)


def section(rule: Rule, case: Case) -> list[str]:
    """Return what is said of one rule. Its heading is its id and nothing else: the anchor of `Rule.page`."""
    return [
        f"## {rule.id}",
        rule.reason,
        "",
        f"**Remedy:** {rule.remedy}",
        "",
        f"- Severity {rule.severity}, {LEVELS[rule.reach]}",
        f"- Reads {', '.join(f'`{type_}`' for type_ in rule.types)}",
        *([f"- Put right by the pack itself where `{rule.id}` is not disabled"] if rule.remediate else []),
        *_controls(rule),
        f"- More: <{rule.url}>",
        "",
        "Good:",
        "```yaml",
        yaml.safe_dump(_shown(case), sort_keys=False, width=100).rstrip(),
        "```",
        "",
        "Bad:",
        *(f"- {_flaw(flaw)}" for flaw in case.bad),
        "",
    ]


def _link(rule: Rule) -> str:
    """Link to a rule from a page in the same directory."""
    return f"[{rule.id}]({rule.page.rpartition('/')[2]})"


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
    """Write a page per family into DIRECTORY, and remove those of families that are gone."""
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
