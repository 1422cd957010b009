"""The engine's language host for Python: runs programs and policy packs.

The engine ships with one that is written in Go, whose module is not on every module proxy; this one does what
the engine asks of a host during preview, up, refresh and destroy. It needs the Pulumi SDK, so it runs in the
program's virtual environment.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2 as messages
from pulumi.runtime.proto import language_pb2_grpc as service
from pulumi.runtime.proto import plugin_pb2

EXECUTOR = Path(__file__).with_name("pulumi-language-python-exec")
# The program ends with it after it has told the user itself what is wrong.
BAIL_STATUS = 32
PARENT_SECONDS = 1.0


class LanguageHost(service.LanguageRuntimeServicer):
    """Answers the engine."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._children: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address
        return messages.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def About(self, request: Any, context: Any) -> Any:
        return messages.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        """Name no package: the engine loads a provider when the first of its resources comes along."""
        return messages.GetRequiredPackagesResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        """Name what the environment holds, for `pulumi about`."""
        return messages.GetProgramDependenciesResponse(
            dependencies=[
                messages.DependencyInfo(name=package.metadata["Name"], version=package.version)
                for package in metadata.distributions()
            ]
        )

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        return messages.RuntimeOptionsResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Any:
        """Leave it to the project, which locks its dependencies."""
        yield messages.InstallDependenciesResponse(stdout=b"run: make venv\n")

    def Run(self, request: Any, context: Any) -> Any:
        """Run a program to its end."""
        options = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        command = [interpreter(request.info), "-u", str(EXECUTOR)]
        for name, value in options.items():
            command += [f"--{name}", value] if value else []
        command += [request.info.entry_point, *request.args]
        config = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        # The engine shows this process's standard error to the user.
        status = self._start(command, None, config, stdout=sys.stderr).wait()
        if status == BAIL_STATUS:
            return messages.RunResponse(bail=True)
        return messages.RunResponse(error=f"the program ended with status {status}" if status else "")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """Run a policy pack, and hand over what it prints."""
        directory = request.info.program_directory
        command = [interpreter(request.info), "-u"]
        if request.kind == "analyzer":
            command += ["-m", "pulumi.policy", *request.args, directory]
        else:
            command += [directory, *request.args]
        environment = dict(line.split("=", 1) for line in request.env)
        process = self._start(
            command,
            directory if request.kind == "analyzer" else request.pwd,
            environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(process.terminate)
        for stream, line in _lines(process):
            if stream == "stdout":
                yield messages.RunPluginResponse(stdout=line)
            else:
                yield messages.RunPluginResponse(stderr=line)
        yield messages.RunPluginResponse(exitcode=process.wait())

    def Cancel(self, request: Any, context: Any) -> Any:
        """End what runs, because the user wants the update to end."""
        self.end_children()
        return Empty()

    def end_children(self) -> None:
        """End what runs."""
        for child in list(self._children):
            child.terminate()

    def _start(
        self, command: list[str], directory: str | None, environment: Mapping[str, str], **streams: Any
    ) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(command, cwd=directory, env={**os.environ, **environment}, **streams)
        self._children.add(child)
        return child


def interpreter(info: Any) -> str:
    """The interpreter of a program: that of its `virtualenv` option, relative to its root, or our own."""
    environment = dict(info.options).get("virtualenv")
    return str(Path(info.root_directory, environment, "bin", "python")) if environment else sys.executable


def _lines(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield each line with the stream that it came from, until both streams end."""
    lines: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def read(name: str, stream: Any) -> None:
        for line in stream:
            lines.put((name, line))
        lines.put((name, b""))

    for name in ("stdout", "stderr"):
        threading.Thread(target=read, args=(name, getattr(process, name)), daemon=True).start()
    ended = 0
    while ended < 2:  # noqa: PLR2004 (two streams)
        name, line = lines.get()
        if line:
            yield name, line
        else:
            ended += 1


def _end_with_parent(host: LanguageHost, parent: int) -> None:
    """End when the engine is gone: a killed engine tells nobody."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    host.end_children()
    os._exit(1)


def main() -> None:
    """Serve until the engine is done."""
    # Ctrl-C reaches every process of the terminal; what it means is for the engine to say, by Cancel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    host = LanguageHost(sys.argv[-1])
    server = grpc.server(ThreadPoolExecutor(max_workers=16))
    service.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=_end_with_parent, args=(host, os.getppid()), daemon=True).start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
