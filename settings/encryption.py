"""Checks of keys against the rest of a stack."""

from collections.abc import Iterator

from components.problems import Problem
from components.section import check
from settings.stack import Settings


@check
def keys_have_one_replica_per_region(settings: Settings) -> Iterator[Problem]:
    """KMS refuses a replica in the key's own region, and a second one in another."""
    if settings.replica_region == settings.region:
        yield Problem(
            key="mpac:replicaRegion",
            value=settings.replica_region,
            rule="is the region of the stack itself",
            remedy="choose another region, or leave it out for no replicas",
        )
    taken = {settings.region: "mpac:region", settings.replica_region: "mpac:replicaRegion"}
    for index, region in enumerate(settings.encryption.log_replica_regions):
        if region is not None and region in taken:
            yield Problem(
                key=f"mpac:encryption.logReplicaRegions[{index}]",
                value=region,
                rule=f"has the logs key already, by {taken[region]}",
                remedy="leave it out here",
            )
