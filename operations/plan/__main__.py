"""Show what stacks would consist of, and what the policies say of it: `python -m operations.plan [STACK]`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from operations.plan import PlanError, plan
from operations.plan.tree import render
from policy.pack.__main__ import judge_files
from policy.pack.settings import PackError
from policy.pack.verdict_table import markdown
from policy.pack.verdict_table import render as render_verdicts
from settings.stack_files import stack_files

OUTPUT = Path("build", "plan")
# What a pull request shows; see .github/workflows.
COMMENT = OUTPUT / "comment.md"
# A pipe has no width, and what is cut to a terminal's width differs from one terminal to the next.
WIDTH_OF_A_PIPE = 240


@click.command()
@click.argument("stacks", metavar="[STACK]...", nargs=-1)
@click.option("--policies/--no-policies", default=True, help="Judge the stacks.", show_default=True)
def main(stacks: tuple[str, ...], *, policies: bool) -> None:
    """Show what each STACK (all if none is named) would consist of, and what the policies say of it.

    Writes it to build/plan. Needs no credentials and no engine. Ends with status 1 if a mandatory policy is
    violated.
    """
    program = Path.cwd()
    known = stack_files(program)
    names = stacks or tuple(known)
    # An older plan must not be taken for the one of a program that fails.
    for name in known.keys() & names:
        (OUTPUT / f"{name}.json").unlink(missing_ok=True)
    COMMENT.unlink(missing_ok=True)
    try:
        plans = plan(names, program)
    except PlanError as error:
        raise _failed(str(error)) from None
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False, emoji=False)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    paths = [OUTPUT / f"{name}.json" for name in names]
    for name, path in zip(names, paths, strict=True):
        path.write_text(plans[name].to_json())
        console.print(render(plans[name]))
        console.print(f"Written to {path}\n")
    if policies and (program / "policy").exists():
        sys.exit(_judge(paths, program / "policy", console))


def _judge(paths: Sequence[Path], pack: Path, console: Console) -> int:
    try:
        reports = judge_files(paths, pack)
    except PackError as error:
        raise _failed(str(error)) from None
    for report in reports:
        console.print(render_verdicts(report))
    COMMENT.write_text("\n".join(map(markdown, reports)))
    return 1 if any(report.violations("mandatory") for report in reports) else 0


def _failed(message: str) -> click.ClickException:
    """Say it in the pull request too, where else an older comment would stay."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    COMMENT.write_text(f"The plan failed.\n\n```\n{message}\n```\n")
    return click.ClickException(message)


if __name__ == "__main__":
    main()
