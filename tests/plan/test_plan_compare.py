"""What a restructured program declares otherwise than before."""

from typing import Any

from operations.plan.compare import Renames, differences

TOML = r"""
[[rename]]
was = '^mpac-prod-vpc$'
is = 'mpac-prod-network'

[[rename]]
was = '^alb$'
is = 'balancer'
of = 'nothing-of-this'

[[rename]]
was = 'mpac:balancing:'
is = 'mpac:elb:'
"""


def resource(urn: str, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401  inputs of any type
    return {"urn": urn, "inputs": inputs, "dependencies": ["b", "a"], "protect": True}


def test_equal_plans_differ_in_nothing() -> None:
    assert list(differences([resource("a", size=1)], [resource("a", size=1)])) == []


def test_what_is_new_gone_or_changed_is_a_line_each() -> None:
    before = [resource("a", size=1, tags={"Name": "x"}), resource("b")]
    after = [resource("a", size=2, tags={"Name": "x"}), resource("c")]
    assert list(differences(before, after)) == ["- b", "+ c", "~ a .inputs.size: 1 -> 2"]


def test_the_order_of_dependencies_says_nothing() -> None:
    other = resource("a") | {"dependencies": ["a", "b"]}
    assert list(differences([resource("a")], [other])) == []


def test_documents_within_strings_are_compared_by_what_they_say() -> None:
    before = [resource("a", policy='{"Version": "2012-10-17", "Statement": []}')]
    after = [resource("a", policy='{"Statement":[],"Version":"2008-10-17"}')]
    assert list(differences(before, after)) == ["~ a .inputs.policy.Version: '2012-10-17' -> '2008-10-17'"]


def test_a_hash_of_files_that_differ_says_nothing_beside_them() -> None:
    before = resource("a", key="loki/d74e14e9e1d0/loki.yml", content="old")
    after = resource("a", key="loki/cc4f9a7c0ce8/loki.yml", content="new")
    assert list(differences([before], [after])) == ["~ a .inputs.content: 'old' -> 'new'"]


def test_the_name_is_that_in_the_urn() -> None:
    # A rename of "loki" alone would reach the volumes of that name too.
    assert list(differences([resource("a") | {"name": "loki"}], [resource("a") | {"name": "obs-loki"}])) == []


def test_a_protection_that_is_lost_is_seen() -> None:
    assert list(differences([resource("a")], [resource("a") | {"protect": False}])) == [
        "~ a .protect: True -> False"
    ]


class TestRenames:
    def test_are_applied_to_every_string_and_key(self) -> None:
        renames = Renames(TOML)
        plan = [resource("urn::mpac:balancing:Alb::x", tags={"Name": "mpac-prod-vpc"})]
        assert renames.apply(plan) == [resource("urn::mpac:elb:Alb::x", tags={"Name": "mpac-prod-network"})]
        assert renames.unused() == ["^alb$"]

    def test_one_of_some_resources_leaves_the_others(self) -> None:
        renames = Renames(r"""
[[rename]]
was = '^mpac-prod$'
is = 'mpac-prod-cluster'
of = 'ecs/cluster'
""")
        plan = [resource("aws:ecs/cluster:Cluster::a", name="mpac-prod"), resource("b", name="mpac-prod")]
        cluster, other = renames.apply(plan)
        assert cluster["inputs"] == {"name": "mpac-prod-cluster"}
        assert other["inputs"] == {"name": "mpac-prod"}

    def test_one_that_renames_nothing_is_told(self) -> None:
        renames = Renames(TOML)
        renames.apply([resource("mpac-prod-vpc")])
        assert renames.unused() == ["^alb$", "mpac:balancing:"]

    def test_one_for_some_resources_leaves_others_alone(self) -> None:
        renames = Renames("[[rename]]\nwas = '^x$'\nis = 'y'\nof = ':Alb:'\n")
        assert renames.apply([resource(":Alb:", a="x"), resource(":Nlb:", a="x")]) == [
            resource(":Alb:", a="y"),
            resource(":Nlb:", a="x"),
        ]

    def test_one_that_the_earlier_commit_has_is_done(self) -> None:
        assert Renames(TOML, TOML).apply([resource("mpac-prod-vpc")]) == [resource("mpac-prod-vpc")]

    def test_without_any_nothing_is_renamed(self) -> None:
        assert Renames("").apply([resource("a", b=[1, None, "c"])]) == [resource("a", b=[1, None, "c"])]
