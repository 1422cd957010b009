"""Copies of the project in which figures of the requirements are changed, and what the tests say to them."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from operations.traceability import ROOT, Constant, Setting

Change = Setting | Constant


def spread(changes: Sequence[str]) -> list[set[str]]:
    """Deal changes out to as few groups as tell each change from every other.

    Each is in half of the groups, and no two are in the same ones: of any two changes, some group has the one
    without the other. So a test that fails in the groups of its own change and in no others does not fail for
    the sake of another change, which would show in a group that has only that one.
    """
    count = next(count for count in range(2, 99) if math.comb(count, count // 2) >= len(changes))
    groups: list[set[str]] = [set() for _ in range(count)]
    for change, members in zip(changes, combinations(range(count), count // 2), strict=False):
        for member in members:
            groups[member].add(change)
    return groups


def copy_project(to: Path, changes: Iterable[Change]) -> None:
    """Copy the project and make changes to the copy."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(".*", "__pycache__", "build"))
    for change in changes:
        if isinstance(change, Setting):
            _change_setting(to / f"Pulumi.{change.stack}.yaml", change.key.split("."), change.value)
        else:
            path = to / change.file
            text = path.read_text()
            if text.count(change.old) != 1:
                raise LookupError(
                    f"{change.file} has {change.old!r} {text.count(change.old)} times, not once"
                )
            path.write_text(text.replace(change.old, change.new))


def _change_setting(path: Path, key: Sequence[str], value: object) -> None:
    yaml = YAML()
    document = yaml.load(path)
    section: dict[str, Any] = document["config"]
    for part in [f"mpac:{key[0]}", *key[1:]][:-1]:
        section = section.setdefault(part, {})
    section[f"mpac:{key[0]}" if len(key) == 1 else key[-1]] = value
    yaml.dump(document, path)


def outcomes(project: Path, tests: Collection[str]) -> Mapping[str, str]:
    """Run tests of a copy and return how each ended: passed, failed (by an assertion), or what went wrong."""
    report = project / "outcomes.json"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MPAC"))
    }
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.docs.outcomes", *tests],
        cwd=project,
        env=environment | {"OUTCOMES": str(report), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        raise RuntimeError(run.stdout + run.stderr)
    found: dict[str, str] = json.loads(report.read_text())
    return found
