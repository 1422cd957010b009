"""A password is told from a secret only where the two can be told apart."""

import pytest

from policy.pack.graph import Graph, Resource
from policy.pack.judge import Judge
from policy.pack.rule import rules
from policy.pack.settings import Settings
from policy.pack.verdicts import Outcome

GENERATOR = Resource(
    urn="urn:pulumi:prod::mpac::random:index/randomPassword:RandomPassword::master",
    type="random:index/randomPassword:RandomPassword",
    name="master",
    inputs={},
)


def outcomes(*, unwraps_secrets: bool, generated: bool) -> list[Outcome]:
    database = Resource(
        urn="urn:pulumi:prod::mpac::aws:rds/instance:Instance::database",
        type="aws:rds/instance:Instance",
        name="database",
        inputs={"password": "correct horse battery staple"},
        references={"password": (GENERATOR.urn,)} if generated else {},
    )
    graph = Graph("prod", [GENERATOR, database], unwraps_secrets=unwraps_secrets)
    report = Judge("prod", Settings()).judge(graph, only=[rules()["secret-is-secret"]])
    assert "horse" not in "".join(item.message() for item in report.findings)
    return [item.verdict.outcome for item in report.findings] or [Outcome.PASS] * report.passed


@pytest.mark.parametrize(
    ("unwraps_secrets", "generated", "expected"),
    [
        (True, True, Outcome.PASS),
        (True, False, Outcome.NOT_JUDGED),
        (False, False, Outcome.FAIL),
    ],
)
def test_a_plain_password_fails_only_where_secrets_are_told_apart(
    unwraps_secrets: bool, generated: bool, expected: Outcome
) -> None:
    assert outcomes(unwraps_secrets=unwraps_secrets, generated=generated) == [expected]
