"""The shell of ``make env``: its variables, and the program that it calls ``pulumi``."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence

import click

from local.environment import shell_lines, variables
from local.opening import deployed_aws, open_engine
from local.run_directory import RunDirectory


def lines(run: RunDirectory) -> list[str]:
    """Return commands for a POSIX shell to evaluate.

    Raises:
        LocalCloudError: Nothing is deployed.
    """
    server = deployed_aws(run)
    _write_command(run)
    before = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if before and before != server.proxy:
        click.echo(
            f"In this shell the proxy {before} gives way to the local AWS, which lets nothing leave this "
            "machine.",
            err=True,
        )
    return shell_lines(variables(run, server, run.commands))


def run_pulumi(run: RunDirectory, arguments: Sequence[str]) -> int:
    """Run pulumi on the mirror of the checkout and return its exit status.

    Raises:
        LocalCloudError: Nothing is deployed.
    """
    engine = open_engine(run, deployed_aws(run), only_newer=True)
    # Ctrl-C reaches pulumi too, and pulumi decides when to end.
    signal.signal(signal.SIGINT, lambda *_: None)
    command = [str(engine.program), *arguments]
    return subprocess.run(command, cwd=run.project, env=engine.environment, check=False).returncode


def _write_command(run: RunDirectory) -> None:
    run.commands.mkdir(exist_ok=True)
    command = run.commands / "pulumi"
    command.write_text(
        "#!/bin/sh\n"
        f"# The engine works on {run.project.name}, so that it writes nothing into the checkout.\n"
        f'cd {shlex.quote(str(run.checkout))} && exec {shlex.quote(sys.executable)} -m local pulumi "$@"\n'
    )
    command.chmod(0o755)
