"""Where `make programs` puts them: beside what is compiled."""

from pathlib import Path

from local.toolchain.cache import root


def place() -> Path:
    """The directory."""
    return root() / "programs"


if __name__ == "__main__":
    print(place())  # noqa: T201  read by make
