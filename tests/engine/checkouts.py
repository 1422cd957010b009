"""A small project of a test's own, with its own local AWS."""

import io
import json
import os
import subprocess
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from local import cloud, recovery, unfinished
from local.deploy import up
from local.environment import RUN_MARKER
from local.run_directory import RunDirectory

REPOSITORY = Path(__file__).parents[2]
PROJECT = """\
name: mpac
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
options: {refresh: always}
config:
  pulumi:disable-default-providers: {value: [aws]}
"""


@dataclass
class Checkout:
    """A project with the commands of the local cloud, run in this process or in one of their own."""

    directory: Path
    printed: str = ""

    @property
    def run(self) -> RunDirectory:
        return RunDirectory(self.directory)

    def write(self, program: str, **config: dict[str, Any]) -> None:
        """Write the program, and a stack file for each stack."""
        (self.directory / "__main__.py").write_text(textwrap.dedent(program))
        for stack in ("staging", "prod", "dr"):
            content = {"config": config.get(stack, {})}
            (self.directory / f"Pulumi.{stack}.yaml").write_text(json.dumps(content))

    def up(self, *stacks: str) -> str:
        """Deploy and return what was printed; LocalCloudError when it fails."""
        console = Console(file=io.StringIO(), width=200)
        with self.run.lock():
            try:
                up(self.run, list(stacks or ["staging"]), console)
            except Exception as error:
                error.add_note(console.file.getvalue())
                raise
            finally:
                self.printed = console.file.getvalue()
        return self.printed

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m local`` as `make` does."""
        return subprocess.run(
            self._command(*arguments), text=True, capture_output=True, check=False, **self.where(environment)
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, without waiting for its end."""
        return subprocess.Popen(
            self._command(*arguments),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.where(),
        )

    def shell(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a POSIX shell script whose first argument is this project's Python."""
        python = str(self.directory / ".venv/bin/python")
        return subprocess.run(
            ["sh", "-ec", script, "sh", python],
            text=True,
            capture_output=True,
            check=False,
            **self.where(environment),
        )

    def play(self, script: str, **values: str) -> str:
        """Run commands of a runbook, with a value for each <placeholder>."""
        for name, value in values.items():
            placeholder = f"<{name.replace('_', ' ')}>"
            assert placeholder in script
            script = script.replace(placeholder, value)
        assert " <" not in script
        programs = self.directory / "programs"
        if not programs.exists():
            programs.mkdir()
            aws = programs / "aws"
            aws.write_text(f'#!/bin/sh\nexec "{self.directory}/.venv/bin/python" -m tests.aws_cli "$@"\n')
            aws.chmod(0o755)
        shell = self.shell(
            f'eval "$("$1" -m local env)"; PATH="$PROGRAMS:$PATH"\n{script}', PROGRAMS=str(programs)
        )
        assert shell.returncode == 0, f"{script}\n{shell.stdout}{shell.stderr}"
        return shell.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [str(self.directory / ".venv/bin/python"), "-m", "local", *arguments]

    def where(self, environment: dict[str, str] | None = None) -> dict[str, Any]:
        """Directory and environment of a process that works on this project."""
        python = {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
        }
        return {"cwd": self.directory, "env": {**os.environ, **python, **(environment or {})}}

    def files(self) -> dict[str, bytes]:
        """What would be checked in."""
        return {
            str(path): path.read_bytes()
            for path in self.directory.rglob("*")
            if path.is_file() and not {".local", ".venv"} & set(path.relative_to(self.directory).parts)
        }

    @property
    def server(self) -> cloud.LocalAws:
        server = cloud.running(self.run)
        assert server
        return server

    def state(self, stack: str = "staging") -> dict[str, Any]:
        """The checkpoint of a stack."""
        path = self.run.state / ".pulumi" / "stacks" / "mpac" / f"{stack}.json"
        latest: dict[str, Any] = json.loads(path.read_text())["checkpoint"]["latest"]
        return latest

    def resources(self, stack: str = "staging") -> list[dict[str, Any]]:
        return self.state(stack)["resources"]

    def outputs(self, stack: str = "staging") -> dict[str, Any]:
        return next(r["outputs"] for r in self.resources(stack) if r["type"] == "pulumi:pulumi:Stack")

    def kept(self) -> Counter[tuple[str, str, str]]:
        """How many of each kind the local AWS holds, without the keys that wait for their deletion."""
        pending = {
            entry["id"] for entry in self.server.inventory() if entry.get("state") == "PendingDeletion"
        }
        return Counter(
            (entry["service"], entry["region"], entry["kind"])
            for entry in self.server.inventory()
            if not pending & set(entry["id"].split("/"))
        )

    def engine_processes(self, name: str = "") -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if name in process.name() and process.environ().get(RUN_MARKER) == str(self.run.root):
                    found.append(process)
            except psutil.Error:
                continue
        return found


def discard_all(checkout: Checkout) -> tuple[set[str], set[str]]:
    """Take what staging deployed for orphans, one by one; return the kinds made and those found."""
    resources = checkout.resources()
    clients = recovery.clients_of(checkout.server)
    created, found = set(), set()
    for resource in reversed(resources):
        target = recovery.target_of(resource, resources)
        # Nothing that is in a state is ever touched.
        assert unfinished.discard(clients, target, resources) == []
        if target.kind == "aws:s3/bucket:Bucket":
            _empty(clients("s3", target.region), target.inputs["bucket"])
        if not isinstance(unfinished.KINDS.get(target.kind), unfinished.Overwritten | None):
            created.add(target.kind)
            if unfinished.discard(clients, target, []):
                found.add(target.kind)
    return created, found


def _empty(s3: Any, bucket: str) -> None:  # noqa: ANN401 (boto3 has no types)
    """Take away what load balancers wrote to try their logs; a bucket that was just begun has nothing."""
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
