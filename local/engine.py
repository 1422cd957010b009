"""Running the Pulumi engine."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from local.run_directory import LocalCloudError, RunDirectory

# Forty at once: nearly all time is fixed waits in the provider.
OPTIONS = ("--yes", "--skip-preview", "--json", "--non-interactive", "--parallel", "40")
Event = dict[str, Any]


@dataclass(frozen=True)
class Engine:
    """The engine on one checkout.

    Attributes:
        run: Run directory of the checkout.
        program: The `pulumi` program.
        environment: Environment of every engine process.
    """

    run: RunDirectory
    program: Path
    environment: Mapping[str, str]
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def ask(self, *arguments: str) -> str:
        """Run a short command and return what it prints.

        Raises:
            LocalCloudError: It failed.
        """
        result = subprocess.run(
            [self.program, *arguments, "--non-interactive"],
            cwd=self.run.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise LocalCloudError(
                f"pulumi {' '.join(arguments)} failed:\n{result.stderr or result.stdout}".rstrip()
            )
        return result.stdout

    def deployments(self) -> dict[str, dict[str, Any]]:
        """Return the state of each stack: resources and pending_operations; secrets stay encrypted.

        Read from the backend's files: asking the engine takes half a second each time.
        """
        files = (self.run.state / ".pulumi" / "stacks").glob("*/*.json")
        return {path.stem: json.loads(path.read_text())["checkpoint"].get("latest") or {} for path in files}

    def change(self, operation: str, stack: str, on_event: Callable[[Event], None], *options: str) -> int:
        """Run up, refresh or destroy, hand over each event as it happens, and return the exit status."""
        self.run.logs.mkdir(exist_ok=True)
        with (
            self.run.event_log(stack).open("w") as log,
            (self.run.logs / f"{stack}.stderr").open("w") as errors,
            subprocess.Popen(
                [self.program, operation, "--stack", stack, *OPTIONS, *options, *self._policies(operation)],
                cwd=self.run.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # `cancelling` decides what an interrupt does
            ) as process,
        ):
            self._running.append(process)
            for line in process.stdout or ():
                log.write(line)
                on_event(parse_event(line))
            status = process.wait()
            self._running.remove(process)
            return status

    def _policies(self, operation: str) -> list[str]:
        """Have an update judged by the checkout's policy pack, if there is one."""
        pack = self.run.project / "policy"
        if operation != "up" or not pack.exists():
            return []
        return ["--policy-pack", str(pack), "--policy-pack-config", str(pack / "config.json")]

    @contextmanager
    def cancelling(self) -> Iterator[None]:
        """Hand interrupts to the engine: the first lets it finish what it has begun, the second ends it."""

        def forward(_signal: int, _frame: FrameType | None) -> None:
            for process in self._running:
                process.send_signal(signal.SIGINT)

        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, forward) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def parse_event(line: str) -> Event:
    """Read a line of the engine's output; what is no event gives an empty one."""
    try:
        event: Event = json.loads(line)
    except ValueError:
        return {}  # cut off by a kill, or written by a plugin
    return event
