"""The real stacks, recorded once."""

import pytest

from operations.plan import Plan
from tests.recorded import STACKS


@pytest.fixture(scope="session")
def prod(plans: dict[str, Plan]) -> Plan:
    return plans["prod"]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plans: dict[str, Plan]) -> Plan:
    """Each stack in turn."""
    return plans[request.param]
