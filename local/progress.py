"""How far the updates of the stacks are, and how they ended."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.engine import Event

LINE_SECONDS = 15
STACK_TYPE = "pulumi:pulumi:Stack"
# The provider's log repeats what the resource's own error says.
_LOG_PREFIX = "sdk-v2/"
# A stack reference is read at every update.
NO_CHANGE = frozenset({"same", "read"})
# What an update does first with each resource: it reads what is deployed.
REFRESH = "refresh"


@dataclass
class Progress:
    """What the engine has said about one stack's update.

    Attributes:
        stack: Name of the stack.
        expected: Resources that the stack is known to have, 0 if that is unknown.
        seconds: Duration, once it has ended.
        changes: Resources by what was done: create, update, same, ...
        outputs: Outputs of the stack; secrets are masked.
        errors: What went wrong, mandatory policies included, with the resource it belongs to.
        advice: How many violations of advisory policies there are.
    """

    stack: str
    expected: int = 0
    seconds: float | None = None
    changes: Counter[str] = field(default_factory=Counter)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    advice: int = 0
    _begun: float | None = None
    _waiting: dict[str, float] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Start the clock."""
        self._begun = time.monotonic()

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = self.elapsed
        self._waiting.clear()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.seconds or (time.monotonic() - self._begun if self._begun else 0)

    def take(self, event: Event) -> None:
        """Note one event of the engine."""
        if step := event.get("resourcePreEvent", {}).get("metadata"):
            self._seen.add(step["urn"])
            if (step["new"] or step["old"]).get("custom"):  # a component only waits for its children
                self._waiting[step["urn"]] = time.monotonic()
        elif step := event.get("resOutputsEvent", {}).get("metadata"):
            self._waiting.pop(step["urn"], None)
            if step["op"] == REFRESH:
                return  # what the update then makes of it comes later
            self.changes[step["op"]] += 1
            if step["type"] == STACK_TYPE and step["new"]:
                self.outputs = step["new"]["outputs"]
        elif step := event.get("resOpFailedEvent", {}).get("metadata"):
            self._waiting.pop(step["urn"], None)
        elif violation := event.get("policyEvent"):
            if violation["enforcementLevel"] == "mandatory":
                self.errors.append(
                    f"{_short(violation.get('resourceUrn', self.stack))}: {violation['message']}"
                )
            else:
                self.advice += 1
        elif diagnostic := event.get("diagnosticEvent"):
            self._note(diagnostic)

    def _note(self, diagnostic: Mapping[str, str]) -> None:
        message = diagnostic["message"].strip()
        if diagnostic["severity"] == "error" and message and not message.startswith(_LOG_PREFIX):
            self.errors.append(f"{_short(diagnostic.get('urn', self.stack))}: {message}")

    @property
    def done(self) -> int:
        """Resources that are as the program wants them."""
        return self.changes.total()

    @property
    def total(self) -> int:
        """Resources in all, as far as is known: the engine learns of some only when others are there."""
        return max(self.expected, len(self._seen))

    @property
    def changed(self) -> Counter[str]:
        """Resources that are different from before, by what was done."""
        return Counter({op: count for op, count in self.changes.items() if op not in NO_CHANGE})

    def columns(self) -> tuple[str, str, str, str]:
        """Stack, resources, time, and what it waits for the longest."""
        elapsed = f"{self.elapsed:.0f} s"
        if self._begun is None:
            return self.stack, "", "", "waits for the stack that it reads from"
        if self.seconds is not None:
            return self.stack, f"{self.done} of {self.done}", elapsed, "failed" if self.errors else "done"
        waiting = ""
        if oldest := next(iter(self._waiting.items()), None):
            urn, since = oldest
            waiting = f"{_short(urn)}, {time.monotonic() - since:.0f} s"
        return self.stack, f"{self.done} of {self.total}", elapsed, waiting


def _short(urn: str) -> str:
    """Return kind and name of a resource."""
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition('$')[2].rpartition('::')[2]} {name}".strip()


class Display:
    """Shows progress: a live table on a terminal, a line per stack now and then elsewhere."""

    def __init__(self, console: Console, stacks: list[Progress]) -> None:
        self._console = console
        self._stacks = stacks
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=4, transient=True)
        self._printed = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def update(self) -> None:
        """Show where things stand; cheap to call often."""
        if self._console.is_terminal or time.monotonic() - self._printed < LINE_SECONDS:
            return
        self._printed = time.monotonic()
        for stack in self._stacks:
            if stack.seconds is None:
                name, *columns = filter(None, stack.columns())
                self._console.print(f"  {name}: {', '.join(columns)}", highlight=False)

    def _table(self) -> Table:
        table = Table("stack", "resources", "time", "longest in work", box=None, padding=(0, 2))
        for stack in self._stacks:
            table.add_row(*stack.columns())
        return table
