"""Checks of a stack that stands by for another."""

from collections.abc import Iterator

from pydantic.alias_generators import to_camel

from components.problems import Problem
from components.section import check
from settings.stack import Settings


@check
def primary_is_another_stack(settings: Settings) -> Iterator[Problem]:
    """A stack that waits for its own contract never starts."""
    primary = settings.primary_stack
    if primary and primary.stack.endswith(f"/mpac/{settings.environment}"):
        yield Problem(
            key="mpac:primaryStack.stack",
            value=primary.stack,
            rule="is this stack itself",
            remedy="name the stack that this one stands by for, or leave mpac:primaryStack out",
        )


@check
def a_standby_has_no_replicas(settings: Settings) -> Iterator[Problem]:
    """Its keys and buckets are its primary stack's replicas, and those are not replicated on."""
    if settings.primary_stack and settings.replica_region:
        yield Problem(
            key="mpac:replicaRegion",
            value=settings.replica_region,
            rule="does not go with mpac:primaryStack: a standby uses the replicas of that stack and makes "
            "none",
            remedy="leave one of the two out",
        )


# Settings of keys and buckets that a standby does not own, by section.
OF_ITS_PRIMARY = {
    "encryption": ("log_replica_regions",),
    "storage": ("object_lock_mode", "receipts", "settlements", "apk", "static_assets"),
}


@check
def a_standby_leaves_to_its_primary_what_that_owns(settings: Settings) -> Iterator[Problem]:
    """Such a setting would be taken and have no effect; somebody might rely on a lock that is not there."""
    if not settings.primary_stack:
        return
    for section, names in OF_ITS_PRIMARY.items():
        given = getattr(settings, section)
        for name in names:
            if name in given.model_fields_set:
                yield Problem(
                    key=f"mpac:{section}.{to_camel(name)}",
                    rule="has no effect here: a standby uses what the primary stack owns",
                    remedy=f"set it in the stack file of {settings.primary_stack.stack.rpartition('/')[2]}",
                )
