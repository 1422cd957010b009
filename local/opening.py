"""Getting hold of the local AWS and of the engine that works on it."""

import shutil
from pathlib import Path

from rich.console import Console

from local import cloud
from local.cloud import LocalAws
from local.engine import Engine
from local.environment import engine_environment
from local.project import mirror
from local.run_directory import LocalCloudError, RunDirectory
from local.toolchain import cached


def started_aws(run: RunDirectory, console: Console) -> LocalAws:
    """Return the local AWS that the state describes, or a new one and no state.

    Args:
        run: Run directory of the checkout, locked by the caller.
        console: Where to show what happens.

    Raises:
        LocalCloudError: The local AWS does not start, or the disk is full.
    """
    run.create()
    server = cloud.running(run)
    described = _described_instance(run)
    if server and server.instance == described:
        return server
    if described:
        console.print("The local AWS has lost its memory, so all stacks start over.")
    # A server that no state describes would keep orphans.
    cloud.stop(run)
    _discard(run.state)
    _discard(run.project)
    run.create()
    console.print("Starting the local AWS")
    server = cloud.start(run)
    run.instance.write_text(server.instance)
    return server


def deployed_aws(run: RunDirectory) -> LocalAws:
    """Return the running local AWS that the state describes.

    Raises:
        LocalCloudError: There is none.
    """
    server = cloud.running(run)
    if not server or server.instance != _described_instance(run):
        raise LocalCloudError("Nothing is deployed: the local AWS does not run. Run `make up`.")
    return server


def open_engine(run: RunDirectory, server: LocalAws, *, only_newer: bool = False) -> Engine:
    """Return the engine, ready to work on a fresh mirror of the checkout.

    Args:
        run: Run directory of the checkout.
        server: The running local AWS.
        only_newer: Keep what was changed in the mirror's stack files, see `mirror`.

    Raises:
        LocalCloudError: The engine cannot be had, or the checkout is no project.
    """
    toolchain = cached()
    if toolchain is None:
        raise LocalCloudError(
            "The engine is not there. Run `make toolchain`, or `make up`, which does it first."
        )
    mirror(run, only_newer=only_newer)
    plugins = run.home / "plugins"
    if not plugins.is_symlink() or plugins.readlink() != toolchain.plugins:
        plugins.unlink(missing_ok=True)
        plugins.symlink_to(toolchain.plugins)
    return Engine(run, toolchain.bin / "pulumi", engine_environment(run, server, toolchain.bin))


def _described_instance(run: RunDirectory) -> str | None:
    return run.instance.read_text() if run.instance.exists() else None


def _discard(directory: Path) -> None:
    """Remove a directory so that no half of it can stay under its name."""
    if directory.exists():
        discarded = directory.with_suffix(".discarded")
        shutil.rmtree(discarded, ignore_errors=True)
        directory.rename(discarded)
        shutil.rmtree(discarded)
