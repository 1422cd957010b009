"""Show whether ECS runs what was released last: `python -m operations.verify --stack STACK`.

An update that waited for a deployment has seen it go well. This looks from the other side, at what runs now:
a deployment that an alarm took back afterwards, and an update without a refresh that had nothing to do
because the state already said what ECS had refused (docs/releases.md).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import click

# The most that DescribeServices takes.
BATCH = 10


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a service runs and what was released for it.

    Attributes:
        service: Name of the service.
        running: Revision that its tasks are started from, `family:revision`.
        released: The newest revision of that family.
        state: `COMPLETED`, `IN_PROGRESS` or `FAILED`, of its last deployment.
        reason: Why the last deployment did not go well; empty if it did.
    """

    service: str
    running: str
    released: str
    state: str
    reason: str

    @property
    def is_current(self) -> bool:
        """Whether all its tasks are of the newest revision."""
        return self.running == self.released and self.state == "COMPLETED"

    def __str__(self) -> str:
        problem = f"{self.service} runs {self.running}, released is {self.released}, deployment {self.state}"
        return f"{problem}: {self.reason}" if self.reason else problem


@click.command()
@click.option("--stack", required=True, help="Name of the stack.")
def main(stack: str) -> None:
    """Compare what each service of STACK runs with the newest revision of its task definition.

    Ends with status 1 if one runs another, or is still being deployed.
    """
    cluster = _outputs(stack)["cluster"]
    region = cluster["arn"].split(":")[3]
    found = list(releases(boto3.client("ecs", region_name=region), cluster["arn"]))
    wrong = [each for each in found if not each.is_current]
    for each in wrong:
        click.echo(each, err=True)
    if wrong:
        click.echo(f"{len(wrong)} of {len(found)} services: docs/releases.md says what to do.", err=True)
        sys.exit(1)
    click.echo(f"All {len(found)} services of {stack} run what was released last.")


def releases(ecs: Any, cluster: str) -> Iterator[Release]:  # noqa: ANN401  boto3 has no types
    """Look at every service of a cluster, by name.

    Args:
        ecs: Client of ECS.
        cluster: ARN of the cluster.
    """
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    arns = sorted(arn for page in pages for arn in page["serviceArns"])
    for start in range(0, len(arns), BATCH):
        batch = arns[start : start + BATCH]
        for service in ecs.describe_services(cluster=cluster, services=batch)["services"]:
            yield _release(ecs, cluster, service)


def _release(ecs: Any, cluster: str, service: Mapping[str, Any]) -> Release:  # noqa: ANN401
    running = _name(service["taskDefinition"])
    # A family without a revision is its newest active one.
    newest = ecs.describe_task_definition(taskDefinition=running.partition(":")[0])["taskDefinition"]
    states: Sequence[str] = [each["rolloutState"] for each in service["deployments"]]
    deployments = ecs.list_service_deployments(cluster=cluster, service=service["serviceName"])
    last: Mapping[str, Any] = max(
        deployments["serviceDeployments"], key=lambda each: each["createdAt"], default={}
    )
    return Release(
        service=service["serviceName"],
        running=running,
        released=_name(newest["taskDefinitionArn"]),
        # A second deployment is one that the first has not yet replaced.
        state=states[0] if len(states) == 1 else "IN_PROGRESS",
        reason=last.get("statusReason", ""),
    )


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _outputs(stack: str) -> dict[str, Any]:
    result = subprocess.run(
        ["pulumi", "stack", "output", "--json", "--stack", stack],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise click.ClickException(result.stderr.strip())
    outputs: dict[str, Any] = json.loads(result.stdout)
    return outputs


if __name__ == "__main__":
    main()
