"""Whatever a value is, a rule neither raises nor passes over what it cannot read."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policy.pack.cases import Case, Flaw, build, cases, flawed
from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.rule import rules
from policy.pack.values import Secret, Unknown

CASES = sorted(cases().items())
IDS = [rule for rule, _ in CASES]
# What a program, a provider of another version or a state written by hand may hold in place of a value.
ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    -1,
    3.5,
    True,
    [],
    {},
    [None],
    ["x"],
    {"a": None},
    Unknown(),
    Secret(),
    [Unknown()],
    {"a": Unknown()},
    '{"Statement": 3}',
    '{"Statement": [1]}',
    '["x"]',
)
Steps = tuple[str | int, ...]


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    if steps:
        yield steps
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from places(item, (*steps, step))


def put(inputs: Any, steps: Steps, value: Any) -> Any:
    changed = copy.deepcopy(inputs)
    target = changed
    for step in steps[:-1]:
        target = target[step]
    target[steps[-1]] = value
    return changed


@pytest.mark.parametrize(("rule", "case"), CASES, ids=IDS)
def test_no_value_makes_a_rule_raise(rule: str, case: Case) -> None:
    judge = Judge(case.stack, case.settings)
    for graph in case.passing():
        for resource in graph.resources.values():
            for steps in places(dict(resource.inputs)):
                for odd in ODD:
                    changed = replace(resource, inputs=put(dict(resource.inputs), steps, odd))
                    resources = {**graph.resources, resource.urn: changed}
                    judge.judge(Graph(graph.stack, resources.values()), only=[rules()[rule]])


@pytest.mark.parametrize(("rule", "case"), CASES, ids=IDS)
def test_a_value_that_may_be_a_flaw_is_not_passed_over(rule: str, case: Case) -> None:
    """Where a flaw is what a value is, not that there is none."""
    judge = Judge(case.stack, case.settings)
    for flaw, graph in case.unknown_flaws():
        assert judge.judge(graph, only=[rules()[rule]]).findings, flaw


# Two things of one name in two regions: hidden is which of them is meant, and the other one is looked at.
AMBIGUOUS = {"backup-plan-within-lock", "s3-replicated"}


def hidden(case: Case, flaw: Flaw) -> Iterator[tuple[str, str, Graph]]:
    """Yield the flawed stack with one more input hidden, each in turn."""
    resources = flawed(case.good, flaw)
    for name, item in resources.items():
        for steps in places(item.inputs):
            if not any(isinstance(step, str) and step.startswith("$") for step in steps):
                inputs = put(item.inputs, steps, {"$unknown": True})
                changed = resources | {name: item.model_copy(update={"inputs": inputs})}
                yield name, str(steps), build(changed, case.stack)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=IDS)
def test_what_a_rule_depends_on_may_be_unknown_but_does_not_switch_it_off(rule: str, case: Case) -> None:
    judge = Judge(case.stack, case.settings)
    passed_over = [
        (flaw, name, steps)
        for flaw in case.bad
        for name, steps, graph in hidden(case, flaw)
        if not judge.judge(graph, only=[rules()[rule]]).findings
    ]
    assert not passed_over or rule in AMBIGUOUS, passed_over[0]
