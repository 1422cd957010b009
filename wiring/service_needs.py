"""What each application service needs of AWS beside its image: a table, from which its task role follows."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.compute import Permission
from components.storage import BucketKind

READ = ("s3:GetObject",)
WRITE = ("s3:GetObject", "s3:PutObject")

# Portal publishes packages for terminals, shows documents and makes exports; smarttab files receipts, the
# payment gateway settlements. None deletes: that is what lifecycles are for.
BUCKETS: Mapping[str, Mapping[BucketKind, tuple[str, ...]]] = {
    "portal": {"app-apk": WRITE, "receipts": READ, "settlements": READ, "exports": WRITE},
    "smarttab": {"receipts": WRITE},
    "pgw": {"settlements": WRITE},
    "frontend": {},
}
# What publishes a metric of its own, which its scaling tracks: the namespace.
METRICS: Mapping[str, str] = {"smarttab": "MPAC/WebSocket"}
# What connects to the database and to the cache.
STATEFUL = frozenset({"portal", "smarttab", "pgw"})


@dataclass(frozen=True, kw_only=True)
class BucketReference:
    """A bucket for those who use it.

    Attributes:
        name: Its name.
        arn: Its ARN.
    """

    name: pulumi.Input[str]
    arn: pulumi.Input[str]


def permissions(service: str, buckets: Mapping[BucketKind, BucketReference]) -> list[Permission]:
    """List what a service may do."""
    documents = [
        Permission(
            sid=("Write" if actions == WRITE else "Read") + kind.title().replace("-", ""),
            actions=actions,
            resources=[pulumi.Output.concat(buckets[kind].arn, "/*")],
        )
        for kind, actions in BUCKETS[service].items()
    ]
    if service not in METRICS:
        return documents
    metrics = Permission(
        sid="PublishMetrics",
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],  # PutMetricData knows no resources
        conditions={"StringEquals": {"cloudwatch:namespace": METRICS[service]}},
    )
    return [*documents, metrics]


def environment_of_buckets(
    service: str, buckets: Mapping[BucketKind, BucketReference]
) -> dict[str, pulumi.Input[str]]:
    """Name the buckets that a service uses: `BUCKET_APP_APK` and so on."""
    return {f"BUCKET_{kind.upper().replace('-', '_')}": buckets[kind].name for kind in BUCKETS[service]}
