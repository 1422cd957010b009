"""The runbook of a failover gives the standby all that it has less of than production."""

from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from settings import load
from settings.stack_files import read_stack_file, stack_files

ROOT = Path(__file__).parents[2]
RUNBOOK = " ".join((ROOT / "docs" / "failover.md").read_text().split())


@pytest.mark.parametrize("section", ["cache", "pgbouncer"])
def test_every_figure_that_is_smaller_in_osaka_is_raised_to_that_of_tokyo(section: str) -> None:
    stacks = {name: load(name, read_stack_file(path)) for name, path in stack_files(ROOT).items()}
    here, there = (getattr(stacks[name], section) for name in ("dr", "prod"))
    wanted = {
        f"`{to_camel(name)}: {getattr(there, name)}`"
        for name in type(here).model_fields
        if isinstance(getattr(here, name), int) and getattr(here, name) != getattr(there, name)
    }
    assert wanted
    step = RUNBOOK.partition("Say so in the settings")[2].partition("pulumi up")[0]
    assert {figure for figure in wanted if figure not in step} == set()
