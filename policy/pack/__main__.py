"""Judge stacks from files, without engine and credentials: `python -m policy.pack build/plan/prod.json`."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console

from .baseline import read_baseline
from .exemptions import read_exemptions
from .judge import Judge, Report, as_mapping
from .rule import rules
from .settings import CARRIER, POLICIES, PackError, Settings, read_settings
from .sources.recorded import load
from .verdict_table import markdown, render

PACK = Path(__file__).parents[1]
# A pipe has no width, and what is cut to a terminal's width differs from one terminal to the next.
WIDTH_OF_A_PIPE = 240


def judge_files(files: Iterable[Path], pack: Path = PACK, config: Path | None = None) -> list[Report]:
    """Judge stacks with a pack's settings and exemptions.

    Args:
        files: Recorded plans, or exported states.
        pack: Folder with `config.json` and `exemptions.yaml`.
        config: Settings in another file, in the form of `pulumi --policy-pack-config`.

    Raises:
        PackError: A file, the settings or an exemption is malformed, or a rule failed.
    """
    settings = read_config(config or pack / "config.json")
    exemptions = read_exemptions(pack / "exemptions.yaml", rules().keys())
    reports = []
    for file in files:
        graph = load(file)
        judge = Judge(graph.stack, settings, exemptions)
        reports.append(judge.judge(judge.remedied(graph)))
    return reports


def read_config(config: Path) -> Settings:
    """Read the settings from a file for `pulumi --policy-pack-config`.

    Raises:
        PackError: It is malformed.
    """
    try:
        content = json.loads(config.read_text())
    except (OSError, ValueError) as error:
        raise PackError(f"{config} cannot be read: {error}") from None
    if not isinstance(content, dict) or (unknown := sorted(content.keys() - {*POLICIES, "all"})):
        what = f"there is no policy {', '.join(unknown)}" if isinstance(content, dict) else "it is no mapping"
        raise PackError(f"{config}: {what}; the policies are {', '.join(POLICIES)}.")
    raw = content.get(CARRIER, {})
    if not isinstance(raw, dict):
        raise PackError(f"{config}: {CARRIER} carries the settings of all rules and cannot be {raw}.")
    raw = {name: value for name, value in raw.items() if name != "enforcementLevel"}
    return read_settings({**raw, "baseline": read_baseline()}, rules())


@click.command()
@click.argument("files", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--config", type=click.Path(path_type=Path), help="Settings; those of the pack if not given.")
@click.option(
    "--format", "form", type=click.Choice(["table", "markdown", "json"]), default="table", show_default=True
)
def main(files: tuple[Path, ...], config: Path | None, form: str) -> None:
    """Judge stacks from FILES: plans of `make plan`, or states of `pulumi stack export`.

    Ends with status 1 if a mandatory rule is violated.
    """
    try:
        reports = judge_files(files, config=config)
    except PackError as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        click.echo(json.dumps([as_mapping(report) for report in reports], indent=2))
    elif form == "markdown":
        click.echo("\n".join(markdown(report) for report in reports))
    else:
        console = Console(
            width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False, emoji=False
        )
        for report in reports:
            console.print(render(report))
    sys.exit(1 if any(report.violations("mandatory") for report in reports) else 0)


if __name__ == "__main__":
    main()
