"""The platform's buckets, with their replicas in another region."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..iam import Document
from ..section import verify
from .bucket import PrivateBucket, PrivateBucketArgs
from .kinds import DISTRIBUTED, BucketSpec, bucket_specs, expiring_bucket
from .names import bucket_name, bucket_names
from .policies import (
    access_log_delivery,
    distribution_access,
    distribution_log_delivery,
    load_balancer_log_delivery,
    retry_permissions,
    retry_trust,
)
from .replication import BucketReplication, BucketReplicationArgs
from .settings import REPLICATED, BucketKind, StorageSettings

# A year covers an audit. Not a record of business, so no lock.
_ACCESS_LOGS = expiring_bucket(expire_after_days=365)


@dataclass(frozen=True, kw_only=True)
class PlatformBucketsArgs:
    """Inputs of `PlatformBuckets`.

    Attributes:
        context: Who and where. With a standby, each bucket but exports gets a replica in its region.
        settings: End of the names, locks, and how long what is kept.
        kinds: The kinds of buckets to make.
        distribution_arn: Distribution of CloudFront that reads APKs and static assets, and logs to the
            access-log bucket of the stack's region; None for none.
    """

    context: Context
    settings: StorageSettings = field(default_factory=StorageSettings)
    kinds: Sequence[BucketKind] = get_args(BucketKind)
    distribution_arn: pulumi.Input[str] | None = None


class PlatformBuckets(pulumi.ComponentResource):
    """The buckets of a stack, `<prefix>-<kind>-<environment>[-<suffix>]`.

    Creates a `PrivateBucket` for each kind asked for, and one more that takes the access logs
    of the others. With a standby, all but exports exist in its region too, named
    `<prefix>-<kind>-<environment>-<region>[-<suffix>]` and with the same rules, beside an access-log bucket
    of that region; a `BucketReplication` each way keeps both sides alike, so that either can be written; and
    the role `<prefix>-<environment>-<name>-retry-replication`, with which S3 Batch Operations copies again
    what failed.

    Two in one environment differ by their suffixes.

    Replaces the buckets: the prefix, the environment, the suffix, a region, a first lock or the removal of
    one. A changed retention replaces nothing and shortens no lock that a version already has.

    Requirements: Storage, "S3 Buckets".

    Attributes:
        buckets: The bucket of each kind.
        replicas: The bucket of each kind in the standby's region.
        access_logs: The bucket that takes access logs in the stack's region.
        replica_access_logs: The bucket that takes access logs in the standby's region.
    """

    buckets: dict[BucketKind, PrivateBucket]
    replicas: dict[BucketKind, PrivateBucket]
    access_logs: PrivateBucket
    replica_access_logs: PrivateBucket | None

    def __init__(
        self, name: str, args: PlatformBucketsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:storage:PlatformBuckets", name, None, opts)
        verify(f"PlatformBuckets {name}", args.settings)
        context = args.context
        all_specs = bucket_specs(args.settings)
        specs = {kind: all_specs[kind] for kind in args.kinds}
        self.access_logs, self.buckets = self._buckets_of_region(name, args, specs, None)
        self.replica_access_logs, self.replicas = None, {}
        if context.standby:
            replicated = {kind: spec for kind, spec in specs.items() if kind in REPLICATED}
            region = context.standby.region
            self.replica_access_logs, self.replicas = self._buckets_of_region(name, args, replicated, region)
            for kind, replica in self.replicas.items():
                bucket = self.buckets[kind]
                for source, destination, there in (
                    (bucket, replica, region),
                    (replica, bucket, context.region),
                ):
                    BucketReplication(
                        f"{name}-{kind}-to-{there}",
                        BucketReplicationArgs(context=context, source=source, destination=destination),
                        pulumi.ResourceOptions(parent=self),
                    )
            self._retry(f"{name}-retry-replication", context)

        self.register_outputs(
            {
                "buckets": {kind: bucket.name for kind, bucket in self.buckets.items()},
                "replicas": {kind: bucket.name for kind, bucket in self.replicas.items()},
                "accessLogs": self.access_logs.name,
            }
        )

    def _retry(self, name: str, context: Context) -> None:
        """The role that people hand to S3 Batch Operations, see `docs/replication.md`."""
        child = pulumi.ResourceOptions(parent=self)
        sources = [*(self.buckets[kind] for kind in self.replicas), *self.replicas.values()]
        role = aws.iam.Role(
            name,
            name=context.name(name),
            description=f"Copies again what S3 did not replicate in {context.title}",
            assume_role_policy=json.dumps(retry_trust()),
            opts=child,
        )
        aws.iam.RolePolicy(
            name,
            name="retry-replication",
            role=role.name,
            policy=json.dumps(retry_permissions([source.args.bucket for source in sources])),
            opts=child,
        )

    def _buckets_of_region(
        self,
        name: str,
        args: PlatformBucketsArgs,
        specs: Mapping[BucketKind, BucketSpec],
        region: str | None,
    ) -> tuple[PrivateBucket, dict[BucketKind, PrivateBucket]]:
        child = pulumi.ResourceOptions(parent=self)
        context, settings = args.context, args.settings
        names = {kind: bucket_names(context, settings, kind)[region or context.region] for kind in specs}
        log_bucket = bucket_name(context, "access-logs", region=region, suffix=settings.name_suffix)
        access_logs = PrivateBucket(
            _logical_name(name, "access-logs", region),
            PrivateBucketArgs(
                bucket=log_bucket,
                versioned=_ACCESS_LOGS.versioned,
                lifecycle=_ACCESS_LOGS.lifecycle,
                policy_statements=[
                    *(
                        access_log_delivery(log_bucket, source, context.account_id)
                        for source in names.values()
                    ),
                    *([] if region else _stack_log_deliveries(log_bucket, args)),
                ],
                region=region,
                protect=context.protect,
            ),
            child,
        )
        buckets = {
            kind: PrivateBucket(
                _logical_name(name, kind, region),
                PrivateBucketArgs(
                    bucket=names[kind],
                    versioned=spec.versioned,
                    lifecycle=spec.lifecycle,
                    object_lock=spec.object_lock,
                    policy_statements=(
                        [distribution_access(names[kind], args.distribution_arn)]
                        if args.distribution_arn is not None and kind in DISTRIBUTED
                        else []
                    ),
                    access_logs=access_logs,
                    region=region,
                    protect=context.protect,
                ),
                child,
            )
            for kind, spec in specs.items()
        }
        return access_logs, buckets


def _stack_log_deliveries(log_bucket: str, args: PlatformBucketsArgs) -> list[Document]:
    """What else logs in the region of the stack."""
    statements = load_balancer_log_delivery(log_bucket, args.context.region, args.context.account_id)
    if args.distribution_arn is not None:
        statements.append(distribution_log_delivery(log_bucket, args.context.account_id))
    return statements


def _logical_name(name: str, kind: str, region: str | None) -> str:
    return "-".join(part for part in (name, kind, region) if part)
