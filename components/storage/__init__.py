"""Private S3 buckets, their lifecycle, locks and replication."""

from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from components.storage.kinds import ApkRetention, BucketKind, RecordRetention
from components.storage.platform import PlatformBuckets, PlatformBucketsArgs
from components.storage.replication import BucketReplication, BucketReplicationArgs

__all__ = [
    "ApkRetention",
    "BucketKind",
    "BucketReplication",
    "BucketReplicationArgs",
    "PlatformBuckets",
    "PlatformBucketsArgs",
    "PrivateBucket",
    "PrivateBucketArgs",
    "RecordRetention",
]
