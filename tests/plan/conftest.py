"""Programs that are recorded: a sample that uses everything, and small ones."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from operations.plan import Configuration, Plan, plan, record

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="session")
def sample() -> dict[str, Plan]:
    return plan(["dr"], SAMPLE)


@pytest.fixture
def record_program(tmp_path: Path) -> Callable[..., Plan]:
    """Record the stack `prod` of a program of a few lines."""

    def run(text: str, **values: str) -> Plan:
        (tmp_path / "__main__.py").write_text(dedent(text))
        return record("prod", Configuration(project="small", values=values), program=tmp_path)

    return run
