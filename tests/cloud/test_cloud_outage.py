"""While Tokyo is away, Osaka is updated by the command that the README names."""

import subprocess
import sys
from collections import Counter

import pytest

from local import cloud
from tests.cloud.conftest import RUN, Aws

WITHOUT_TOKYO = ["--exclude", "**mpac:network:VpcPeering**"]


@pytest.fixture
def server(aws: Aws) -> cloud.LocalAws:
    del aws  # its skip has the reason
    running = cloud.running(RUN)
    assert running
    return running


def calls(server: cloud.LocalAws) -> Counter[str]:
    """Calls of services that lie in a region, by region."""
    counted: Counter[str] = Counter()
    for entry in server.control("GET", "/calls"):
        if entry["service"] not in ("iam", "sts"):
            counted[entry["region"]] += entry["count"]
    return counted


@pytest.mark.parametrize(("options", "tokyo"), [(WITHOUT_TOKYO, False), ([], True)], ids=["outage", "all"])
def test_only_the_peering_calls_tokyo(server: cloud.LocalAws, options: list[str], *, tokyo: bool) -> None:
    before = calls(server)
    preview = ["preview", "--stack", "dr", "--refresh", "--non-interactive", "--color=never", *options]
    result = subprocess.run(
        [sys.executable, "-m", "local", "pulumi", *preview],
        cwd=RUN.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    made = calls(server) - before
    assert made["ap-northeast-3"] > 100
    assert (made["ap-northeast-1"] > 0) is tokyo
