"""What the commands print at their end."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.progress import Progress
from local.run_directory import RunDirectory

# What the locally built provider or the program leaves out of comparisons: kind, property, how, reason.
HIDDEN = Path(__file__).with_name("hidden.json")
# What the engine gives in place of a secret is a mapping with this key.
_MASKED = "4dabf18193072939515e22adb298388d"


def print_results(console: Console, results: Iterable[Progress], run: RunDirectory) -> None:
    """Print outputs, errors, changes and times of updates, what may hide a difference, and how to go on."""
    results = list(results)
    for result in results:
        _print_outputs(console, result)
    for result in results:
        for error in result.errors:
            console.print(error, style="red", markup=False, highlight=False)
    console.print(_summary(results))
    if any(result.errors for result in results):
        return
    if not any(result.changed for result in results):
        console.print("Nothing to change: everything was deployed as the checked-in settings want it.")
    for result in results:
        if result.advice:
            console.print(
                f"Policies: {result.advice} pieces of advice on {result.stack}, none of them mandatory; "
                f"`make plan STACK={result.stack}` lists them.",
                highlight=False,
            )
    _print_hidden(console)
    console.print(
        "\nGo on with:\n"
        '  eval "$(make -s env)"       a shell in which pulumi and every AWS client see the local cloud\n'
        "  make test                   all tests, the deployed stacks included\n"
        "  make destroy STACK=staging  destroy a stack through the engine\n"
        f"  make down                   stop everything and remove {run.root}",
        highlight=False,
    )


def _print_outputs(console: Console, result: Progress) -> None:
    if result.outputs:
        table = Table("output", "value", title=f"Outputs of {result.stack}", title_justify="left")
        for name, value in _flat("", result.outputs):
            # No markup: an ARN has words between colons and brackets, too.
            table.add_row(name, Text(value))
        console.print(table)


def _flat(name: str, value: object) -> Iterable[tuple[str, str]]:
    """Turn nested outputs into lines: ``contract.network.vpcId``."""
    if isinstance(value, Mapping) and _MASKED in value:
        yield name, "[secret]"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}".lstrip("."), item)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def _summary(results: Iterable[Progress]) -> Table:
    table = Table("stack", "resources", "time", "changes", title="Stacks", title_justify="left")
    for result in results:
        text = ", ".join(f"{count} {op}" for op, count in sorted(result.changed.items())) or "none"
        table.add_row(
            result.stack, str(result.done), f"{result.elapsed:.0f} s", "failed" if result.errors else text
        )
    return table


def _print_hidden(console: Console) -> None:
    entries: list[dict[str, str]] = json.loads(HIDDEN.read_text()) if HIDDEN.exists() else []
    if not entries:
        console.print(
            "Nothing hides a difference between program and cloud: no property is ignored or left out."
        )
        return
    counts = Counter(entry["how"] for entry in entries)
    table = Table("kind", "property", "how", "reason", title="May hide a difference", title_justify="left")
    for entry in entries:
        table.add_row(entry["kind"], entry["property"], entry["how"], entry["reason"])
    console.print(table)
    console.print(f"{len(entries)} in all: " + ", ".join(f"{n} {how}" for how, n in sorted(counts.items())))
