"""Dashboards, as Grafana's file provider reads them."""

import json
from itertools import combinations
from typing import Any

import pytest
import yaml

from components.observability.configuration.grafana import grafana_files
from components.observability.dashboards import dashboard_files
from tests.observability import topology

# A dashboard for each part of the platform.
PARTS = {
    "services",
    "load-balancer",
    "database",
    "pgbouncer",
    "cache",
    "cdn",
    "failover",
    "observability",
}
FILES = {name.removesuffix(".json"): json.loads(text) for name, text in dashboard_files("mpac prod").items()}
TARGETS = [
    pytest.param(panel, target, id=f"{name}: {panel['title']}")
    for name, dashboard in FILES.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
]


def data_sources() -> set[str]:
    text = grafana_files(topology(prometheus=1))["datasources/platform.yml"]
    return {each["uid"] for each in yaml.safe_load(text)["datasources"]}


def test_each_part_has_one() -> None:
    assert FILES.keys() == PARTS
    assert len({each["uid"] for each in FILES.values()}) == len(PARTS)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_panels_have_ids_and_places_of_their_own(name: str) -> None:
    panels = FILES[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    for first, second in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            first["x"] + first["w"] <= second["x"]
            or second["x"] + second["w"] <= first["x"]
            or first["y"] + first["h"] <= second["y"]
            or second["y"] + second["h"] <= first["y"]
        )
        assert apart
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_a_query_asks_a_data_source_that_exists(panel: dict[str, Any], target: dict[str, Any]) -> None:
    uid = target["datasource"]["uid"]
    assert panel["targets"]
    assert uid in data_sources() | {"${prometheus}"}


@pytest.mark.parametrize("name", sorted(PARTS))
def test_the_variable_begins_with_a_data_source_that_exists(name: str) -> None:
    (variable,) = FILES[name]["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "prometheus",
        "datasource",
        "prometheus",
    )
    assert variable["current"]["value"] in data_sources()


def test_what_reports_to_virginia_is_asked_there() -> None:
    regions = {
        (name, target["region"])
        for name, dashboard in FILES.items()
        for panel in dashboard["panels"]
        for target in panel["targets"]
        if target["datasource"]["uid"] == "cloudwatch"
        and target["namespace"] in ("AWS/CloudFront", "AWS/Route53")
    }
    assert regions == {("cdn", "us-east-1"), ("failover", "us-east-1")}


def test_searches_stay_within_the_stack() -> None:
    unnamed = {"AWS/CloudFront", "AWS/Route53", "AWS/EFS"}  # these measure by ids alone
    for dashboard in FILES.values():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["uid"] == "cloudwatch" and target["namespace"] not in unnamed:
                    assert "mpac prod" in target["expression"]
