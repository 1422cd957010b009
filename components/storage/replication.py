"""Replication of one bucket to another, in one direction."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.storage.bucket import PrivateBucket
from components.storage.policies import replication_permissions, replication_trust


@dataclass(frozen=True, kw_only=True)
class BucketReplicationArgs:
    """Inputs of `BucketReplication`.

    Attributes:
        role_name: Name of the role that S3 takes, unique in the account.
        source: Bucket whose versions are copied. Must be versioned.
        destination: Bucket that takes the copies. Must be versioned, and locked if the source is: the
            retention of a version goes along with it.
    """

    role_name: str
    source: PrivateBucket
    destination: PrivateBucket


class BucketReplication(pulumi.ComponentResource):
    """Copies every new version of a bucket to a bucket in another region.

    Creates a role that may read the one bucket and write the other, and the replication rule. Delete
    markers go along, so that both sides list the same objects after a failover; a deletion of a version
    never does. Changes to a replica's tags or retention come back (replica modification sync). S3 never
    replicates a replica, so two of these, one each way, make no loop.

    Objects that are older than the replication are not copied: that is a job for S3 Batch Replication.

    Replaces the role: its name. Nothing replaces the rule but the source bucket.

    Requirements: Storage, "S3 Buckets", read together with the failover to Osaka.
    """

    def __init__(
        self, name: str, args: BucketReplicationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:storage:BucketReplication", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        role = aws.iam.Role(
            name,
            name=args.role_name,
            assume_role_policy=json.dumps(replication_trust()),
            opts=child,
        )
        permissions = aws.iam.RolePolicy(
            name,
            name="replicate",
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
                    id="everything",
                    priority=1,
                    status="Enabled",
                    # A filter, even an empty one, makes it a rule of the second version: only that has
                    # a setting for delete markers.
                    filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
                    destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
                        bucket=args.destination.arn
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
        self.register_outputs({})
