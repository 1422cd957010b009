"""Running the real programs; `place.py` says where they are."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs.place import NOWHERE, compiled, find

Program = Callable[[str], str]


@pytest.fixture(scope="session")
def program() -> Program:
    """``program(name)`` -> its path."""
    return find


@pytest.fixture(scope="session", params=["of Debian", pytest.param("deployed", marks=pytest.mark.nightly)])
def promtool(request: pytest.FixtureRequest) -> str:
    """The path of `promtool`, of which Debian has an older version."""
    return find("promtool") if request.param == "of Debian" else compiled("promtool")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def as_nobody() -> list[str]:
    """What goes before a command that refuses to be root: PostgreSQL and PgBouncer."""
    if os.geteuid():
        return []
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    allowed = shutil.which("unshare") and not subprocess.call([*command, "true"], stderr=subprocess.DEVNULL)
    if not allowed:
        pytest.skip(f"{NOWHERE}: root may not be somebody else (unshare)")
    return command


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
