"""A private S3 bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .lifecycle import ObjectLock, Rule
from .policies import access_log_prefix, bucket_policy


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """Inputs of `PrivateBucket`.

    Attributes:
        bucket: Name, unique among all AWS accounts.
        versioned: Whether replaced and deleted objects stay as noncurrent versions.
        lifecycle: What happens to objects with time; nothing without.
        object_lock: Default retention of every new version; needs `versioned`.
        policy_statements: What the bucket policy says beside refusing requests without TLS.
        access_logs: Bucket in the same region that takes the access logs.
        region: Where the bucket is, if not in the region of the provider.
        protect: Whether Pulumi refuses to delete the bucket, and the bucket to be deleted with objects in
            it. Without, a deletion empties it.
    """

    bucket: str
    versioned: bool = True
    lifecycle: Sequence[Rule] = ()
    object_lock: ObjectLock | None = None
    policy_statements: Sequence[pulumi.Input[Any]] = ()
    access_logs: "PrivateBucket | None" = None
    region: str | None = None
    protect: bool = True


class PrivateBucket(pulumi.ComponentResource):
    """A bucket that nobody reads unless a policy says so.

    Creates the bucket with its public access blocked, ACLs off, SSE-S3 encryption, versioning, one bucket
    policy that refuses TLS below 1.2 on the bucket and its objects, and, where asked for, lifecycle rules, an
    Object Lock default retention and access logs.

    Replaces the bucket: its name, its region, and giving it an Object Lock or taking it away.

    Requirements: Storage, "S3 Buckets" and "Bucket Policies".

    Attributes:
        args: What the bucket was made from.
        name: Name of the bucket.
        arn: ARN of the bucket.
        regional_domain_name: Host name in the bucket's own region, as CloudFront wants it for an origin.
        policy: Resource to depend on for what the bucket policy must allow first.
        versioning: Resource to depend on for what S3 refuses before versioning is on.
    """

    args: PrivateBucketArgs
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    regional_domain_name: pulumi.Output[str]
    policy: pulumi.Resource
    versioning: pulumi.Resource

    def __init__(
        self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:storage:PrivateBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            object_lock_enabled=args.object_lock is not None,
            force_destroy=not args.protect,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        public_access_block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=args.region,
            opts=child,
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=pulumi.Output.json_dumps(bucket_policy(args.bucket, args.policy_statements)),
            region=args.region,
            # S3 answers OperationAborted to a policy and an access block that are written at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[public_access_block]),
        )
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            region=args.region,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=(
                        aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
            region=args.region,
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                # A bucket that was never versioned cannot be "Suspended", and is no other thing than that.
                status="Enabled" if args.versioned else "Disabled"
            ),
            region=args.region,
            opts=child,
        )
        # Rules about noncurrent versions, locks and replication are refused until versioning is on.
        versioned = pulumi.ResourceOptions(parent=self, depends_on=[versioning])
        # S3 takes no configuration without a rule.
        if args.lifecycle:
            aws.s3.BucketLifecycleConfiguration(
                name,
                bucket=bucket.bucket,
                rules=[_rule_args(rule) for rule in args.lifecycle],
                region=args.region,
                opts=versioned,
            )
        if args.object_lock:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode=args.object_lock.mode, years=args.object_lock.years
                    )
                ),
                region=args.region,
                opts=versioned,
            )
        if args.access_logs:
            aws.s3.BucketLogging(
                name,
                bucket=bucket.bucket,
                target_bucket=args.access_logs.name,
                target_prefix=access_log_prefix(args.bucket),
                region=args.region,
                # Logs that S3 may not deliver yet are lost.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args.access_logs.policy]),
            )

        self.args = args
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.regional_domain_name = bucket.bucket_regional_domain_name
        self.policy = policy
        self.versioning = versioning
        self.register_outputs(
            {"name": self.name, "arn": self.arn, "regionalDomainName": self.regional_domain_name}
        )


def _rule_args(rule: Rule) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    expiration = noncurrent_expiration = abort = None
    if rule.expire_after_days is not None:
        expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=rule.expire_after_days)
    if rule.noncurrent_expire_after_days is not None:
        noncurrent_expiration = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=rule.noncurrent_expire_after_days,
            newer_noncurrent_versions=rule.newer_noncurrent_versions,
        )
    if rule.abort_uploads_after_days is not None:
        abort = aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=rule.abort_uploads_after_days
        )
    transitions = [
        aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
            days=transition.days, storage_class=transition.storage_class
        )
        for transition in rule.transitions
    ]
    noncurrent_transitions = [
        aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionTransitionArgs(
            noncurrent_days=transition.days, storage_class=transition.storage_class
        )
        for transition in rule.noncurrent_transitions
    ]
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule.id,
        status="Enabled",
        # An empty prefix is every object.
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=transitions,
        expiration=expiration,
        noncurrent_version_transitions=noncurrent_transitions,
        noncurrent_version_expiration=noncurrent_expiration,
        abort_incomplete_multipart_upload=abort,
    )
