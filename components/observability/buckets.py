"""Buckets of the observability services."""

import pulumi

from ..storage.bucket import PrivateBucket, PrivateBucketArgs
from ..storage.lifecycle import Rule
from ..storage.names import bucket_name
from .args import ObsStackArgs

# What Loki and Tempo have not deleted by then they have forgotten.
BACKSTOP_DAYS = 7
ABORT_UPLOADS_AFTER_DAYS = 1


def obs_bucket(
    name: str, kind: str, args: ObsStackArgs, *, days: int | None = None, opts: pulumi.ResourceOptions
) -> PrivateBucket:
    """Make a bucket `<prefix>-<kind>-<environment>`; with `days`, whatever is some days older is deleted."""
    return PrivateBucket(
        name,
        PrivateBucketArgs(
            bucket=bucket_name(args.context, kind, suffix=args.name_suffix),
            versioned=False,
            lifecycle=[
                Rule(
                    id="expire",
                    expire_after_days=days + BACKSTOP_DAYS if days else None,
                    abort_uploads_after_days=ABORT_UPLOADS_AFTER_DAYS,
                )
            ],
            protect=args.context.protect,
        ),
        opts,
    )
