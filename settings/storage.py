"""Checks of buckets against the rest of a stack."""

from collections.abc import Iterator

from components.problems import Problem
from components.section import check
from settings.stack import Settings

# General purpose buckets have names of 3 to 63 characters.
BUCKET_NAME_LENGTH = 63


@check
def bucket_names_fit(settings: Settings) -> Iterator[Problem]:
    """The replica of the longest kind has the longest name of all buckets."""
    parts = (
        "mpac-static-assets",
        settings.environment,
        settings.replica_region,
        settings.storage.name_suffix,
    )
    name = "-".join(part for part in parts if part)
    excess = len(name) - BUCKET_NAME_LENGTH
    if excess > 0:
        yield Problem(
            key="mpac:storage.nameSuffix",
            value=settings.storage.name_suffix,
            rule=f"makes {name} longer than the {BUCKET_NAME_LENGTH} characters of a bucket's name",
            remedy=f"shorten it by {excess}",
        )
