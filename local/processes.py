"""Waiting for processes to end."""

import time
from collections.abc import Iterable

import psutil

POLL_SECONDS = 0.05


def wait_until_ended(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended, and return those that have not in time."""
    deadline = time.monotonic() + seconds
    while (running := [process for process in processes if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return running


def _runs(process: psutil.Process) -> bool:
    try:
        # A container often has no init that buries the dead.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
