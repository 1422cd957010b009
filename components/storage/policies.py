"""Access documents of buckets."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..iam import Document, document, trust


def bucket_arn(name: str) -> str:
    """Give the ARN of a bucket, known before the bucket exists."""
    return f"arn:aws:s3:::{name}"


def bucket_policy(name: str, statements: Sequence[Any]) -> Document:
    """Add to what a bucket allows that requests without TLS, or with TLS older than 1.2, are refused.

    S3 keeps one policy per bucket, and a second one overwrites the first: everything goes in here.
    """
    return document([*statements, *_transport_statements(bucket_arn(name))])


def _transport_statements(arn: str) -> list[Document]:
    conditions = {
        "EnforceSSLOnly": {"Bool": {"aws:SecureTransport": "false"}},
        "EnforceTls12": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    }
    return [
        {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": condition,
        }
        for sid, condition in conditions.items()
    ]


def access_log_prefix(bucket: str) -> str:
    """Where in the access-log bucket the logs of a bucket go."""
    return f"s3/{bucket}/"


def access_log_delivery(log_bucket: str, source: str, account_id: str) -> Document:
    """Let S3 write the access logs of one bucket, under that bucket's prefix only."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(log_bucket)}/{access_log_prefix(source)}*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnEquals": {"aws:SourceArn": bucket_arn(source)},
        },
    }


def load_balancer_log_delivery(log_bucket: str, region: str, account_id: str) -> list[Document]:
    """Let load balancers of the account in a region write access logs, each kind under its prefix."""
    application = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(log_bucket)}/alb/AWSLogs/{account_id}/*",
        # AWS documents this condition alone; the ARN names the account:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        "Condition": {
            "ArnLike": {
                "aws:SourceArn": f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/*"
            },
        },
    }
    source = {
        "StringEquals": {"aws:SourceAccount": account_id},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account_id}:*"},
    }
    network = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(log_bucket)}/nlb/AWSLogs/{account_id}/*",
        "Condition": source,
    }
    # Asked for before a network load balancer may log at all.
    check = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:GetBucketAcl",
        "Resource": bucket_arn(log_bucket),
        "Condition": source,
    }
    return [application, network, check]


def distribution_access(bucket: str, distribution_arn: object) -> Document:
    """Let one distribution of CloudFront read objects.

    Without the right to list, it learns 403 of a missing object, and not which others there are.

    Args:
        bucket: The bucket.
        distribution_arn: ARN of the distribution, which may be an output.
    """
    return {
        "Sid": "ReadByCdn",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"{bucket_arn(bucket)}/*",
        "Condition": {"StringEquals": {"aws:SourceArn": distribution_arn}},
    }


def distribution_log_delivery(log_bucket: str, account_id: str) -> Document:
    """Let CloudWatch Logs deliver the access logs of the account's distributions, whose sources are global.

    These are the words that AWS looks for: it would add them to the policy itself.
    """
    return {
        "Sid": "AWSLogDeliveryWrite",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(log_bucket)}/AWSLogs/{account_id}/*",
        "Condition": {
            "StringEquals": {
                "s3:x-amz-acl": "bucket-owner-full-control",
                "aws:SourceAccount": account_id,
            },
            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{account_id}:delivery-source:*"},
        },
    }


def replication_trust() -> Document:
    """Let S3 take the role."""
    return trust("s3.amazonaws.com")


def replication_permissions(source: str, destination: str, *, locked: bool) -> Document:
    """Read versions of one bucket and write them to another; with their locks where there are any."""
    read = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
    locks = ["s3:GetObjectLegalHold", "s3:GetObjectRetention"]
    statements: Mapping[str, tuple[list[str], str]] = {
        "ReadReplicationOfSource": (
            ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            bucket_arn(source),
        ),
        "ReadVersionsOfSource": (read + (locks if locked else []), f"{bucket_arn(source)}/*"),
        "WriteReplicas": (
            ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            f"{bucket_arn(destination)}/*",
        ),
    }
    return document(
        [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
            for sid, (actions, resource) in statements.items()
        ]
    )


def retry_trust() -> Document:
    """Let S3 Batch Operations take the role that copies again what was not copied.

    AWS documents no condition here ("Granting permissions for Batch Operations"), so the service may send
    none: who may start such a job is decided by `iam:PassRole`.
    """
    return trust("batchoperations.s3.amazonaws.com")


def retry_permissions(sources: Sequence[str]) -> Document:
    """Find what was not copied, and start its replication; the copy itself is made by the replication's role.

    S3 User Guide, "Configuring an IAM role for S3 Batch Replication", with a list that S3 makes itself.
    """
    statements: Mapping[str, tuple[list[str], list[str]]] = {
        "FindWhatFailed": (
            ["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"],
            [bucket_arn(source) for source in sources],
        ),
        "StartItsReplication": (
            ["s3:InitiateReplication"],
            [f"{bucket_arn(source)}/*" for source in sources],
        ),
    }
    return document(
        [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            for sid, (actions, resources) in statements.items()
        ]
    )
