"""Small projects, each with its own local AWS, run by the real engine and the real provider."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import cloud, leftovers
from local.toolchain import cached
from tests.engine.checkouts import PROJECT, Checkout

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="session")
def make_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Checkout]]:
    if cached() is None:
        pytest.skip("engine not built: run `make up`")
    made: list[Checkout] = []

    def make() -> Checkout:
        # Spaces and quotes in the path: whatever passes it on must quote it.
        directory = tmp_path_factory.mktemp("check out's")
        (directory / "Pulumi.yaml").write_text(PROJECT)
        (directory / ".venv").symlink_to(sys.prefix)
        made.append(Checkout(directory))
        return made[-1]

    yield make
    for checkout in made:
        leftovers.end(checkout.run)
        cloud.stop(checkout.run)


@pytest.fixture(scope="module")
def checkout(make_checkout: Callable[[], Checkout]) -> Checkout:
    """A project for the tests of a file, each of which writes its own program."""
    return make_checkout()


@pytest.fixture(scope="session")
def every_kind() -> str:
    """A program with all kinds whose creation AWS answers with something that would be lost."""
    return (PROGRAMS / "every_kind.py").read_text()
