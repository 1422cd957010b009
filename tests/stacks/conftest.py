"""The real stacks, recorded once."""

import pytest

from operations.plan import Plan, plan

STACKS = ("prod", "dr", "staging")


@pytest.fixture(scope="session")
def prod(request: pytest.FixtureRequest) -> Plan:
    """Production alone, which takes half the time where no test of the run asks for the others."""
    tests = (item for item in request.session.items if isinstance(item, pytest.Function))
    everything = any("plans" in test.fixturenames for test in tests)
    return (request.getfixturevalue("plans") if everything else plan(["prod"]))["prod"]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    """Each stack in turn."""
    return plans[request.param]
