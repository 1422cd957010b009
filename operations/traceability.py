"""Requirements and where they are kept: renders `docs/traceability.md` from `docs/traceability.toml`."""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, Field, model_validator

from policy.pack.rule import rules

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "traceability.toml"
TARGET = ROOT / "docs" / "traceability.md"
INTRODUCTION = """\
# Requirements, and what keeps them

Written by `make docs` from [traceability.toml](traceability.toml); change that one. Each line of the
requirements that states something has a row. **Test** holds the requirement's figure, and `tests/docs` shows
that this very test fails once the figure is changed where it is **set**. **Read back** is a test that asks
the deployed local cloud.
"""
HEADINGS = ("Requirement", "Decision", "Component", "Test", "Read back", "Rule", "Set at")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Data):
    """A wrong but valid value of a setting in a stack's file."""

    stack: str
    key: str
    """without `mpac:`, with a dot before each part of a structure"""
    value: Any

    def __str__(self) -> str:
        return f"`mpac:{self.key}` of {self.stack}"


class Constant(_Data):
    """Wrong text in place of what stands in a file once."""

    file: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"[{Path(self.file).name}](../{self.file})"


class Row(_Data):
    """A requirement."""

    id: str = Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    area: str
    requirement: str
    decision: tuple[int, ...] = ()
    """numbers of the records in docs/adr"""
    component: str
    """the class or function that keeps it, or a module, with its package"""
    test: str
    """node id of pytest"""
    read_back: str = ""
    """the same of a test that asks the deployed local cloud, without parameters"""
    rule: str = ""
    """the policy rule that refuses what is weaker"""
    setting: Setting | None = None
    constant: Constant | None = None
    unchanged: str = ""
    """why nothing can be changed for the test to fail"""

    @model_validator(mode="after")
    def _has_one_change(self) -> "Row":
        if sum(map(bool, (self.setting, self.constant, self.unchanged))) != 1:
            raise ValueError(f"{self.id}: give one of setting, constant and unchanged")
        return self

    @property
    def change(self) -> Setting | Constant | None:
        """What makes the test fail."""
        return self.setting or self.constant

    @property
    def module(self) -> Path:
        """The file of the component, relative to the project."""
        parts = self.component.split(".")
        while parts and not (ROOT / Path(*parts)).with_suffix(".py").is_file():
            parts.pop()
        return Path(*parts).with_suffix(".py") if parts else Path()


def rows(source: Path = SOURCE) -> list[Row]:
    """Read the requirements.

    Raises:
        ValueError: A row is not what a row must be.
    """
    return [Row(**row) for row in tomllib.loads(source.read_text())["row"]]


def record(number: int) -> Path:
    """Return the file of a decision.

    Raises:
        LookupError: There is none, or more than one.
    """
    found = list((ROOT / "docs" / "adr").glob(f"{number:04}-*.md"))
    if len(found) != 1:
        raise LookupError(f"docs/adr has {len(found)} records with the number {number}")
    return found[0]


def render(requirements: list[Row]) -> str:
    """Return the requirements as a page, by area in the order of the file."""
    return "\n".join([INTRODUCTION, *_sections(requirements)]) + "\n"


def _sections(requirements: list[Row]) -> Iterator[str]:
    for area, members in groupby(requirements, key=lambda row: row.area):
        yield f"## {area}\n"
        yield _line(HEADINGS)
        yield _line(["---"] * len(HEADINGS))
        for row in members:
            decisions = (f"[{number}](adr/{record(number).name})" for number in row.decision)
            yield _line(
                [
                    row.requirement,
                    ", ".join(decisions),
                    f"[{row.component.rsplit('.')[-1]}](../{row.module})",
                    _test(row.test),
                    _test(row.read_back),
                    _rule(row.rule),
                    str(row.change or row.unchanged),
                ]
            )
        yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _rule(rule: str) -> str:
    return f"[{rule}]({rules()[rule].page.removeprefix('docs/')})" if rule else ""


def _test(node: str) -> str:
    if not node:
        return ""
    path, _, name = node.partition("::")
    return f"[{name.replace('[', ' (').replace(']', ')').replace('_', ' ')}](../{path})"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if the page is not what would be written.")
def main(*, check: bool) -> None:
    """Write docs/traceability.md."""
    page = render(rows())
    if not check:
        TARGET.write_text(page)
    elif not TARGET.is_file() or TARGET.read_text() != page:
        sys.exit("docs/traceability.md does not follow from docs/traceability.toml; run: make docs")


if __name__ == "__main__":
    main()
