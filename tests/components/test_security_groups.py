"""Who may talk to whom, with the requirement's ports and ranges."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.paths import Path, Rule, Tier, paths, rules
from components.network.security_groups import SecurityGroups, SecurityGroupsArgs
from components.network.settings import Peer
from tests.components.contexts import CONTEXT, PLAIN
from tests.components.recording import Registration, of_type, record, repeated_names

INTERNET = "0.0.0.0/0"
SERVICES = {"portal": 8002, "smarttab": 8001, "pgw": 8003}
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"

# What AWS takes as the description of a rule.
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")

ports = st.integers(1024, 65535)


def groups(**changes: Any) -> list[Registration]:  # noqa: ANN401
    figures: dict[str, Any] = {"context": CONTEXT, "vpc_id": "vpc-1", "services": SERVICES}
    return record(lambda: SecurityGroups("security", SecurityGroupsArgs(**figures | changes)))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return groups()


def allowed(registrations: list[Registration], type_: str, group: str) -> set[tuple[str, int | None]]:
    """Return peer and port of what a group lets in or out."""
    found = set()
    for rule in of_type(registrations, type_).values():
        inputs = rule.inputs
        if inputs["securityGroupId"] != f"security-{group}-id":
            continue
        peer = inputs.get("cidrIpv4") or inputs["referencedSecurityGroupId"]
        assert ("cidrIpv4" in inputs) != ("referencedSecurityGroupId" in inputs)
        if inputs["ipProtocol"] == "-1":
            assert not {"fromPort", "toPort"} & inputs.keys()
        else:
            assert inputs["ipProtocol"] == "tcp"
            assert inputs["fromPort"] == inputs["toPort"]
        found.add((peer.removeprefix("security-").removesuffix("-id"), inputs.get("fromPort")))
    return found


@pytest.mark.parametrize(
    ("type_", "group", "peer", "port"),
    [
        (INGRESS, "alb", INTERNET, 443),
        (INGRESS, "alb", INTERNET, 80),
        (EGRESS, "alb", "app", None),
        (EGRESS, "app", INTERNET, 443),
        (EGRESS, "app", "database", 5432),
        (EGRESS, "app", "cache", 6379),
        (INGRESS, "database", "app", 5432),
        (INGRESS, "cache", "app", 6379),
        (INGRESS, "files", "observability", 2049),
    ],
    ids=[
        "alb-from-internet-443",
        "alb-from-internet-80",
        "alb-to-app",
        "app-to-internet-443",
        "app-to-database-5432",
        "app-to-cache-6379",
        "database-from-app-5432",
        "cache-from-app-6379",
        "files-from-observability-2049",
    ],
)
def test_path_of_the_requirements(
    prod: list[Registration], type_: str, group: str, peer: str, port: int | None
) -> None:
    assert (peer, port) in allowed(prod, type_, group)


def test_services_take_8001_to_8003_from_the_load_balancer(prod: list[Registration]) -> None:
    taken = {port for peer, port in allowed(prod, INGRESS, "app") if peer == "alb"}
    assert taken == {8001, 8002, 8003}


@pytest.mark.parametrize("group", ["database", "cache"])
def test_calls_nobody(prod: list[Registration], group: str) -> None:
    assert allowed(prod, EGRESS, group) == set()


def test_each_tier_has_a_named_group_without_rules_inside(prod: list[Registration]) -> None:
    tiers = ["alb", "app", "cache", "database", "files", "observability", "pgbouncer", "sql"]
    found = of_type(prod, GROUP)
    assert sorted(found) == [f"security-{tier}" for tier in tiers]
    for tier in tiers:
        inputs = found[f"security-{tier}"].inputs
        assert inputs["name"] == inputs["tags"]["Name"] == f"mpac-prod-security-{tier}"
        assert inputs["vpcId"] == "vpc-1"
        assert DESCRIPTION.fullmatch(inputs["description"])
        assert not {"ingress", "egress"} & inputs.keys()


def test_load_balancer(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "alb") == {(INTERNET, 443), (INTERNET, 80)}
    assert allowed(prod, EGRESS, "alb") == {("app", None)}


def test_application(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "app") == {
        *(("alb", port) for port in (8001, 8002, 8003)),
        *(("observability", port) for port in (8001, 8002, 8003)),
    }
    assert allowed(prod, EGRESS, "app") == {
        (INTERNET, 443),
        ("database", 5432),
        ("cache", 6379),
        ("pgbouncer", 6432),
        ("observability", 4317),
        ("observability", 4318),
    }


def test_database_answers_and_never_calls(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "database") == {
        ("app", 5432),
        ("sql", 5432),
        ("pgbouncer", 5432),
        ("observability", 5432),
    }
    assert allowed(prod, EGRESS, "database") == set()


def test_sql_that_is_run_once_reaches_the_database_and_nobody_reaches_it(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "sql") == set()
    assert allowed(prod, EGRESS, "sql") == {("database", 5432), (INTERNET, 443)}


def test_of_the_other_region_sql_tasks_and_database_reach_each_other_and_nothing_else(
    prod: list[Registration],
) -> None:
    peer = Peer(
        private_subnets=("10.1.10.0/24", "10.1.11.0/24", "10.1.12.0/24"),
        database_subnets=("10.1.20.0/24", "10.1.21.0/24", "10.1.22.0/24"),
    )
    peered = groups(peer=peer)
    added = {each.name for each in peered} - {each.name for each in prod}
    assert added == {
        "security-database-from-10.1.10.0-24-5432",
        "security-database-from-10.1.11.0-24-5432",
        "security-database-from-10.1.12.0-24-5432",
        "security-sql-to-10.1.20.0-24-5432",
        "security-sql-to-10.1.21.0-24-5432",
        "security-sql-to-10.1.22.0-24-5432",
    }
    assert ("10.1.10.0/24", 5432) in allowed(peered, INGRESS, "database")
    assert ("10.1.20.0/24", 5432) in allowed(peered, EGRESS, "sql")


def test_cache_answers_and_never_calls(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "cache") == {("app", 6379)}
    assert allowed(prod, EGRESS, "cache") == set()


def test_files_answer_and_never_call(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "files") == {("observability", 2049)}
    assert allowed(prod, EGRESS, "files") == set()


def test_pgbouncer(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "pgbouncer") == {("app", 6432), ("pgbouncer", 6432)}
    assert allowed(prod, EGRESS, "pgbouncer") == {("pgbouncer", 6432), ("database", 5432), (INTERNET, 443)}


def test_observability(prod: list[Registration]) -> None:
    ports_of_programs = (9090, 3000, 3100, 3200, 4317, 4318, 12345, 7946, 9095)
    among_themselves = {("observability", port) for port in ports_of_programs}
    assert allowed(prod, INGRESS, "observability") == among_themselves | {("app", 4317), ("app", 4318)}
    assert allowed(prod, EGRESS, "observability") == among_themselves | {
        *(("app", port) for port in (8001, 8002, 8003)),
        ("database", 5432),
        ("files", 2049),
        (INTERNET, 443),
    }


def test_websocket_load_balancer_exists_only_when_it_has_a_port(prod: list[Registration]) -> None:
    assert allowed(prod, INGRESS, "nlb") == set()
    with_nlb = groups(websocket_port=8001)
    assert of_type(with_nlb, GROUP)["security-nlb"].inputs["name"] == "mpac-prod-security-nlb"
    assert allowed(with_nlb, INGRESS, "nlb") == {(INTERNET, 443)}
    assert allowed(with_nlb, EGRESS, "nlb") == {("app", 8001)}
    assert ("nlb", 8001) in allowed(with_nlb, INGRESS, "app")
    assert {item.urn for item in prod} < {item.urn for item in with_nlb}


def test_grafana_is_reached_by_administrators_only(prod: list[Registration]) -> None:
    # Through the task for it, which shares the group.
    callers = {peer for peer, port in allowed(prod, INGRESS, "observability") if port == 3000}
    assert callers == {"observability"}
    with_admins = groups(grafana_admin_cidrs=["192.0.2.0/24", "198.51.100.0/25"])
    new = allowed(with_admins, INGRESS, "observability") - allowed(prod, INGRESS, "observability")
    assert new == {("192.0.2.0/24", 3000), ("198.51.100.0/25", 3000)}


def test_frontend_is_reached_on_its_own_port() -> None:
    with_frontend = groups(services={**SERVICES, "frontend": 3000})
    assert ("alb", 3000) in allowed(with_frontend, INGRESS, "app")
    assert ("observability", 3000) in allowed(with_frontend, INGRESS, "app")


def test_every_rule_is_described_and_found_by_a_tag_of_its_own(prod: list[Registration]) -> None:
    found = [*of_type(prod, INGRESS).values(), *of_type(prod, EGRESS).values()]
    assert all(DESCRIPTION.fullmatch(rule.inputs["description"]) for rule in found)
    names = [rule.inputs["tags"]["Name"] for rule in found]
    assert len(names) == len(set(names)) == 54
    assert all(name.startswith("mpac-prod-security-") for name in names)


def test_a_service_that_changes_its_port_leaves_the_other_rules_alone(prod: list[Registration]) -> None:
    before = {item.urn: item.inputs for item in prod}
    after = {item.urn: item.inputs for item in groups(services={**SERVICES, "pgw": 8004})}
    kept = before.keys() & after.keys()
    assert {urn.partition("::security-")[2] for urn in before.keys() - kept} == {
        "app-from-alb-8003",
        "app-from-observability-8003",
        "observability-to-app-8003",
    }
    assert all(before[urn] == after[urn] for urn in kept)


def test_outputs_name_each_tier(prod: list[Registration]) -> None:
    (component,) = of_type(prod, "mpac:network:SecurityGroups").values()
    assert component.outputs["ids"]["database"] == "security-database-id"
    assert "nlb" not in component.outputs["ids"]
    assert "nlb" in groups(websocket_port=8001)[0].outputs["ids"]


def test_a_preview_declares_the_same_rules(prod: list[Registration]) -> None:
    args = SecurityGroupsArgs(context=CONTEXT, vpc_id="vpc-1", services=SERVICES)
    preview = record(lambda: SecurityGroups("security", args), preview=True)
    assert {item.urn for item in preview} == {item.urn for item in prod}


@st.composite
def tables(draw: st.DrawFn) -> list[Path]:
    """Build the paths of any stack whose services have ports of their own."""
    chosen = draw(st.lists(ports, min_size=1, max_size=6, unique=True))
    services = {f"service{index}": port for index, port in enumerate(chosen)}
    cidrs = draw(st.lists(st.integers(0, 255).map("198.51.{}.0/24".format), max_size=3, unique=True))
    return paths(services, draw(st.sampled_from([None, *chosen])), cidrs)


@given(tables())
def test_whoever_may_call_is_also_let_in(table: list[Path]) -> None:
    found = list(rules(table))

    def other_end(rule: Rule) -> Rule | None:
        return next(
            (
                other
                for other in found
                if (other.group, other.peer, other.port) == (rule.peer, rule.group, rule.port)
                and other.direction != rule.direction
            ),
            None,
        )

    one_sided = {rule.name for rule in found if isinstance(rule.peer, Tier) and other_end(rule) is None}
    # The requirements let the load balancer send everything, and the services take their ports only.
    assert {name for name in one_sided if not name.startswith("app-from-alb-")} == {"alb-to-app-all"}


@given(tables())
def test_nothing_but_the_load_balancers_is_open_to_the_internet(table: list[Path]) -> None:
    open_rules = {(rule.group, rule.direction, rule.port) for rule in rules(table) if rule.peer == INTERNET}
    inbound = {(group, port) for group, direction, port in open_rules if direction == "ingress"}
    assert inbound - {(Tier.WEBSOCKET_LOAD_BALANCER, 443)} == {
        (Tier.LOAD_BALANCER, 443),
        (Tier.LOAD_BALANCER, 80),
    }
    assert {port for _, direction, port in open_rules if direction == "egress"} == {443}


@given(tables())
def test_names_of_rules_are_unique_and_descriptions_are_taken_by_aws(table: list[Path]) -> None:
    found = list(rules(table))
    assert len({rule.name for rule in found}) == len(found)
    assert all(DESCRIPTION.fullmatch(rule.purpose) for rule in found)


@given(tables())
def test_data_tiers_call_nobody(table: list[Path]) -> None:
    callers = {rule.group for rule in rules(table) if rule.direction == "egress"}
    assert not callers & {Tier.DATABASE, Tier.CACHE, Tier.FILES}


def test_observability_reaches_the_database_only_for_grafanas_state() -> None:
    state = Path(source=Tier.OBSERVABILITY, target=Tier.DATABASE, port=5432, purpose="State of Grafana")
    with_state, without = paths({"portal": 8002}), paths({"portal": 8002}, grafana_in_database=False)
    assert [path for path in with_state if path not in without] == [state]


def test_two_stand_side_by_side_in_another_program() -> None:
    def program() -> None:
        for name in ("shops", "offices"):
            SecurityGroups(name, SecurityGroupsArgs(context=PLAIN, vpc_id="vpc-1", services=SERVICES))

    graph = record(program)
    assert repeated_names(graph) == []
    assert of_type(graph, GROUP)["shops-app"].inputs["name"] == "acme-test-shops-app"
