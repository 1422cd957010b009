"""Every row of docs/traceability.toml names what exists, and its test fails once its figure is changed."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from operations.traceability import ROOT, TARGET, Row, record, render, rows
from policy.pack.rule import rules
from tests.docs.mutants import copy_project, outcomes, spread

ROWS = rows()
IDS = [row.id for row in ROWS]
CHANGED = [row for row in ROWS if row.change]


@cache
def names_in(path: Path) -> set[str]:
    """Classes and functions of a file, and the methods and fields of classes behind a dot."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            names |= {node.name, *(f"{node.name}.{name}" for name in _defined(node))}
        names |= set(_defined(ast.Module(body=[node], type_ignores=[])))
    return names


def _defined(node: ast.ClassDef | ast.Module) -> list[str]:
    functions = [each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    fields = [
        each.target.id
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        if isinstance(each.target, ast.Name)
    ]
    return functions + fields


@pytest.fixture(scope="session")
def collected() -> set[str]:
    files = sorted({row.test.partition("::")[0] for row in ROWS})
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return set(run.stdout.splitlines())


def test_ids_are_unique() -> None:
    assert len(set(IDS)) == len(IDS)


def test_the_page_is_that_of_the_table() -> None:
    assert TARGET.read_text() == render(ROWS), "run: make docs"


def test_tests_exist(collected: set[str]) -> None:
    assert [row.test for row in ROWS if row.test not in collected] == []


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_what_a_row_names_exists(row: Row) -> None:
    assert all(record(number).is_file() for number in row.decision)
    module = row.module
    assert module.is_file(), f"{row.component} is in no module"
    inside = row.component.removeprefix(module.with_suffix("").as_posix().replace("/", ".")).strip(".")
    assert not inside or inside in names_in(ROOT / module), f"{module} has no {inside}"
    if row.read_back:
        path, _, name = row.read_back.partition("::")
        assert path.startswith("tests/cloud/")
        assert name.replace("::", ".") in names_in(ROOT / path), f"{path} has no {name}"
    if row.rule:
        assert row.rule in rules(), f"no rule is named {row.rule}"
    if row.constant:
        assert (ROOT / row.constant.file).read_text().count(row.constant.old) == 1, row.constant


def test_a_test_belongs_to_one_change() -> None:
    """Else a row could live on the change of another."""
    changes: dict[str, set[str]] = defaultdict(set)
    for row in CHANGED:
        changes[row.test].add(repr(row.change))
    assert {test: each for test, each in changes.items() if len(each) > 1} == {}


@pytest.mark.parametrize("count", [1, 2, 3, 70, 71])
def test_any_two_changes_are_told_apart(count: int) -> None:
    changes = [str(number) for number in range(count)]
    groups = spread(changes)
    for one, other in permutations(changes, 2):
        assert any(one in group and other not in group for group in groups)
    for change in changes:
        assert {change in group for group in groups} == {True, False}


# Half of the processor time of all tests: it records every stack some ten times.
@pytest.mark.nightly
def test_a_changed_figure_fails_its_test_and_no_other_does(tmp_path: Path) -> None:
    changes = {repr(row.change): row.change for row in ROWS if row.change}
    tests = sorted({row.test for row in CHANGED})
    groups = spread(sorted(changes))

    def run(group: set[str]) -> Mapping[str, str]:
        copy = Path(tempfile.mkdtemp(dir=tmp_path)) / "project"
        copy_project(copy, [changes[name] for name in sorted(group)])
        ended = outcomes(copy, tests)
        shutil.rmtree(copy)
        return ended

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ended = list(pool.map(run, groups))
    assert {found for each in ended for found in each.values()} <= {"passed", "failed"}
    wrong = {
        (row.id, f"{found}, and its figure is {'' if changed else 'not '}changed")
        for row in CHANGED
        for group, each in zip(groups, ended, strict=True)
        for changed, found in [(repr(row.change) in group, each.get(row.test, "not run"))]
        if found != ("failed" if changed else "passed")
    }
    assert not wrong
