"""Private S3 buckets, their lifecycle, locks and replication."""
