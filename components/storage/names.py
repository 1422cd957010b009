"""Names of buckets, which are known before the buckets are there."""

from ..context import Context
from .settings import REPLICATED, BucketKind, StorageSettings


def bucket_name(context: Context, kind: str, *, region: str | None = None, suffix: str = "") -> str:
    """Name a bucket: `mpac-receipts-prod`, or with a region its replica there.

    Names are unique among all AWS accounts; the suffix is for when one is taken.
    """
    return "-".join(part for part in (context.prefix, kind, context.environment, region, suffix) if part)


def bucket_names(context: Context, settings: StorageSettings, kind: BucketKind) -> dict[str, str]:
    """Name the bucket of a kind, and the replica that it has in the standby's region, by region."""
    names = {context.region: bucket_name(context, kind, suffix=settings.name_suffix)}
    if context.standby and kind in REPLICATED:
        region = context.standby.region
        names[region] = bucket_name(context, kind, region=region, suffix=settings.name_suffix)
    return names
