"""Deleting what an interrupted engine may have created in AWS without learning its id.

Before it creates a resource the engine notes a pending operation with all inputs, but the id is known only
when AWS has answered. So each kind says how its resource is found from its inputs: by a name that the program
gives, or by tags, which components keep unique in a stack. What is found is deleted and not adopted: nothing
can depend on it yet, and a creation of several calls may have stopped between any two of them, in ways that a
later comparison misses (a new security group lets everything out until the provider's second call).

Keys cannot be deleted at once by anyone: they are left to expire, after AWS's shortest time.
"""

from collections.abc import Sequence

from local.unfinished.finders import Clients, Overwritten, Resource, Target
from local.unfinished.kinds import KINDS, ONLY_IN_STATE

__all__ = ["KINDS", "ONLY_IN_STATE", "Clients", "Overwritten", "Resource", "Target", "discard"]


def discard(clients: Clients, target: Target, owned: Sequence[Resource]) -> list[str]:
    """Delete what an interrupted creation has left in AWS.

    Args:
        clients: Makes boto3 clients.
        target: What was to be created.
        owned: Resources of all states; they are never touched.

    Returns:
        Names or ids of what was deleted; empty when nothing had been created.

    Raises:
        LookupError: The kind is not in the table.
    """
    if target.kind.startswith(ONLY_IN_STATE):
        return []
    if target.kind not in KINDS:
        raise LookupError(
            f"Nothing in KINDS of {__name__} says how a {target.kind} is found after an interrupted "
            "creation. Add a line for it."
        )
    return KINDS[target.kind].discard(clients, target, owned)
