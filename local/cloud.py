"""The process of the local AWS: starting, asking and stopping it."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local.processes import wait_until_ended
from local.run_directory import LocalCloudError, RunDirectory

START_SECONDS = 90
STOP_SECONDS = 10
ANSWER_SECONDS = 30
LOG_LINES = 20
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS.

    Attributes:
        pid: Its process.
        port: Port of its HTTPS proxy on 127.0.0.1.
        control_port: Port of its control interface.
        ca_bundle: Certificates that clients must trust.
        instance: Changes with every start, when all it held is lost.
    """

    pid: int
    port: int
    control_port: int
    ca_bundle: str
    instance: str

    @property
    def proxy(self) -> str:
        """URL of the proxy."""
        return f"http://127.0.0.1:{self.port}"

    def inventory(self) -> list[dict[str, str]]:
        """Everything that was created in it and still exists: service, region, kind, id."""
        found: list[dict[str, str]] = self.control("GET", "/inventory")
        return found

    def finish_requests(self) -> None:
        """Wait until it has worked off what clients sent before they died.

        Raises:
            LocalCloudError: It does not come to an end.
        """
        process = psutil.Process(self.pid)
        deadline = time.monotonic() + ANSWER_SECONDS
        # A connection waits for its closing until the server has read and answered what was sent on it.
        while any(
            connection.status == psutil.CONN_CLOSE_WAIT and connection.laddr.port == self.port
            for connection in process.net_connections("tcp")
        ):
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"The local AWS still works on requests of a killed run after {ANSWER_SECONDS} s. "
                    "Run the command again; `make down`, then `make up`, starts over."
                )
            time.sleep(POLL_SECONDS)

    def control(self, method: str, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Ask the control interface.

        Raises:
            OSError: Nobody answers.
        """
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", method=method)
        # Straight to it: the shell of `make env` has a proxy, which answers AWS hosts only.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)


def running(run: RunDirectory) -> LocalAws | None:
    """Return the local AWS of a checkout, or None when none answers."""
    try:
        state = json.loads((run.aws / "server.json").read_text())
        server = LocalAws(**{name: state[name] for name in LocalAws.__dataclass_fields__})
        answer = server.control("GET", "/identity")
    except (OSError, ValueError):
        return None
    return server if answer == {"instance": server.instance} else None


def start(run: RunDirectory) -> LocalAws:
    """Start the local AWS, empty.

    Raises:
        LocalCloudError: It ended or does not get ready.
    """
    (run.aws / "server.json").unlink(missing_ok=True)
    output = run.aws / "start.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            _command(run),
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is not meant for it
        )
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if server := running(run):
            return server
        time.sleep(POLL_SECONDS)
    reason = "ended" if process.poll() is not None else f"was not ready after {START_SECONDS} s"
    process.kill()
    logs = [path for path in (output, run.aws / "aws.log") if path.exists()]
    lines = [line for path in logs for line in path.read_text(errors="replace").splitlines()[-LOG_LINES:]]
    raise LocalCloudError(
        "\n".join([f"The local AWS {reason}. Last lines of {' and '.join(map(str, logs))}:", *lines])
        + "\nMend what they name, then run the command again; `make down` removes what is half there."
    )


def stop(run: RunDirectory) -> bool:
    """Stop the local AWS of this checkout and no other process; False when none ran."""
    if server := running(run):
        server.control("POST", "/shutdown")
    processes = _processes(run)
    stubborn = wait_until_ended(processes, STOP_SECONDS)
    for process in stubborn:
        process.kill()
    wait_until_ended(stubborn, STOP_SECONDS)
    return bool(processes)


def _command(run: RunDirectory) -> list[str]:
    return [sys.executable, "-m", "local.aws", "--run-dir", str(run.aws)]


def _processes(run: RunDirectory) -> list[psutil.Process]:
    """Find the server by its command line: a recorded process id may belong to somebody else by now."""
    arguments = _command(run)[1:]
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[1:] == arguments
    ]
