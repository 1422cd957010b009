"""A plugin of pytest that writes how each test ended, as JSON, to the file that OUTCOMES names."""

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell a test that found something wrong from one that could not look."""
    report = yield
    if report.when == "call" and report.passed:
        _outcomes[item.nodeid] = "passed"
    elif report.when == "call" and call.excinfo and call.excinfo.errisinstance(AssertionError):
        _outcomes[item.nodeid] = "failed"
    elif not report.passed:
        _outcomes[item.nodeid] = f"{report.when}: {call.excinfo}"
    return report


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(_outcomes))
