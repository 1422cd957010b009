"""Recovery after a run that was killed: state and local AWS agree again before the next update starts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from local import unfinished
from local.cloud import LocalAws
from local.engine import Engine, parse_event
from local.run_directory import LocalCloudError
from local.unfinished import Clients, Resource, Target

STACK_TYPE = "pulumi:pulumi:Stack"


def clients_of(server: LocalAws) -> Clients:
    """Return a maker of boto3 clients that talk to the local AWS."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
    config = Config(proxies={"https": server.proxy}, retries={"total_max_attempts": 1})

    def client(service: str, region: str) -> BaseClient:
        return session.client(service, region, verify=server.ca_bundle, config=config)

    return client


def recover(engine: Engine, server: LocalAws, stack: str, deployments: Mapping[str, Any]) -> list[str]:
    """Bring a stack into a state that an update can start from.

    Args:
        engine: The engine; none of its processes runs.
        server: The local AWS that the state describes.
        stack: Name of the stack.
        deployments: State of every stack, by name.

    Returns:
        What was done, one line each; empty when the last run ended by itself.

    Raises:
        LocalCloudError: The last run had begun to create a kind that recovery does not know, or the engine
            fails.
    """
    done = _unlock(engine, stack)
    operations: list[dict[str, Any]] = deployments[stack].get("pending_operations") or []
    owned = [resource for each in deployments.values() for resource in each.get("resources") or []]
    creations = [operation["resource"] for operation in operations if operation["type"] == "creating"]
    creations += _cancelled_creations(engine, stack)
    clients = clients_of(server)
    for resource in creations:
        try:
            found = unfinished.discard(clients, target_of(resource, owned), owned)
        except LookupError as error:
            raise LocalCloudError(str(error)) from None
        done += [f"deleted {id_} ({resource['type']}), which it had begun to create" for id_ in found]
    if operations:
        changing = {op["resource"]["urn"] for op in operations if op["type"] != "creating"}
        _refresh(engine, stack, changing, deployments[stack].get("resources") or [])
        done += [f"looked up {op['resource']['urn']}, interrupted while {op['type']}" for op in operations]
    engine.run.event_log(stack).unlink(missing_ok=True)
    return done


def _unlock(engine: Engine, stack: str) -> list[str]:
    # Nobody runs an engine here but the holder of the checkout's lock, so a lock of the engine is stale.
    locks = list((engine.run.state / ".pulumi" / "locks").rglob(f"{stack}/*"))
    if locks:
        engine.ask("cancel", "--stack", stack, "--yes")
    return [f"released the lock on {stack}" for _ in locks]


def _cancelled_creations(engine: Engine, stack: str) -> Iterator[Resource]:
    """Find creations that a cancelled run gave up: their provider did not wait for the answer of AWS."""
    log = engine.run.event_log(stack)
    events = [parse_event(line) for line in log.read_text().splitlines()] if log.exists() else []
    cancelled = {
        event["diagnosticEvent"].get("urn")
        for event in events
        if "diagnosticEvent" in event and "canceled" in event["diagnosticEvent"].get("message", "")
    }
    for event in events:
        new = event.get("resOpFailedEvent", {}).get("metadata", {}).get("new")
        if new and new["urn"] in cancelled and not new["id"]:
            yield new


def target_of(resource: Resource, owned: Sequence[Resource]) -> Target:
    """Return what was to be created and where; the resource's provider must be among the owned ones."""
    inputs = resource.get("inputs", {})
    reference = resource.get("provider", "").rpartition("::")[0]
    provider: Mapping[str, str] = next(
        (other.get("inputs", {}) for other in owned if other["urn"] == reference), {}
    )
    defaults = json.loads(provider.get("defaultTags", "{}")).get("tags", {})
    return Target(
        kind=resource["type"],
        inputs=inputs,
        tags=defaults | inputs.get("tags", {}),
        region=inputs.get("region") or provider.get("region", ""),
    )


def _refresh(engine: Engine, stack: str, changing: set[str], resources: list[Resource]) -> None:
    """Compare the resources that were being changed with AWS, and clear the list of pending operations."""
    # Without a target the engine would look up everything; the stack itself needs no look.
    looked_up = [each["urn"] for each in resources if each["urn"] in changing or each["type"] == STACK_TYPE]
    options = [option for urn in looked_up for option in ("--target", urn)]
    if engine.change("refresh", stack, lambda _: None, "--clear-pending-creates", *options):
        raise LocalCloudError(
            f"The state of {stack} could not be compared with the local AWS; see "
            f"{engine.run.event_log(stack)}. `make down`, then `make up`, starts over."
        )
