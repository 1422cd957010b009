"""Figures of the requirements that no plan shows."""

from functools import reduce
from pathlib import Path
from typing import Any

from settings import Settings, load
from settings.stack_files import read_stack_file, stack_files

ROOT = Path(__file__).parents[2]


def figure_of(stack: str, setting: str) -> Any:  # noqa: ANN401 (of any setting)
    settings: Settings = load(stack, read_stack_file(stack_files(ROOT)[stack]))
    return reduce(getattr, setting.split("."), settings)


def test_400000_devices_are_expected() -> None:
    """What the services can hold is checked against it: `components.compute.settings`."""
    assert figure_of("prod", "services.smarttab.expected_connections") == 400000


def test_staging_has_a_domain_of_its_own() -> None:
    assert figure_of("staging", "dns.domain") == "mpac-cloud-stg.com"
