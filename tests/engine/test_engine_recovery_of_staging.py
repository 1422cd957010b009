"""What the checked-in program creates in staging can be found again after a kill, each kind of it."""

import shutil
from collections.abc import Callable

import pytest

from tests.engine.checkouts import REPOSITORY, Checkout, discard_all

pytestmark = pytest.mark.engine

PROGRAM = f"import runpy; runpy.run_path({str(REPOSITORY / '__main__.py')!r}, run_name='__main__')"


@pytest.fixture(scope="module")
def staging(make_checkout: Callable[[], Checkout]) -> Checkout:
    """The real program and its settings, on a local AWS of their own."""
    checkout = make_checkout()
    checkout.write(PROGRAM)
    for file in ("Pulumi.yaml", "Pulumi.staging.yaml"):
        shutil.copy(REPOSITORY / file, checkout.directory)
    checkout.up()
    return checkout


def test_what_each_kind_has_created_is_found_by_its_inputs_alone(staging: Checkout) -> None:
    created, found = discard_all(staging)
    assert found == created
    assert not staging.kept()
