"""What holds for every test: no AWS but the local cloud, no skip that nobody sees; who shares a process."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from operations.plan import Plan
from tests.programs.place import NOWHERE
from tests.recorded import STACKS, recorded

# Time says nothing about a property, and on a busy machine it fails at random.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

AWS_DUMMY_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture(autouse=True, scope="session")
def aws_credentials_are_dummies() -> Iterator[None]:
    """Keep a developer's own AWS account out of reach."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in AWS_DUMMY_ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    """The real stacks, recorded once."""
    return recorded(*STACKS)


@pytest.fixture(autouse=True, scope="session")
def network_ends_at_loopback() -> Iterator[None]:
    """Refuse every connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401 (differs by family)
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise ConnectionRefusedError(f"tests may not connect to {host}; use the local cloud")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


HERE = Path(__file__).parent
# What reads the deployed stacks back.
DEPLOYED = ("cloud", "stacks/test_plan_is_deployed.py")
# These wait for the local cloud most of the time, or take longest: begun first, beside all others.
FIRST = ("cloud", "engine", "docs", "policy")


def group(path: str) -> str:
    """Name the tests that run one after the other in one process: a file, or all that share what is outside.

    The deployed stacks are shared by those that change them, a fetch of programs by those that run them.
    """
    if path.startswith(DEPLOYED):
        return "cloud"
    return "programs" if path.startswith("programs/") else path


class _ByGroup(LoadScopeScheduling):
    """Gives a group to one process.

    `--dist loadgroup` does the same by marks, which it writes into the ids of tests: pytest 9.2 keeps those
    elsewhere (`Node._id`), and pytest-xdist 3.8 hands out single tests without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0].removeprefix(f"{HERE.name}/"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Have groups in processes, in the order of their first tests (`--no-loadscope-reorder`)."""
    return _ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what is read back from the deployed stacks; begin with what takes longest."""
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(DEPLOYED):
            item.add_marker(pytest.mark.cloud)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    directory = "cloud" if item.get_closest_marker("cloud") else item.path.relative_to(HERE).parts[0]
    return FIRST.index(directory) if directory in FIRST else len(FIRST)


def pytest_xdist_auto_num_workers() -> int:
    """Have one worker for each processor, and two for those who wait: the deployed stacks and the engine."""
    return (os.cpu_count() or 1) + 2


def _avoidable_skips(reporter: Any) -> int:  # noqa: ANN401 (a plugin without types)
    reports = reporter.stats.get("skipped", [])
    return sum(NOWHERE not in str(report.longrepr) for report in reports)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say each reason for skips once, with their number; fail a run that must be whole (MPAC_NO_SKIPS)."""
    for report in terminalreporter.stats.get("skipped", []):
        # pytest puts together what has place and reason in common.
        report.longrepr = ("/".join(report.nodeid.split("/")[:2]), None, report.longrepr[2])
    skipped = _avoidable_skips(terminalreporter)
    if skipped and os.environ.get("MPAC_NO_SKIPS"):
        terminalreporter.section("MPAC_NO_SKIPS", red=True)
        terminalreporter.write_line(f"{skipped} skipped; this run must execute every test.", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a skip into a failure where no skip is allowed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and _avoidable_skips(reporter) and os.environ.get("MPAC_NO_SKIPS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
