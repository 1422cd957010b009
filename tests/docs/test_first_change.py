"""`docs/first-change.md`, done as it is written, in a repository of its own."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.mutants import copy_project

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-change.md").read_text()
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^ {8}(python .*)$", PAGE, re.MULTILINE)


def git(directory: Path, *arguments: str) -> str:
    name = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *name, *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout


def run(directory: Path, command: str) -> subprocess.CompletedProcess[str]:
    _, *arguments = command.split()
    return subprocess.run(
        [sys.executable, *arguments], cwd=directory, capture_output=True, text=True, check=False
    )


def test_the_change_is_the_one_that_the_page_shows(tmp_path: Path) -> None:
    project = tmp_path / "project"
    copy_project(project, [])
    git(project, "init", "--quiet")
    git(project, "add", "--all", "--force")
    git(project, "commit", "--quiet", "--message", "before")

    edit, difference = BLOCKS
    comment, context, added = edit.splitlines()
    stack_file = project / comment.removeprefix("# ")
    before = stack_file.read_text()
    assert before.count(f"{context}\n") == 1
    stack_file.write_text(before.replace(f"{context}\n", f"{context}\n{added}\n"))

    check, compare = COMMANDS
    assert run(project, check).returncode == 0
    assert run(project, compare).stdout == difference
