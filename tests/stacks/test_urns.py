"""A resource that loses its URN is deleted from AWS. The accepted URNs lie beside this file, in `urns`."""

from pathlib import Path

import pytest

from operations.plan import Plan

REMEDIES = """
A resource that got another name, type or parent needs its former URN as an alias
(pulumi.ResourceOptions(aliases=[...])): without it AWS loses the resource and gets a new, empty one.
Once all of this is meant, accept it: make plan-accept"""


def test_resources_keep_their_urns(stack: Plan) -> None:
    accepted = set((Path(__file__).parent / "urns" / f"{stack.stack}.txt").read_text().split())
    planned = {resource.urn for resource in stack.resources}
    renamed = {alias: resource.urn for resource in stack.resources for alias in resource.aliases}
    lost = accepted - planned
    changes = [
        *(f"  deleted: {urn}" for urn in sorted(lost - renamed.keys())),
        *(f"  renamed: {urn}\n       to: {renamed[urn]}" for urn in sorted(lost & renamed.keys())),
        *(f"  created: {urn}" for urn in sorted(planned - accepted - {renamed.get(urn) for urn in lost})),
    ]

    if changes:
        pytest.fail("\n".join([f"Stack {stack.stack} changes:", *changes, REMEDIES]), pytrace=False)
