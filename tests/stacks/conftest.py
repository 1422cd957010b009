"""The real stacks, recorded once."""

from collections.abc import Callable

import pytest

from operations.plan import Plan
from tests.recorded import STACKS, recorded


@pytest.fixture(scope="session")
def plan_of(request: pytest.FixtureRequest) -> Callable[[str], Plan]:
    """Plan of a stack alone, unless a test of the run asks for all: together they take less than one by one.

    A figure that is changed in one stack may be refused by another, which then has no plan: what holds for
    one stack is asked of that one.
    """
    tests = (item for item in request.session.items if isinstance(item, pytest.Function))
    others = STACKS if any("plans" in test.fixturenames for test in tests) else ()
    return lambda name: recorded(name, *others)[name]


@pytest.fixture(scope="session")
def prod(plan_of: Callable[[str], Plan]) -> Plan:
    return plan_of("prod")


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, plan_of: Callable[[str], Plan]) -> Plan:
    """Each stack in turn."""
    return plan_of(request.param)
