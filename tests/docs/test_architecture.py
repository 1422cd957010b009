"""The pictures show the stacks as they are recorded: what is where, and what flows."""

import re
from collections.abc import Mapping

import pytest

from operations.architecture import Picture, picture
from operations.architecture.__main__ import PAGE, README, texts
from operations.plan import Plan
from tests.docs.markdown import ROOT

Flows = set[tuple[str, str, str]]


@pytest.fixture(scope="session")
def prod_and_dr(plans: Mapping[str, Plan]) -> Picture:
    return picture({name: plans[name].resources for name in ("prod", "dr")})


@pytest.fixture(scope="session")
def flows(prod_and_dr: Picture) -> Flows:
    return {(each.source, each.target, each.label) for each in prod_and_dr.arrows}


def lines(found: Picture, box: str) -> tuple[str, ...]:
    return next(each.lines for each in found.boxes if each.id == box)


def where(found: Picture, box: str) -> list[str]:
    return [place.title for each in found.boxes if each.id == box for place in each.inside]


def test_the_pictures_are_those_of_the_plans(plans: Mapping[str, Plan]) -> None:
    expected = texts({name: plans[name].resources for name in ("prod", "dr", "staging")})
    assert expected.keys() == {README, PAGE}
    for path, text in expected.items():
        assert path.read_text() == text, "run: make architecture"


def test_the_readme_opens_with_prod_and_dr_and_each_stack_has_a_picture() -> None:
    before, drawn, _ = README.read_text().partition("```mermaid")
    assert drawn
    assert len(before.splitlines()) <= 10
    assert re.findall(r"^## (\w+)\n```mermaid$", PAGE.read_text(), re.MULTILINE) == ["prod", "dr", "staging"]
    assert "docs/architecture.md" in (ROOT / "AGENTS.md").read_text()


def test_regions_zones_and_tiers(prod_and_dr: Picture) -> None:
    assert where(prod_and_dr, "mpac_prod_sg_alb") == [
        "Tokyo, ap-northeast-1",
        "prod: VPC 10.0.0.0/16",
        "public subnets in 1a, 1c, 1d; 3 NAT gateways",
    ]
    assert where(prod_and_dr, "mpac_dr_sg_database") == [
        "Osaka, ap-northeast-3",
        "dr: VPC 10.1.0.0/16",
        "database subnets in 3a, 3b, 3c",
    ]


def test_what_is_in_a_box(prod_and_dr: Picture) -> None:
    assert "svc-smarttab: 5 to 50 tasks" in lines(prod_and_dr, "mpac_prod_sg_app")
    assert lines(prod_and_dr, "mpac_prod_sg_database") == (
        "primary: Multi-AZ",
        "read replica: 1a",
        "read replica: 1c",
    )
    assert lines(prod_and_dr, "mpac_prod_sg_cache") == ("3 shards, 2 replicas each",)
    assert lines(prod_and_dr, "mpac_prod_sg_alb") == ("AWS WAF",)
    assert "obs-loki: 3 tasks" in lines(prod_and_dr, "mpac_prod_sg_observability")


@pytest.mark.parametrize(
    "flow",
    [
        ("clients", "mpac_prod_sg_alb", "80, 443"),
        ("mpac_prod_sg_alb", "mpac_prod_sg_app", "8001, 8002, 8003"),
        ("mpac_prod_sg_app", "mpac_prod_sg_pgbouncer", "6432"),
        ("mpac_prod_sg_pgbouncer", "mpac_prod_sg_database", "5432"),
        ("mpac_prod_sg_app", "mpac_prod_sg_cache", "6379"),
        ("names_api_mpac_cloud_com", "mpac_prod_sg_alb", "failover: primary"),
        ("names_api_mpac_cloud_com", "mpac_dr_sg_alb", "failover: secondary"),
        ("prod_cdn", "prod_buckets_ap_northeast_3", "443"),
        ("mpac_prod_sg_database", "mpac_dr_sg_database", "replication to a read replica"),
        ("mpac_prod_sg_database", "prod_backups", "replication"),
        ("dr_vpc", "prod_vpc", "VPC peering"),
        (
            "prod_buckets_ap_northeast_1",
            "prod_buckets_ap_northeast_3",
            "replication: app-apk, receipts, settlements, static-assets",
        ),
    ],
)
def test_flow(flows: Flows, flow: tuple[str, str, str]) -> None:
    assert flow in flows


def test_the_cache_is_reached_by_nobody_else(flows: Flows) -> None:
    assert {source for source, target, _ in flows if target == "mpac_prod_sg_cache"} == {"mpac_prod_sg_app"}


def test_an_outline_leaves_out_what_only_operators_use(plans: Mapping[str, Plan]) -> None:
    found = picture({"prod": plans["prod"].resources}, outline=True)
    ids = {each.id for each in found.boxes}
    assert "mpac_prod_sg_app" in ids
    assert not ids & {"mpac_prod_sg_observability", "mpac_prod_sg_files"}
    assert {each for arrow in found.arrows for each in (arrow.source, arrow.target)} <= ids | {"prod_vpc"}


def test_another_stack_that_is_not_drawn_is_named(plans: Mapping[str, Plan]) -> None:
    found = picture({"dr": plans["dr"].resources})
    assert ("stack_prod", "mpac_dr_sg_database") in {(each.source, each.target) for each in found.arrows}
    assert "Stack prod" in {each.title for each in found.boxes}
