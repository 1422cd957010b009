"""The checked-in program in staging: deployed first as the document says, then found again after a kill."""

import io
import json
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from local.opening import open_engine, started_aws
from local.recovery import clients_of
from tests.engine.checkouts import REPOSITORY, Checkout, discard_all

pytestmark = pytest.mark.engine

PROGRAM = ("__main__.py", "components", "program", "settings", "Pulumi.yaml", "Pulumi.staging.yaml")
TOKYO, VIRGINIA = "ap-northeast-1", "us-east-1"
DOMAIN = "mpac-cloud-stg.com"


def commands() -> list[str]:
    """The steps of docs/first-deployment.md that are commands, for staging and without questions."""
    document = (REPOSITORY / "docs" / "first-deployment.md").read_text()
    steps = re.findall(r"```\n(.*?)```", document, re.DOTALL)
    unasked = "pulumi up --yes --skip-preview --parallel 40"
    return [step.replace("prod", "staging").replace("pulumi up", unasked) for step in steps]


@pytest.fixture(scope="module")
def staging(make_checkout: Callable[[], Checkout]) -> Checkout:
    """The real program and its settings, on a local AWS of their own whose registrar waits to be told."""
    checkout = make_checkout()
    for name in PROGRAM:
        (checkout.directory / name).unlink(missing_ok=True)
        (checkout.directory / name).symlink_to(REPOSITORY / name)
    with checkout.run.lock():
        server = started_aws(checkout.run, Console(file=io.StringIO()))
        open_engine(checkout.run, server).ask("stack", "init", "staging", "--no-select")
    return checkout


class Steps:
    """Takes the steps of the document in its shell."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        self._steps = iter(commands())
        self.client = clients_of(checkout.server)
        programs = checkout.directory / "programs"
        programs.mkdir()
        program = programs / "aws"
        program.write_text(f'#!/bin/sh\nexec "{checkout.directory}/.venv/bin/python" -m tests.aws_cli "$@"\n')
        program.chmod(0o755)
        self._programs = programs

    def take(self) -> str:
        """Run the next one; return what it printed."""
        script = 'eval "$("$1" -m local env)"; PATH="$PROGRAMS:$PATH"\n' + next(self._steps)
        shell = self._checkout.shell(script, PROGRAMS=str(self._programs))
        assert shell.returncode == 0, shell.stdout + shell.stderr
        return shell.stdout

    def certificates(self) -> dict[str, str]:
        """Status of each certificate, by region."""
        found = {}
        for region in (TOKYO, VIRGINIA):
            acm = self.client("acm", region)
            for each in acm.list_certificates()["CertificateSummaryList"]:
                read = acm.describe_certificate(CertificateArn=each["CertificateArn"])["Certificate"]
                found[region] = read["Status"]
        return found

    def services(self) -> int:
        """How many services run."""
        ecs = self.client("ecs", TOKYO)
        clusters = ecs.list_clusters()["clusterArns"]
        return sum(len(ecs.list_services(cluster=each, maxResults=100)["serviceArns"]) for each in clusters)


def test_the_first_deployment_goes_as_the_document_says(staging: Checkout) -> None:
    steps = Steps(staging)
    printed = steps.take()
    zones = [
        each
        for each in steps.client("route53", VIRGINIA).list_hosted_zones()["HostedZones"]
        if each["Name"] == f"{DOMAIN}."
    ]
    assert len(zones) == 1
    output = json.loads(printed.splitlines()[-1])
    assert output["name"] == DOMAIN
    assert len(output["nameServers"]) == 4
    assert {kind for service, _, kind in staging.kept() if service == "acm"} == set()

    staging.server.control("POST", f"/domains/delegate/{zones[0]['Id'].rpartition('/')[2]}")
    steps.take()
    assert steps.certificates() == {TOKYO: "ISSUED", VIRGINIA: "ISSUED"}
    assert steps.services() == 0

    answer = json.loads(steps.take())
    assert answer["failures"] == []
    assert answer["tasks"][0]["taskDefinitionArn"].endswith(":task-definition/mpac-staging-database-setup:1")

    # It ends by itself in AWS; here nothing runs that could end.
    task = answer["tasks"][0]
    steps.client("ecs", TOKYO).stop_task(cluster=task["clusterArn"], task=task["taskArn"])

    steps.take()
    assert steps.services() == 9
    check = staging.shell(
        'eval "$("$1" -m local env)"; pulumi preview --stack staging --expect-no-changes --non-interactive'
    )
    assert check.returncode == 0, check.stdout


def test_what_each_kind_has_created_is_found_by_its_inputs_alone(staging: Checkout) -> None:
    created, found = discard_all(staging)
    assert len(created) > 50
    assert found == created
