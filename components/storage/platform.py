"""The platform's buckets, with their replicas in another region."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from components.storage.kinds import (
    ApkRetention,
    BucketKind,
    BucketSpec,
    RecordRetention,
    apk_bucket,
    expiring_bucket,
    record_bucket,
    static_asset_bucket,
)
from components.storage.policies import (
    Document,
    access_log_delivery,
    bucket_name,
    distribution_access,
    distribution_log_delivery,
    load_balancer_log_delivery,
    retry_permissions,
    retry_trust,
)
from components.storage.replication import BucketReplication, BucketReplicationArgs

DISTRIBUTED: Sequence[BucketKind] = ("app-apk", "static-assets")
# A year covers an audit. Not a record of business, so no lock.
_ACCESS_LOGS = expiring_bucket(expire_after_days=365)


@dataclass(frozen=True, kw_only=True)
class PlatformBucketsArgs:
    """Inputs of `PlatformBuckets`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the buckets.
        region: The region of the stack's provider.
        replica_region: Region that gets a replica of each bucket but exports; none for no replicas.
        name_suffix: End of every bucket name, for when a name is taken in another account.
        kinds: The kinds of buckets to make.
        apk: What is kept of APKs.
        receipts: How long receipts are kept.
        settlements: How long settlement reports are kept.
        exports_expire_after_days: Days after which a user's export is deleted.
        static_assets_noncurrent_expire_after_days: Days for which a replaced frontend file can be
            brought back.
        distribution_arn: Distribution of CloudFront that reads APKs and static assets, and logs to the
            access-log bucket of the stack's region; None for none.
        alarm_topic_arns: With a replica region, the SNS topic of each of the two regions that alarms go to.
        protect: Whether Pulumi refuses to delete the buckets. Without, a deletion empties them.
    """

    environment: str
    account_id: str
    region: str
    replica_region: str | None = None
    name_suffix: str = ""
    kinds: Sequence[BucketKind]
    apk: ApkRetention
    receipts: RecordRetention
    settlements: RecordRetention
    exports_expire_after_days: int
    static_assets_noncurrent_expire_after_days: int
    distribution_arn: pulumi.Input[str] | None = None
    alarm_topic_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    protect: bool


class PlatformBuckets(pulumi.ComponentResource):
    """The buckets of a stack, `mpac-<kind>-<environment>[-<suffix>]`.

    Creates a `PrivateBucket` for each kind asked for, and one more that takes the access logs
    of the others. With a replica region, all but exports exist there too, named
    `mpac-<kind>-<environment>-<region>[-<suffix>]` and with the same rules, beside an access-log bucket
    of that region; a `BucketReplication` each way keeps both sides alike, so that either can be written; and
    the role `mpac-<environment>-retry-replication`, with which S3 Batch Operations copies again what failed.

    Replaces the buckets: the environment, the suffix, a region, a first lock or the removal of one. A
    changed retention replaces nothing and shortens no lock that a version already has.

    Requirements: Storage, "S3 Buckets".

    Attributes:
        buckets: The bucket of each kind.
        replicas: The bucket of each kind in the replica region.
        access_logs: The bucket that takes access logs in the stack's region.
        replica_access_logs: The bucket that takes access logs in the replica region.
    """

    buckets: dict[BucketKind, PrivateBucket]
    replicas: dict[BucketKind, PrivateBucket]
    access_logs: PrivateBucket
    replica_access_logs: PrivateBucket | None

    def __init__(
        self, name: str, args: PlatformBucketsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:storage:PlatformBuckets", name, None, opts)
        all_specs = _specs(args)
        specs = {kind: all_specs[kind] for kind in args.kinds}
        self.access_logs, self.buckets = self._buckets_of_region(name, args, specs, None)
        self.replica_access_logs, self.replicas = None, {}
        if args.replica_region:
            # An export is of use where and when it was made.
            replicated: dict[BucketKind, BucketSpec] = {
                kind: spec for kind, spec in specs.items() if kind != "exports"
            }
            self.replica_access_logs, self.replicas = self._buckets_of_region(
                name, args, replicated, args.replica_region
            )
            for kind, replica in self.replicas.items():
                bucket = self.buckets[kind]
                for source, destination, here, there in (
                    (bucket, replica, args.region, args.replica_region),
                    (replica, bucket, args.replica_region, args.region),
                ):
                    BucketReplication(
                        f"{name}-{kind}-to-{there}",
                        BucketReplicationArgs(
                            role_name=f"mpac-{args.environment}-replicate-{kind}-to-{there}",
                            source=source,
                            destination=destination,
                            source_region=here,
                            destination_region=there,
                            alarm_topic_arns=args.alarm_topic_arns,
                        ),
                        pulumi.ResourceOptions(parent=self),
                    )
            self._retry(f"{name}-retry-replication", args)

        self.register_outputs(
            {
                "buckets": {kind: bucket.name for kind, bucket in self.buckets.items()},
                "replicas": {kind: bucket.name for kind, bucket in self.replicas.items()},
                "accessLogs": self.access_logs.name,
            }
        )

    def _retry(self, name: str, args: PlatformBucketsArgs) -> None:
        """The role that people hand to S3 Batch Operations, see `docs/replication.md`."""
        child = pulumi.ResourceOptions(parent=self)
        sources = [*(self.buckets[kind] for kind in self.replicas), *self.replicas.values()]
        role = aws.iam.Role(
            name,
            name=f"mpac-{args.environment}-retry-replication",
            description=f"Copies again what S3 did not replicate in mpac {args.environment}",
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
        names = {kind: bucket_name(kind, args.environment, args.name_suffix, region) for kind in specs}
        log_bucket = bucket_name("access-logs", args.environment, args.name_suffix, region)
        access_logs = PrivateBucket(
            _logical_name(name, "access-logs", region),
            PrivateBucketArgs(
                bucket=log_bucket,
                versioned=_ACCESS_LOGS.versioned,
                lifecycle=_ACCESS_LOGS.lifecycle,
                policy_statements=[
                    *(access_log_delivery(log_bucket, source, args.account_id) for source in names.values()),
                    *([] if region else _stack_log_deliveries(log_bucket, args)),
                ],
                region=region,
                protect=args.protect,
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
                    protect=args.protect,
                ),
                child,
            )
            for kind, spec in specs.items()
        }
        return access_logs, buckets


def _stack_log_deliveries(log_bucket: str, args: PlatformBucketsArgs) -> list[Document]:
    """What else logs in the region of the stack."""
    statements = load_balancer_log_delivery(log_bucket, args.region, args.account_id)
    if args.distribution_arn is not None:
        statements.append(distribution_log_delivery(log_bucket, args.account_id))
    return statements


def _logical_name(name: str, kind: str, region: str | None) -> str:
    return "-".join(part for part in (name, kind, region) if part)


def _specs(args: PlatformBucketsArgs) -> dict[BucketKind, BucketSpec]:
    return {
        "app-apk": apk_bucket(args.apk),
        "receipts": record_bucket(args.receipts),
        "settlements": record_bucket(args.settlements),
        "exports": expiring_bucket(args.exports_expire_after_days),
        "static-assets": static_asset_bucket(args.static_assets_noncurrent_expire_after_days),
    }
