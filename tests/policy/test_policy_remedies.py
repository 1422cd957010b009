"""Safe remedies: what they put right, what they leave alone, and that secrets stay secret."""

import datetime as dt
from typing import Any

import pytest

from policy.pack.cases import Case, Declared, build, cases
from policy.pack.exemptions import Exemption
from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.rule import Rule, rules
from policy.pack.settings import Settings
from policy.pack.sources.recorded import SECRET, SIGNATURE, UNKNOWN
from tests.policy.analyzer import running

REMEDIED = [(rule, cases()[rule.id]) for rule in rules().values() if rule.remediate]
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
DATABASE = "aws:rds/instance:Instance"
STACK = "pulumi:pulumi:Stack"


def failures(rule: Rule, graph: Graph) -> list[str]:
    report = Judge("prod", Settings()).judge(graph, only=[rule])
    return [item.verdict.path for item in report.findings if item.violates]


@pytest.mark.parametrize(("rule", "case"), REMEDIED, ids=[rule.id for rule, _ in REMEDIED])
def test_a_remedy_puts_right_what_its_rule_finds(rule: Rule, case: Case) -> None:
    remedied = [
        graph for _, graph in case.failing() if not failures(rule, Judge("prod", Settings()).remedied(graph))
    ]
    assert remedied


@pytest.mark.parametrize(("rule", "case"), REMEDIED, ids=[rule.id for rule, _ in REMEDIED])
def test_a_remedy_leaves_alone_what_is_sound_and_what_is_unknown(rule: Rule, case: Case) -> None:
    for graph in (*case.passing(), case.undecided()):
        for resource in graph.of(*rule.types):
            assert rule.remediate
            assert rule.remediate(resource.inputs) == {}


def balancer(**settings: Any) -> tuple[Judge, Graph]:
    exemptions = settings.pop("exemptions", ())
    graph = build({"edge": Declared(type=BALANCER, inputs={"dropInvalidHeaderFields": False})}, "prod")
    return Judge("prod", Settings(**settings), exemptions, today=dt.date(2026, 11, 23)), graph


def test_a_remedy_obeys_levels_and_exemptions() -> None:
    judge, graph = balancer()
    (edge,) = graph.of(BALANCER)
    assert judge.remedy(edge) == {"dropInvalidHeaderFields": True}
    disabled, _ = balancer(levels={"lb-drop-invalid-headers": "disabled"})
    assert disabled.remedy(edge) == {}
    valid = Exemption(
        rule="lb-drop-invalid-headers",
        resource=f"{BALANCER}::edge",
        stacks=frozenset({"prod"}),
        reason="a test",
        owner="payments",
        ticket="MPAC-1",
        expires=dt.date(2026, 11, 23),
    )
    exempt, _ = balancer(exemptions=[valid])
    assert exempt.remedy(edge) == {}
    expired, _ = balancer(exemptions=[valid.model_copy(update={"expires": dt.date(2026, 11, 22)})])
    assert expired.remedy(edge) == {"dropInvalidHeaderFields": True}


def declared(type_: str, name: str, **inputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::mpac::{type_}::{name}",
        "type": type_,
        "name": name,
        "inputs": inputs,
        "protect": True,
        "provider": None,
        "parent": None,
        "propertyDependencies": {},
    }


def test_a_remedy_keeps_secrets_secret_and_unknowns_unknown() -> None:
    with running() as pack:
        pack.analyze(declared(STACK, "mpac-prod"))
        (remediation,) = pack.remediate(
            declared(
                DATABASE,
                "database",
                password={"$secret": True},
                kmsKeyId={"$unknown": None},
                autoMinorVersionUpgrade=False,
                tags={"Owner": "payments"},
            )
        )
    properties = remediation.properties
    assert properties["autoMinorVersionUpgrade"] is True
    assert properties["copyTagsToSnapshot"] is True
    assert properties["password"][SIGNATURE] == SECRET
    assert properties["kmsKeyId"] == UNKNOWN
    assert properties["tags"]["Owner"] == "payments"
    assert "nobody-may-read" not in remediation.diagnostic


def test_nothing_is_sent_back_where_nothing_is_to_be_put_right() -> None:
    with running() as pack:
        pack.analyze(declared(STACK, "mpac-prod"))
        sound = declared(DATABASE, "database", password={"$secret": True}, copyTagsToSnapshot=True)
        assert pack.remediate(sound) == []
