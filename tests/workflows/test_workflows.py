"""Workflows do nothing that a laptop cannot, hand strangers no credentials, and please their linters."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
BIN = Path(sys.executable).parent
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"


def read(path: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(path.read_text())
    return content


def jobs() -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield path, name, job


def steps() -> list[Mapping[str, Any]]:
    found = [step for _, _, job in jobs() for step in job["steps"]]
    return found + [step for path in ACTIONS for step in read(path)["runs"]["steps"]]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_each_step_is_a_target_that_runs_the_same_on_a_laptop() -> None:
    commands = [step["run"] for step in steps() if "run" in step]
    assert len(commands) >= 7
    for command in commands:
        match = re.fullmatch(r"make ([a-z-]+)", command)
        assert match, f"more than a target: {command}"
        assert match[1] in targets()


def test_pull_requests_are_checked_tested_planned_and_previewed() -> None:
    commands = {
        step.get("run") for step in (s for _, _, job in jobs() for s in job["steps"]) if "run" in step
    }
    assert {"make check", "make test", "make plan", "make preview", "make update"} <= commands
    assert {"make drift", "make cache-versions"} <= commands


def test_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step and not step["uses"].startswith("./")]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action


def test_nobody_has_a_permission_that_is_not_written_down() -> None:
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {}, path.name
    allowed = {"contents": "read", "id-token": "write", "pull-requests": "write"}
    for path, name, job in jobs():
        assert job["permissions"].items() <= allowed.items(), f"{path.name} {name}"


def test_forks_get_no_credentials_and_no_secret_is_used() -> None:
    for path, name, job in jobs():
        triggers = read(path)[True]  # YAML 1.1 takes "on" for a truth value
        assert "pull_request_target" not in triggers
        if "id-token" in job["permissions"] and "pull_request" in triggers:
            assert job["if"] == SAME_REPOSITORY, f"{path.name} {name}"
    for path in [*WORKFLOWS, *ACTIONS]:
        assert "secrets." not in path.read_text()


def test_credentials_last_as_long_as_the_job() -> None:
    durations = {
        path.name: (int(step["with"]["seconds"]), job["timeout-minutes"])
        for path, _, job in jobs()
        for step in job["steps"]
        if step.get("uses") == "./.github/actions/pulumi"
    }
    assert durations.keys() == {"drift.yml", "pull-request.yml", "update.yml"}
    for name, (seconds, minutes) in durations.items():
        # IAM lets a session last for twelve hours at the most.
        assert 60 * minutes <= seconds <= 12 * 3600, name
    # Six hours are the most that GitHub lets a job take; a deployment of one service may take one of them.
    assert 300 <= durations["update.yml"][1] < 360


def test_updates_wait_for_their_environment_one_after_the_other() -> None:
    job = next(job for path, _, job in jobs() if path.name == "update.yml")
    assert job["environment"] == "${{ matrix.stack }}"
    assert job["strategy"] == {"max-parallel": 1, "matrix": {"stack": ["staging", "prod", "dr"]}}


@pytest.mark.parametrize(
    ("schema", "paths"), [("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", ACTIONS)]
)
def test_files_follow_their_schema(schema: str, paths: list[Path]) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_zizmor_finds_nothing() -> None:
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", ".github"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
