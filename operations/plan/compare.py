"""Compare the plans with those of an earlier commit: `python -m operations.plan.compare COMMIT`.

A restructured program declares what it declared before, but for names. The names that changed are in
`docs/renames.toml`, of which those count that the earlier commit has not; everything else that differs is
printed.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import click

from operations.plan.__main__ import OUTPUT
from operations.plan.recording import PlanError, plan

RENAMES = Path("docs", "renames.toml")
BASE = Path("build", "base")
# What a URN says already.
_OF_URN = {"name", "type"}
# A directory of configuration files is named by the hash of what is in them, which is compared by itself.
DIGEST = re.compile(r"/[0-9a-f]{12}/")
Flat = dict[str, object]


class Renames:
    """What the strings of an earlier plan are now.

    Args:
        text: TOML with tables `rename`: `was`, a regular expression, and `is`, what it is now, for all
            strings of the plan, or of the resources whose URN then has what matches `of`; in their order.
        before: The same of the earlier commit, whose plan has these renames already.
    """

    def __init__(self, text: str, before: str = "") -> None:
        earlier = tomllib.loads(before).get("rename", [])
        self._rows = [
            (re.compile(row["of"]) if "of" in row else None, re.compile(row["was"]), row["is"])
            for row in tomllib.loads(text).get("rename", [])
            if row not in earlier
        ]
        self._used: set[int] = set()

    def apply(self, plan: Iterable[Mapping[str, Any]]) -> list[Any]:
        """Rename in the resources of a plan in its form as JSON."""
        return [self._renamed(resource, resource["urn"]) for resource in plan]

    def unused(self) -> list[str]:
        """List the expressions that matched nothing."""
        return [row.pattern for number, (_, row, _) in enumerate(self._rows) if number not in self._used]

    def _renamed(self, value: Any, urn: str) -> Any:  # noqa: ANN401 (as deep as JSON goes)
        if isinstance(value, str):
            return self._text(value, urn)
        if isinstance(value, list):
            return [self._renamed(item, urn) for item in value]
        if isinstance(value, dict):
            return {self._text(key, urn): self._renamed(item, urn) for key, item in value.items()}
        return value

    def _text(self, text: str, urn: str) -> str:
        for number, (of, row, new) in enumerate(self._rows):
            if of is None or of.search(urn):
                text, count = row.subn(new, text)
                if count:
                    self._used.add(number)
        return text


def differences(before: list[Any], after: list[Any]) -> Iterator[str]:
    """Yield what differs between two plans in their form as JSON, one line for each property."""
    old, new = ({resource["urn"]: resource for resource in plan} for plan in (before, after))
    for urn in sorted(old.keys() - new.keys()):
        yield f"- {urn}"
    for urn in sorted(new.keys() - old.keys()):
        yield f"+ {urn}"
    for urn in sorted(old.keys() & new.keys()):
        one, other = (
            flat({key: each[urn][key] for key in each[urn].keys() - _OF_URN}) for each in (old, new)
        )
        for path in sorted(one.keys() | other.keys()):
            if one.get(path) != other.get(path):
                yield f"~ {urn} {path}: {one.get(path)!r} -> {other.get(path)!r}"


def flat(value: object, path: str = "") -> Flat:
    """Give each leaf of a JSON document its path; documents within strings are read, sets have no order."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return {path: value}
    if path in (".dependencies", ".aliases") or path.startswith(".propertyDependencies."):
        return {path: sorted(value) if isinstance(value, list) else value}
    if isinstance(value, Mapping):
        items = [flat(item, f"{path}.{key}") for key, item in value.items()]
    elif isinstance(value, list):
        items = [flat(item, f"{path}[{index}]") for index, item in enumerate(value)]
    else:
        return {path: DIGEST.sub("/<digest>/", value) if isinstance(value, str) else value}
    return dict(chain.from_iterable(each.items() for each in items)) or {path: value}


def base_plans(commit: str, stacks: Iterable[str]) -> dict[str, list[Any]]:
    """Record stacks, all if none is named, as a commit declares them, in a work tree of its own."""
    if BASE.exists():
        subprocess.run(["git", "worktree", "remove", "--force", BASE], check=True)
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", BASE, commit], check=True)
    try:
        command = [sys.executable, "-m", "operations.plan", "--no-policies", *stacks]
        subprocess.run(command, check=True, cwd=BASE, stdout=subprocess.DEVNULL)
        return {path.stem: json.loads(path.read_text()) for path in (BASE / OUTPUT).glob("*.json")}
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", BASE], check=True)


def _of_commit(commit: str) -> str:
    """The renames of a commit; none before there was such a file."""
    command = ["git", "show", f"{commit}:{RENAMES}"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


@click.command()
@click.argument("commit")
@click.argument("stacks", metavar="[STACK]...", nargs=-1)
def main(commit: str, stacks: tuple[str, ...]) -> None:
    """Print how the plans differ from those of COMMIT, but for docs/renames.toml; status 1 if they do."""
    try:
        renames = Renames(RENAMES.read_text(), _of_commit(commit))
        before = base_plans(commit, stacks)
        after = {name: json.loads(each.to_json()) for name, each in plan(before, Path.cwd()).items()}
    except (PlanError, subprocess.CalledProcessError) as error:
        raise click.ClickException(str(error)) from None
    lines = [
        line for name in sorted(before) for line in differences(renames.apply(before[name]), after[name])
    ]
    lines += [f"unused in {RENAMES}: {pattern}" for pattern in renames.unused()]
    for line in lines:
        click.echo(line)
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
