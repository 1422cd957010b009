"""An outage of Tokyo on the deployed stacks: from the check through the latch to a failback by hand."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local import cloud
from tests.cloud.conftest import RUN, Aws, Client
from tests.programs.place import find

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
NAMES = ("portal.mpac-cloud.com", "api.mpac-cloud.com")


class Route53:
    """What Route 53 answers, and the switches that let endpoints be away."""

    def __init__(self, server: cloud.LocalAws) -> None:
        self._server = server

    def answers(self) -> set[str]:
        """The halves that answer for all names."""
        return {self._server.control("GET", f"/resolve/{name}")["answer"] for name in NAMES}

    def outage(self, endpoint: str, seconds: int) -> list[str]:
        noticed: list[str] = self._server.control("POST", f"/endpoints/outage/{endpoint}/{seconds}")[
            "noticedBy"
        ]
        return noticed

    def down(self, endpoint: str) -> None:
        self._switch("down", endpoint)

    def up(self, endpoint: str) -> None:
        self._switch("up", endpoint)

    def _switch(self, to: str, endpoint: str) -> None:
        self._server.control("POST", f"/endpoints/{to}/{endpoint}")
        self.settle()

    def settle(self) -> None:
        """Wait for the latch's function."""
        self._server.control("POST", "/functions/finish")


@pytest.fixture
def clearing_command() -> list[str]:
    """As the decision tells operators."""
    (adr,) = (RUN.checkout / "docs" / "adr").glob("0025-*.md")
    (line,) = (each for each in adr.read_text().splitlines() if each.startswith("    aws cloudwatch "))
    return shlex.split(line)


@pytest.fixture
def clear(aws: Aws, clearing_command: list[str]) -> Callable[[], None]:
    """Clears the latch with the call that the documented command makes."""

    def put() -> None:
        options = dict(zip(clearing_command[3::2], clearing_command[4::2], strict=True))
        name, value = options["--dimensions"].split("=")
        aws("cloudwatch", options["--region"]).put_metric_data(
            Namespace=options["--namespace"],
            MetricData=[
                {
                    "MetricName": options["--metric-name"],
                    "Dimensions": [{"Name": name, "Value": value}],
                    "Value": float(options["--value"]),
                }
            ],
        )

    return put


@pytest.fixture
def route53(aws: Aws, outputs: Callable[[str], Any], clear: Callable[[], None]) -> Iterator[Route53]:
    """Route 53 while all is well, as it is afterwards too."""
    del aws  # its skip has the reason
    outputs("dr")
    server = cloud.running(RUN)
    assert server
    route53 = Route53(server)
    assert route53.answers() == {"primary-tokyo"}
    try:
        yield route53
    finally:
        for city in ("tokyo", "osaka"):
            for label in ("portal", "api"):
                route53.up(f"{label}-{city}.mpac-cloud.com")
        clear()
    assert route53.answers() == {"primary-tokyo"}


def test_an_outage_of_29_seconds_moves_nobody(route53: Route53) -> None:
    assert route53.outage("portal-tokyo.mpac-cloud.com", 29) == []
    assert route53.answers() == {"primary-tokyo"}


@pytest.mark.parametrize("endpoint", ["portal-tokyo.mpac-cloud.com", "api-tokyo.mpac-cloud.com"])
def test_after_an_outage_of_45_seconds_all_names_stay_in_osaka(route53: Route53, endpoint: str) -> None:
    assert len(route53.outage(endpoint, 45)) == 1
    assert route53.answers() == {"secondary-osaka"}


def test_tokyo_gets_well_again_and_only_a_person_leads_back(
    route53: Route53, clear: Callable[[], None]
) -> None:
    route53.down("portal-tokyo.mpac-cloud.com")
    assert route53.answers() == {"secondary-osaka"}
    route53.up("portal-tokyo.mpac-cloud.com")
    assert route53.answers() == {"secondary-osaka"}
    clear()
    assert route53.answers() == {"primary-tokyo"}


def test_the_documented_command_leads_back(route53: Route53, clearing_command: list[str]) -> None:
    find("aws")  # without it, the other tests clear with the same call
    route53.outage("portal-tokyo.mpac-cloud.com", 45)
    assert route53.answers() == {"secondary-osaka"}
    # What an operator types in a shell of `make env`.
    script = f'eval "$({shlex.quote(sys.executable)} -m local env)" && {shlex.join(clearing_command)}'
    result = subprocess.run(
        ["bash", "-c", script], cwd=RUN.checkout, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert route53.answers() == {"primary-tokyo"}


def test_cleared_too_early_the_latch_holds_nobody_back(route53: Route53, clear: Callable[[], None]) -> None:
    for label in ("portal", "api"):
        route53.down(f"{label}-tokyo.mpac-cloud.com")
    clear()
    assert route53.answers() == {"secondary-osaka"}
    for label in ("portal", "api"):
        route53.up(f"{label}-tokyo.mpac-cloud.com")
    assert route53.answers() == {"primary-tokyo"}


def test_the_same_command_with_one_fails_over_by_hand(route53: Route53, aws: Aws) -> None:
    dimensions = [{"Name": "Latch", "Value": "mpac-prod-latch"}]
    data = {"MetricName": "Latched", "Dimensions": dimensions, "Value": 1}
    aws("cloudwatch", OSAKA).put_metric_data(Namespace="MPAC/Failover", MetricData=[data])
    assert route53.answers() == {"secondary-osaka"}


def test_with_both_regions_away_tokyo_answers(route53: Route53) -> None:
    for city in ("tokyo", "osaka"):
        for label in ("portal", "api"):
            route53.down(f"{label}-{city}.mpac-cloud.com")
    assert route53.answers() == {"primary-tokyo"}


def test_an_outage_of_osaka_moves_nobody(route53: Route53) -> None:
    route53.down("portal-osaka.mpac-cloud.com")
    assert route53.answers() == {"primary-tokyo"}
    route53.up("portal-osaka.mpac-cloud.com")
    assert route53.answers() == {"primary-tokyo"}


SERVICES = ("portal", "smarttab", "pgw")
"""One without a target makes Route 53 lead away from the load balancer."""


@pytest.fixture
def no_targets(aws: Aws) -> Iterator[Callable[[str, str], None]]:
    """``no_targets(service, state)`` sets the state of the alarm on a service without targets."""
    tokyo = aws("cloudwatch", TOKYO)

    def change(service: str, state: str) -> None:
        _set_state(tokyo, f"mpac-prod-alb-{service}-no-targets", state)

    yield change
    for service in SERVICES:
        change(service, "OK")


def _set_state(cloudwatch: Client, alarm: str, state: str) -> None:
    assert cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_targets_sets_the_latch_too(
    route53: Route53, no_targets: Callable[[str, str], None], service: str
) -> None:
    no_targets(service, "ALARM")
    no_targets(service, "OK")
    route53.settle()
    assert route53.answers() == {"secondary-osaka"}


def test_an_alarm_that_has_never_been_well_does_not_set_it(
    route53: Route53, no_targets: Callable[[str, str], None]
) -> None:
    """Such as a new one, while the first tasks start."""
    no_targets("portal", "INSUFFICIENT_DATA")
    no_targets("portal", "ALARM")
    route53.settle()
    assert route53.answers() == {"primary-tokyo"}
