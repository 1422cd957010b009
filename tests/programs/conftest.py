"""The real programs that `make programs` has fetched, or that are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Program = Callable[[str], str]


@pytest.fixture(scope="session")
def program() -> Program:
    """``program(name)`` -> its path."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"no {name}: run `make programs`")
        return path

    return find


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def as_nobody() -> list[str]:
    """What goes before a command that refuses to be root: PostgreSQL and PgBouncer."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """A directory with a short path: sockets of Unix have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="mpac-") as path:
        yield Path(path)


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until a process listens."""
    while process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(process.communicate()[0])
