"""The programs in `examples/`, deployed by the real engine and provider, as somebody else's projects."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.checkouts import PROJECT, REPOSITORY, Checkout

pytestmark = pytest.mark.engine

EXAMPLES = REPOSITORY / "examples"
CONFIG = {"mpac:account": "123456789012", "aws:region": "ap-northeast-1"}


def deployed(checkout: Checkout, example: str) -> Checkout:
    checkout.write((EXAMPLES / example / "__main__.py").read_text(), staging=CONFIG)
    # They have no provider of their own.
    project = "".join(line for line in PROJECT.splitlines(keepends=True) if "default-providers" not in line)
    (checkout.directory / "Pulumi.yaml").write_text(project.replace("config:\n", ""))
    # What `pip install .` brings (tests/test_distribution.py).
    installed = Path(checkout.directory, "mpac_infrastructure")
    installed.symlink_to(REPOSITORY / "components")
    checkout.up()
    return checkout


@pytest.mark.parametrize(
    ("example", "least"),
    [
        ("small", 60),
        # Two databases take minutes.
        pytest.param("pair", 160, marks=pytest.mark.nightly),
    ],
)
def test_an_example_is_deployed_and_then_has_nothing_to_change(
    make_checkout: Callable[[], Checkout], example: str, least: int
) -> None:
    checkout = deployed(make_checkout(), example)
    assert len(checkout.resources()) >= least
    assert "Nothing to change" in checkout.up()
