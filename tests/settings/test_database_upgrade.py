"""A major version is raised in one update, which says so, and in no other."""

from collections.abc import Callable
from typing import Any

import pytest

from settings import SettingsError, check_upgrade, load
from tests.settings.test_contract import DR

Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("database", "deployed"),
    [
        ({}, None),
        ({}, "17"),
        ({"version": "18"}, None),
        ({"version": "18"}, "18"),
        ({"version": "18", "upgradeFrom": "17"}, "17"),
    ],
)
def test_it_goes_with_what_runs(config: Make, database: dict[str, Any], deployed: str | None) -> None:
    check_upgrade(load("prod", config({"database": database})), deployed)


@pytest.mark.parametrize(
    ("database", "deployed", "key", "rule"),
    [
        ({"version": "18"}, "17", "version", "is not what the database has, 17"),
        ({}, "18", "version", "is not what the database has, 18"),
        ({"version": "18", "upgradeFrom": "17"}, "18", "upgradeFrom", "the database has version 18"),
        ({"version": "18", "upgradeFrom": "17"}, None, "upgradeFrom", "stands without need"),
    ],
)
def test_it_does_not(
    config: Make, database: dict[str, Any], deployed: str | None, key: str, rule: str
) -> None:
    settings = load("prod", config({"database": database}))
    with pytest.raises(SettingsError) as error:
        check_upgrade(settings, deployed)
    (problem,) = error.value.problems
    assert problem.key == f"mpac:database.{key}"
    assert rule in problem.rule


@pytest.mark.parametrize("promoted", [False, True])
def test_a_standby_has_the_version_of_its_source_and_keeps_it_once_promoted(
    config: Make, promoted: bool
) -> None:
    settings = load("dr", config(DR | {"database.version": "18", "database.promoted": promoted}))
    if not promoted:
        check_upgrade(settings, "17")
        return
    with pytest.raises(SettingsError, match="is not what the database has, 17"):
        check_upgrade(settings, "17")
