"""Show what stacks would consist of and write it to `build/plan`: `python -m operations.plan [STACK]`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from operations.plan import PlanError, plan
from operations.plan.tree import render
from settings.stack_files import stack_files

OUTPUT = Path("build", "plan")
# A pipe has no width, and what is cut to a terminal's width differs from one terminal to the next.
WIDTH_OF_A_PIPE = 240


@click.command()
@click.argument("stacks", metavar="[STACK]...", nargs=-1)
def main(stacks: tuple[str, ...]) -> None:
    """Show what each STACK (all if none is named) would consist of. Needs no credentials and no engine."""
    program = Path.cwd()
    known = stack_files(program)
    names = stacks or tuple(known)
    # An older plan must not be taken for the one of a program that fails.
    for name in known.keys() & names:
        (OUTPUT / f"{name}.json").unlink(missing_ok=True)
    try:
        plans = plan(names, program)
    except PlanError as error:
        raise click.ClickException(str(error)) from None
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = OUTPUT / f"{name}.json"
        path.write_text(plans[name].to_json())
        console.print(render(plans[name]))
        console.print(f"Written to {path}\n")


if __name__ == "__main__":
    main()
