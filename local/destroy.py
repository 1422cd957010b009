"""Destroying a stack, and what the local AWS holds of it afterwards."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from local.cloud import LocalAws
from local.deploy import end_leftovers, recover, run_engine
from local.engine import Engine
from local.opening import deployed_aws, open_engine
from local.progress import Display, Progress
from local.run_directory import STACKS, LocalCloudError, RunDirectory


def destroy(run: RunDirectory, stack: str, console: Console) -> None:
    """Destroy a stack through the engine and tell what is left of it in the local AWS.

    Args:
        run: Run directory of the checkout, locked by the caller.
        stack: Name of the stack.
        console: Where to show what happens.

    Raises:
        LocalCloudError: It is not deployed, protected, read by another deployed stack, or something stayed.
    """
    end_leftovers(run, console)
    server = deployed_aws(run)
    engine = open_engine(run, server)
    recover(engine, server, console)
    resources = _resources(engine, stack)
    _refuse_protected(stack, resources)
    _refuse_read(engine, stack)

    progress = Progress(stack, expected=len(resources))
    with engine.cancelling(), Display(console, [progress]):
        run_engine(engine, "destroy", progress)
    if progress.errors:
        errors = "\n".join(progress.errors)
        raise LocalCloudError(f"{errors}\nDestroying {stack} failed; run it again to go on.")
    console.print(f"Destroyed {progress.done} resources of {stack} in {progress.elapsed:.0f} s.")
    _report_left(server, stack, resources, console)


def _resources(engine: Engine, stack: str) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = engine.deployments().get(stack, {}).get("resources") or []
    if not resources:
        raise LocalCloudError(f"Nothing of {stack} is deployed. `make up` deploys it.")
    return resources


def _refuse_protected(stack: str, resources: Iterable[dict[str, Any]]) -> None:
    protected = [resource["urn"].rpartition("$")[2] for resource in resources if resource.get("protect")]
    if protected:
        raise LocalCloudError(
            f"{stack} is protected, so nothing of it was destroyed. Losing one of these would lose data:\n  "
            + "\n  ".join(protected)
            + f"\nTo destroy it all the same, set mpac:protect to false in Pulumi.{stack}.yaml, run "
            "`make up`, then this again. `make down` removes the whole local cloud at once."
        )


def _refuse_read(engine: Engine, stack: str) -> None:
    deployed = {name for name, each in engine.deployments().items() if each.get("resources")}
    if readers := [name for name, upstream in STACKS.items() if upstream == stack and name in deployed]:
        raise LocalCloudError(
            f"{' and '.join(readers)} reads what {stack} exports; destroy {' and '.join(readers)} first."
        )


def _report_left(server: LocalAws, stack: str, resources: Iterable[dict[str, Any]], console: Console) -> None:
    """Compare with what the local AWS holds.

    Raises:
        LocalCloudError: More is left than keys that are pending deletion and revisions of task definitions.
    """
    # An entry's id has the keys of the collections that it lies in; a name loses its slash in front there.
    ids = {resource["id"].strip("/") for resource in resources if resource.get("id")}
    left = [entry for entry in server.inventory() if ids & {entry["id"], *entry["id"].split("/")}]
    keys = [entry for entry in left if entry.get("state") == "PendingDeletion"]
    revisions = [entry for entry in left if entry["kind"] == "TaskDefinition"]
    expected = [*keys, *revisions]
    others = ["{service} {kind} {id} in {region}".format(**entry) for entry in left if entry not in expected]
    if others:
        raise LocalCloudError(f"The local AWS still holds of {stack}:\n  " + "\n  ".join(others))
    console.print(
        f"The local AWS holds nothing of {stack} any more, except {len(keys)} keys that AWS deletes at the "
        f"end of their waiting period, and {len(revisions)} revisions of task definitions, which are kept. "
        "`make up` deploys it again."
    )
