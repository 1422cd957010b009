"""`make plan` prints a tree for people and writes a file for programs."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from operations.plan import load
from operations.plan.__main__ import main

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample as the current directory."""
    directory = tmp_path / "project"
    shutil.copytree(SAMPLE, directory)
    monkeypatch.chdir(directory)
    return directory


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_tree_shows_what_belongs_to_what_and_what_is_special(directory: Path) -> None:
    result = run("prod")

    lines = [line.rstrip() for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert lines[0] == "prod  ap-northeast-1"
    assert "└── sample:box:Box  main" in lines
    assert "    ├── aws:ec2/vpc:Vpc  far  ap-northeast-3" in lines
    assert "    ├── aws:ec2/vpc:Vpc  main  protected" in lines
    assert lines[-2:] == ["Written to build/plan/prod.json", ""]
    assert (directory / "build" / "plan" / "prod.json").exists()


def test_counts_are_by_kind_and_add_up(directory: Path) -> None:
    words = [line.split() for line in run("prod").output.splitlines()]

    assert ["aws:ec2/subnet:Subnet", "2"] in words
    assert ["Total", "in", "prod", str(len(load(directory / "build" / "plan" / "prod.json")) - 1)] in words


def test_named_stack_alone_is_shown_and_written(directory: Path) -> None:
    result = run("dr")

    assert "Total in dr" in result.output
    assert "Total in prod" not in result.output
    assert [path.name for path in (directory / "build" / "plan").iterdir()] == ["dr.json"]


def test_all_stacks_are_shown_where_none_is_named(directory: Path) -> None:
    run()

    assert {path.name for path in (directory / "build" / "plan").iterdir()} == {"dr.json", "prod.json"}


def test_failure_is_said_and_leaves_no_plan_behind(directory: Path) -> None:
    run("prod")
    (directory / "Pulumi.prod.yaml").write_text("config: {}")

    result = run("prod")

    assert result.exit_code == 1
    assert "sample:cidr" in result.output
    assert not (directory / "build" / "plan" / "prod.json").exists()
