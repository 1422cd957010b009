"""The real stacks, recorded once."""

import pytest

from operations.plan import Plan, plan

STACKS = ("prod", "dr", "staging")


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    return plan(STACKS)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    """Each stack in turn."""
    return plans[request.param]
