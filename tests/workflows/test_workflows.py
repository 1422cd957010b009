"""Workflows do nothing that a laptop cannot, hand strangers no credentials, and please their linters."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.programs.place import NOWHERE

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
RENOVATE = ROOT / ".github" / "renovate.json"
HOOKS = ROOT / ".pre-commit-config.yaml"
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
    found = [step for _, _, job in jobs() for step in job.get("steps", [])]
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
    commands = {step["run"] for step in steps() if "run" in step}
    assert {"make check", "make test-touched", "make plan", "make preview", "make update"} <= commands
    assert {"make drift", "make cache-versions"} <= commands


def test_the_whole_proof_runs_each_night_and_on_pull_requests_that_touch_what_is_deployed() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "proof.yml")
    assert {"schedule", "workflow_call", "workflow_dispatch", "pull_request"} == workflow[True].keys()
    assert workflow[True]["schedule"] == [{"cron": "0 15 * * *"}]
    assert workflow["jobs"]["proof"]["steps"][-1] == {"run": "make proof"}
    assert "if" not in workflow["jobs"]["proof"]
    assert re.search(r"^proof:.*\n\t@\.ci/run$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "MPAC_NO_SKIPS=1" in (ROOT / ".ci" / "run").read_text()
    paths = workflow[True]["pull_request"]["paths"]
    assert {"components/**", "local/**", "program/**", "settings/**", "policy/**", "operations/**"} <= set(
        paths
    )
    assert [path for path in paths if not list(ROOT.glob(path))] == []


def test_prod_waits_for_the_proof_and_for_staging_and_dr_for_prod() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "update.yml")["jobs"]
    assert jobs["proof"]["uses"] == "./.github/workflows/proof.yml"
    assert {name: job["with"]["stack"] for name, job in jobs.items() if name != "proof"} == {
        "staging": "staging",
        "prod": "prod",
        "dr": "dr",
    }
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "proof": None,
        "staging": None,
        "prod": ["proof", "staging"],
        "dr": "prod",
    }


def test_what_the_fast_tests_leave_out_is_there() -> None:
    """pytest says nothing of a file to ignore that it does not find."""
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    for name in ("SLOW", "FAST"):
        line = re.search(rf"^{name} := (.*)$", makefile, re.MULTILINE)
        assert line
        paths = re.findall(r"tests/[\w./]+", line[1])
        assert len(paths) >= 5
        assert [path for path in paths if not (ROOT / path).exists()] == []
    assert {"test", "test-fast", "test-touched", "test-cloud", "test-engine", "nightly"} <= targets()
    assert " --durations=10" in makefile


def test_no_test_of_a_pull_request_is_skipped_unseen() -> None:
    for _, _, job in jobs():
        tests = [step for step in job.get("steps", []) if "test" in step.get("run", "")]
        assert not tests or job["env"]["MPAC_NO_SKIPS"] == "1"


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
        for step in job.get("steps", [])
        if step.get("uses") == "./.github/actions/pulumi"
    }
    assert durations.keys() == {"drift.yml", "pull-request.yml", "deploy.yml"}
    for name, (seconds, minutes) in durations.items():
        # IAM lets a session last for twelve hours at the most.
        assert 60 * minutes <= seconds <= 12 * 3600, name
    # Six hours are the most that GitHub lets a job take; a deployment of one service may take one of them.
    assert 300 <= durations["deploy.yml"][1] < 360


def test_updates_wait_for_their_environment() -> None:
    (job,) = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"].values()
    assert job["environment"] == "${{ inputs.stack }}"


def test_python_has_the_version_that_is_locked_for() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert version == "3.11"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == f">={version}"
    assert f" --python-version={version} " in (ROOT / "requirements.txt").read_text()
    for step in steps():
        if step.get("uses", "").startswith("actions/setup-python@"):
            assert step["with"] == {"python-version-file": ".python-version"}


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", ACTIONS),
        ("vendor.renovate", [RENOVATE]),
    ],
)
def test_files_follow_their_schema(schema: str, paths: list[Path]) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_zizmor_finds_nothing() -> None:
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", ".github"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_actionlint_finds_nothing() -> None:
    if not shutil.which("go"):
        pytest.skip(f"{NOWHERE}: Go, which compiles actionlint")
    # What else is on PATH (shellcheck, pyflakes) would have a say otherwise: another one on each machine.
    command = ["go", "tool", "actionlint", "-shellcheck=", "-pyflakes=", *map(str, WORKFLOWS)]
    environment = {**os.environ, "GOFLAGS": "", "GOWORK": "off"}
    result = subprocess.run(
        command,
        cwd=ROOT / ".github" / "actionlint",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_hooks_are_targets_and_need_no_network() -> None:
    command = [str(BIN / "pre-commit"), "validate-config", str(HOOKS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    (local,) = read(HOOKS)["repos"]
    assert local["repo"] == "local"
    entries = [hook["entry"] for hook in local["hooks"]]
    assert entries == ["make lint", "make workflows", "make test-fast"]
    assert {entry.removeprefix("make ") for entry in entries} <= targets()
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert "lock-check" not in recipe[1]


def owned() -> list[str]:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def test_everything_has_an_owner_and_every_owner_something() -> None:
    assert owned()[0] == "*"
    assert [path for path in owned()[1:] if not (ROOT / path.strip("/")).exists()] == []


def test_what_is_released_is_taken_after_a_week_and_pulumi_together() -> None:
    settings = read(RENOVATE)
    assert settings["minimumReleaseAge"] == "7 days"
    assert settings["internalChecksFilter"] == "strict"
    assert "helpers:pinGitHubActionDigests" in settings["extends"]
    assert {"github-actions", "pip-compile", "gomod"} <= set(settings["enabledManagers"])
    (group,) = (rule for rule in settings["packageRules"] if rule.get("groupName") == "pulumi")
    assert group["matchPackageNames"] == ["pulumi", "pulumi-**", "pulumi/**"]


def test_renovate_can_make_the_lock_files_again() -> None:
    """It runs the command of each file's head, if every option has an equals sign."""
    patterns = read(RENOVATE)["pip-compile"]["managerFilePatterns"]
    for name in ("requirements.txt", "requirements-dev.txt", "policy/requirements.txt"):
        assert any(re.search(pattern.strip("/"), name) for pattern in patterns)
        command = (ROOT / name).read_text().splitlines()[1].removeprefix("#    ")
        assert command.startswith("uv pip compile --universal --python-version=3.11 --generate-hashes ")
        assert command.endswith(f" --output-file={name}")
