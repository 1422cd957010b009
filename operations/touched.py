"""Which tests a change calls for: `python -m operations.touched [BASE]` prints their paths for pytest.

By folder, from what tests import and read. What no line names calls for all tests.
"""

import subprocess
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
EVERYTHING = "tests"
_PROGRAM = ("components", "docs", "plan", "policy", "programs", "settings", "stacks")
# The first pattern that matches a file decides. `*` takes in what is below as well.
CALLS_FOR = {
    "docs/*": ("docs", "policy"),
    ".github/*": ("docs", "workflows"),
    # They are not run here, but the traceability names them.
    "tests/cloud/*": ("docs",),
    "tests/engine/*": ("docs",),
    **{f"tests/{name}/*": (name,) for name in ("local", "local_aws", "workflows")},
    **{f"tests/{name}/*": (name, "docs") for name in _PROGRAM},
    "tests/*": ("",),
    "local/*": ("docs", "local", "local_aws", "programs", "stacks"),
    "operations/*": (*_PROGRAM, "local", "local_aws", "workflows"),
    "policy/*": ("docs", "plan", "policy", "stacks"),
    "settings/*": (*_PROGRAM, "local_aws"),
    "components/*": _PROGRAM,
    "program/*": _PROGRAM,
    "__main__.py": _PROGRAM,
    "Pulumi*.yaml": _PROGRAM,
    "*.md": ("docs", "workflows"),
    "LICENSE": (),
    ".gitignore": (),
}


def called_for(files: Iterable[str]) -> list[str]:
    """Return the directories of the tests that a change of these files calls for."""
    names = {name for file in files for name in _names_for(file)}
    return [EVERYTHING] if "" in names else sorted(f"{EVERYTHING}/{name}" for name in names)


def _names_for(file: str) -> tuple[str, ...]:
    return next((names for pattern, names in CALLS_FOR.items() if fnmatchcase(file, pattern)), ("",))


def changed(base: str) -> list[str]:
    """Return the files that differ from where this branch left `base`, committed or not."""
    left = _git("merge-base", base, "HEAD").strip()
    untracked = _git("ls-files", "--others", "--exclude-standard")
    return (_git("diff", "--name-only", "--no-renames", left) + untracked).splitlines()


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@click.command()
@click.argument("base", default="main")
def main(base: str) -> None:
    """Print the tests that the changes since BASE call for; those of the workflows if there are none."""
    print(*(called_for(changed(base)) or ["tests/workflows"]))


if __name__ == "__main__":
    main()
