"""What is deployed is what the program wants: a preview right after a deployment shows no change."""

import subprocess
import sys

import pytest

from tests.cloud.conftest import RUN, Aws


@pytest.mark.parametrize("refresh", [False, True], ids=["state", "refreshed"])
@pytest.mark.parametrize("stack_name", ["staging", "prod", "dr"])
def test_a_preview_shows_no_change(aws: Aws, stack_name: str, *, refresh: bool) -> None:
    del aws  # its skip has the reason
    options = ["--refresh"] if refresh else []
    preview = ["preview", "--expect-no-changes", "--diff", "--non-interactive", "--color=never"]
    result = subprocess.run(
        [sys.executable, "-m", "local", "pulumi", *preview, "--stack", stack_name, *options],
        cwd=RUN.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
