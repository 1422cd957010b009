"""Processes that outlive a killed run: engine, providers, language host, program."""

import psutil

from local.environment import RUN_MARKER
from local.processes import wait_until_ended
from local.run_directory import RunDirectory

END_SECONDS = 5


def end(run: RunDirectory) -> list[str]:
    """End what a run of this checkout has left behind; to be called with the run directory locked.

    Whoever holds the lock is the only one who may run an engine here, so every process that bears the mark of
    this run directory is a leftover.

    Returns:
        Name and id of each process that was ended.
    """
    processes = [process for process in psutil.process_iter() if _is_of(run, process)]
    names = [f"{process.name()} ({process.pid})" for process in processes]
    for process in processes:
        process.kill()  # what it was doing is unknown to the engine either way, and found out afterwards
    wait_until_ended(processes, END_SECONDS)
    return names


def _is_of(run: RunDirectory, process: psutil.Process) -> bool:
    try:
        return process.environ().get(RUN_MARKER) == str(run.root)
    except psutil.Error:
        return False  # it ended just now, or belongs to another user
