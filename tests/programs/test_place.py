"""Which programs tests run: Debian's that were fetched, or installed ones that fit, and no others."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import place

ROOT = Path(__file__).parents[2]


def stub(directory: Path, name: str, says: str) -> str:
    """A program that says its version."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only directory on PATH; what was found before is forgotten, and what is found here afterwards."""
    caches = (place.fetched, place.installed, place.links)
    for each in caches:
        each.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    yield tmp_path / "bin"
    for each in caches:
        each.cache_clear()


@pytest.fixture
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPAC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(place, "FETCH", tmp_path / "fetch")
    (tmp_path / "fetch").write_text("echo 'no apt-get' >&2; exit 1\n")


@pytest.mark.usefixtures("nothing_fetched")
class TestInstalled:
    def test_a_program_of_the_version_serves(self, bin_: Path) -> None:
        path = stub(bin_, "psql", "psql (PostgreSQL) 17.6 (Debian 17.6-0+deb13u1)")
        assert place.find("psql") == path

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("psql", "psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            ("psql", "psql (PostgreSQL) 18.17.1"),
            ("pgbouncer", "PgBouncer 1.16.1"),
            ("promtool", "promtool, version 3.8.0"),
            ("valkey-server", "Redis server v=8.1.0"),
            ("openssl", "LibreSSL 3.3.6"),
            ("aws", ""),
        ],
    )
    def test_a_program_of_another_version_is_not_that_program(self, bin_: Path, name: str, says: str) -> None:
        stub(bin_, name, says)
        with pytest.raises(pytest.skip.Exception, match=r"^not to be had here: "):
            place.find(name)

    def test_the_reason_is_that_of_the_fetch(self, bin_: Path) -> None:
        with pytest.raises(pytest.skip.Exception, match=r"\(no apt-get\)$"):
            place.find("psql")
        assert not bin_.exists()


class TestFetched:
    @pytest.fixture
    def fetched(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        directory = tmp_path / "debian"
        (directory / "bin").mkdir(parents=True)
        monkeypatch.setattr(place, "artefact", lambda *_: directory)
        (directory / "complete").touch()
        return directory / "bin"

    def test_comes_before_what_is_installed(self, bin_: Path, fetched: Path) -> None:
        stub(bin_, "psql", "psql (PostgreSQL) 17.6")
        stub(fetched, "psql", "psql (PostgreSQL) 17.12")
        assert place.find("psql") == str(fetched / "psql")

    def test_scripts_see_what_they_are_given_and_nothing_else(self, bin_: Path, fetched: Path) -> None:
        stub(bin_, "psql", "psql (PostgreSQL) 15.18")
        stub(bin_, "surprise", "")
        stub(fetched, "psql", "psql (PostgreSQL) 17.12")
        script = "psql; command -v surprise || echo none"
        ran = subprocess.run(
            ["/bin/sh", "-c", script],
            env={"PATH": place.path("psql")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout == "psql (PostgreSQL) 17.12\nnone\n"


def test_where_nothing_can_be_had_it_is_said_once_and_counted_and_the_run_passes(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "tests/programs/test_valkey.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=environment | {"PATH": str(tmp_path), "MPAC_CACHE": str(tmp_path), "MPAC_NO_SKIPS": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (said,) = (line for line in ran.stdout.splitlines() if line.startswith("SKIPPED"))
    assert re.fullmatch(r"SKIPPED \[3\d\] tests/programs: not to be had here: .* \(no apt-get\)", said)
