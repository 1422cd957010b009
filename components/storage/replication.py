"""Replication of one bucket to another, in one direction."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..monitoring.alarm import Metric, alarm
from .bucket import PrivateBucket
from .policies import replication_permissions, replication_trust

RULE = "everything"
# Most objects are there within 15 minutes, which "S3 Replication Time Control" guarantees (S3 User Guide).
LATE_SECONDS = 900
LATE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class BucketReplicationArgs:
    """Inputs of `BucketReplication`.

    Attributes:
        context: Who and where, with a standby; each alarm notifies the topic of the region that it is in.
        source: Bucket whose versions are copied. Must be versioned.
        destination: Bucket that takes the copies. Must be versioned, and locked if the source is: the
            retention of a version goes along with it.
    """

    context: Context
    source: PrivateBucket
    destination: PrivateBucket


class BucketReplication(pulumi.ComponentResource):
    """Copies every new version of a bucket to a bucket in another region.

    Creates the role `<prefix>-<environment>-<name>`, which may read the one bucket and write the other, and
    the replication rule. Delete markers go along, so that both sides list the same objects after a failover;
    a deletion of a version never does. Changes to a replica's tags or retention come back (replica
    modification sync). S3 never replicates a replica, so two of these, one each way, make no loop.

    S3 tries no version again that failed, and copies none that is older than the replication: that is for
    S3 Batch Replication, see `docs/replication.md`. The rule is measured. Two alarms: `<role>-failed`, on
    versions that failed, in the source's region; `<role>-late`, on a backlog of more than 15 minutes, in the
    destination's. S3 publishes each metric in that one of the two alone:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html

    S3 Replication Time Control, which guarantees the 15 minutes, is left out: it is paid for by the gigabyte,
    and nothing waits for a copy.

    Replaces the role: its name. Nothing replaces the rule but the source bucket.

    Requirements: Storage, "S3 Buckets", read together with the failover to Osaka.
    """

    def __init__(
        self, name: str, args: BucketReplicationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:storage:BucketReplication", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role_name = args.context.name(name)

        role = aws.iam.Role(
            name,
            name=role_name,
            assume_role_policy=json.dumps(replication_trust()),
            opts=child,
        )
        permissions = aws.iam.RolePolicy(
            name,
            name="replicate-objects",
            role=role.name,
            policy=json.dumps(
                replication_permissions(
                    args.source.args.bucket,
                    args.destination.args.bucket,
                    locked=args.source.args.object_lock is not None,
                )
            ),
            opts=child,
        )
        aws.s3.BucketReplicationConfig(
            name,
            bucket=args.source.name,
            role=role.arn,
            rules=[
                aws.s3.BucketReplicationConfigRuleArgs(
                    id=RULE,
                    priority=1,
                    status="Enabled",
                    # A filter, even an empty one, makes it a rule of the second version: only that has
                    # a setting for delete markers.
                    filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
                    destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
                        bucket=args.destination.arn,
                        metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(status="Enabled"),
                    ),
                    delete_marker_replication=(
                        aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Enabled")
                    ),
                    source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
                        replica_modifications=(
                            aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaReplicaModificationsArgs(
                                status="Enabled"
                            )
                        )
                    ),
                )
            ],
            region=args.source.args.region,
            # Both ends must be versioned first. A version that arrives while the role may not read yet is
            # marked as failed and never tried again.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[args.source.versioning, args.destination.versioning, permissions],
            ),
        )
        for suffix, metric, bucket, above, minutes, description in _alarms(args):
            in_standby = bucket.args.region not in (None, args.context.region)
            context = args.context.in_standby() if in_standby else args.context
            alarm(
                f"{name}-{suffix}",
                metric,
                alarm_name=f"{role_name}-{suffix}",
                description=description,
                above=above,
                minutes=minutes,
                # Without anything to copy there is no data.
                missing="notBreaching",
                topic_arn=context.alarm_topic_arn,
                region=context.region,
                opts=child,
            )
        self.register_outputs({})


def _alarms(args: BucketReplicationArgs) -> Iterator[tuple[str, Metric, PrivateBucket, float, int, str]]:
    """Suffix of the name, metric, the bucket where it is measured, threshold, minutes and description."""
    dimensions = {
        "SourceBucket": args.source.args.bucket,
        "DestinationBucket": args.destination.args.bucket,
        "RuleId": RULE,
    }

    def metric(name: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/S3", name=name, dimensions=dimensions, statistic=statistic)

    yield (
        "failed",
        metric("OperationsFailedReplication", "Sum"),
        args.source,
        0,
        1,
        "Versions were not copied, and S3 does not try again: see docs/replication.md.",
    )
    yield (
        "late",
        metric("ReplicationLatency", "Maximum"),
        args.destination,
        LATE_SECONDS,
        LATE_MINUTES,
        "Copies are more than 15 minutes behind: what was written since is lost with the region.",
    )
