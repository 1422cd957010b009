"""What the checked-in program creates in staging can be found again after a kill, each kind of it."""

from collections.abc import Callable

import pytest

from tests.engine.checkouts import REPOSITORY, Checkout, discard_all

pytestmark = pytest.mark.engine

PROGRAM = ("__main__.py", "components", "settings", "wiring", "Pulumi.yaml", "Pulumi.staging.yaml")


@pytest.fixture(scope="module")
def staging(make_checkout: Callable[[], Checkout]) -> Checkout:
    """The real program and its settings, on a local AWS of their own."""
    checkout = make_checkout()
    for name in PROGRAM:
        (checkout.directory / name).unlink(missing_ok=True)
        (checkout.directory / name).symlink_to(REPOSITORY / name)
    checkout.up()
    return checkout


def test_what_each_kind_has_created_is_found_by_its_inputs_alone(staging: Checkout) -> None:
    created, found = discard_all(staging)
    assert len(created) > 50
    assert found == created
