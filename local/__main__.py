"""Commands of the local cloud: ``python -m local up|down|destroy|env|status``."""

import errno
import json
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from local import cloud, shell
from local.deploy import end_leftovers
from local.deploy import up as deploy_stacks
from local.destroy import destroy as destroy_stack
from local.opening import deployed_aws, open_engine
from local.run_directory import STACKS, LocalCloudError, RunDirectory

# Rich takes 80 columns for what is no terminal, and would fold every ARN there.
# Without emoji, or the ARN of a secret would have one where it says ":secret:".
console = Console(width=None if sys.stdout.isatty() else 160, emoji=False)
stack_name = click.Choice(list(STACKS))


@click.group()
def main() -> None:
    """Run the stacks on this machine: real engine, real provider, local AWS."""


@main.command()
@click.argument("stacks", nargs=-1, type=stack_name)
def up(stacks: tuple[str, ...]) -> None:
    """Deploy the given STACKS, or all of them."""
    run = _run_directory()
    with run.lock():
        deploy_stacks(run, [stack for stack in STACKS if stack in stacks or not stacks], console)


@main.command()
@click.argument("stack", type=stack_name)
def destroy(stack: str) -> None:
    """Destroy STACK through the engine and report what is left of it."""
    run = _run_directory()
    with run.lock():
        destroy_stack(run, stack, console)


@main.command()
def down() -> None:
    """Stop the local AWS and remove everything that belongs to the local cloud."""
    run = _run_directory()
    with run.lock():
        end_leftovers(run, console)
        if cloud.stop(run):
            console.print("Stopped the local AWS.")
        if run.root.exists():
            shutil.rmtree(run.root)
            console.print(f"Removed {run.root}.")
        else:
            console.print("Nothing is left to remove.")


@main.command()
def env() -> None:
    """Print shell commands that make pulumi and AWS clients see the local cloud."""
    run = _run_directory()
    for line in shell.lines(run):
        print(line)


@main.command()
def status() -> None:
    """Show what runs and what is deployed."""
    run = _run_directory()
    with run.lock(shared=True):
        server = deployed_aws(run)
        listed = open_engine(run, server, only_newer=True).ask("stack", "ls", "--json")
        console.print(
            f"The local AWS answers at {server.proxy} (instance {server.instance}).", highlight=False
        )
        known = {entry["name"]: entry for entry in json.loads(listed)}
        table = Table("stack", "resources", "last update")
        for stack in STACKS:
            entry = known.get(stack, {})
            table.add_row(stack, str(entry.get("resourceCount", 0)), entry.get("lastUpdate", "never"))
        console.print(table)


@main.command(
    hidden=True,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def pulumi(arguments: tuple[str, ...]) -> None:
    """Run pulumi on the mirror of the checkout; called by the program of that name in the shell of `env`."""
    run = _run_directory()
    with run.lock(shared=True):
        sys.exit(shell.run_pulumi(run, arguments))


def _run_directory() -> RunDirectory:
    return RunDirectory(Path.cwd())


def run_command() -> None:
    """Run the command line; a full disk is told like every other problem that the reader can mend."""
    try:
        main(standalone_mode=True)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        LocalCloudError(f"The disk is full: {error}. Make room and run the command again.").show()
        sys.exit(1)


if __name__ == "__main__":
    run_command()
