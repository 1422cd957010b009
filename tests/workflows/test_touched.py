"""A change calls for the tests of all that reads it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.touched import CALLS_FOR, called_for

ROOT = Path(__file__).parents[2]
PACKAGES = {"components", "local", "operations", "policy", "settings", "program"}
# They need the engine or the local cloud, and are not in question.
ELSEWHERE = {"cloud", "engine"}


def imports() -> Iterator[tuple[str, str]]:
    """Yield which directory of tests imports which package of the project."""
    for path in (ROOT / "tests").glob("*/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                yield path.relative_to(ROOT / "tests").parts[0], name.partition(".")[0]


def test_what_tests_import_calls_for_them() -> None:
    used = {(test, package) for test, package in imports() if package in PACKAGES and test not in ELSEWHERE}
    assert ("policy", "policy") in used
    assert {(test, package) for test, package in used if test not in CALLS_FOR[f"{package}/*"]} == set()


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("policy/pack/rule.py", ["tests/docs", "tests/plan", "tests/policy", "tests/stacks"]),
        ("tests/components/test_cache.py", ["tests/components", "tests/docs"]),
        (".github/workflows/drift.yml", ["tests/docs", "tests/workflows"]),
        ("LICENSE", []),
        ("Makefile", ["tests"]),
        ("requirements.txt", ["tests"]),
        ("tests/conftest.py", ["tests"]),
        ("something/new.py", ["tests"]),
    ],
)
def test_by_folder(file: str, tests: list[str]) -> None:
    assert called_for([file]) == tests


def test_one_file_for_everything_is_enough() -> None:
    assert called_for(["docs/releases.md", "pyproject.toml"]) == ["tests"]


def test_every_pattern_is_of_something() -> None:
    assert [pattern for pattern in CALLS_FOR if not list(ROOT.glob(pattern))] == []
