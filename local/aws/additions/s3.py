"""S3: documents are read back as they were put, and new buckets have today's defaults.

moto keeps parsed parts of lifecycle and replication documents and loses the others; it encrypts nothing by
default and lets objects belong to their writers, as S3 did before 2023.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from local.aws.additions.operations import after, answers
from local.aws.additions.patching import wrap
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.policies import as_list
from local.aws.untyped import Moto

DEFAULT_MINIMUM = "all_storage_classes_128K"


@wrap(S3Backend, "create_bucket", digest="f7ecc576")
def create_bucket(original: Callable[..., Any], self: Moto, *args: Moto, **kwargs: Moto) -> Moto:
    """SSE-S3, and every object is the bucket owner's."""
    bucket = original(self, *args, **kwargs)
    bucket.encryption = _default_encryption()
    bucket.ownership_rule = "BucketOwnerEnforced"
    return bucket


@wrap(FakeBucket, "get_permission", digest="7571412a")
def judge(original: Callable[..., Any], self: Moto, action: str, resource: str) -> Moto:
    """What refuses old TLS, or none, is about no request that gets here; moto takes it to be about all."""
    document = self.policy
    if document is not None:
        parsed = json.loads(document)
        parsed["Statement"] = [each for each in as_list(parsed["Statement"]) if not _about_tls(each)]
        self.policy = json.dumps(parsed).encode()
    try:
        return original(self, action, resource)
    finally:
        self.policy = document


@after("s3", "CreateBucket")
def keep_tags(call: Call) -> None:
    """A bucket can be created with its tags since 2025; moto ignores them."""
    tags = call.params.get("CreateBucketConfiguration", {}).get("Tags", [])
    call.backend("s3").tagger.tag_resource(bucket_of(call).arn, tags)


@after("s3", "DeleteBucketEncryption")
def reset_encryption(call: Call) -> None:
    """Deleting the encryption of a bucket brings the default back."""
    bucket_of(call).encryption = _default_encryption()


@after("s3", "PutBucketLifecycleConfiguration")
def keep_lifecycle(call: Call) -> None:
    """Remember the document."""
    bucket_of(call).lifecycle_document = {
        "Rules": call.params["LifecycleConfiguration"]["Rules"],
        "TransitionDefaultMinimumObjectSize": call.params.get(
            "TransitionDefaultMinimumObjectSize", DEFAULT_MINIMUM
        ),
    }


@answers(
    "s3", "GetBucketLifecycleConfiguration", S3Response, method="get_bucket_lifecycle", digest="c5ba3f15"
)
def get_lifecycle(call: Call) -> dict[str, Any]:
    """The document as it was put."""
    bucket = bucket_of(call)
    if not bucket.rules:
        message = "The lifecycle configuration does not exist"
        raise AwsError("NoSuchLifecycleConfiguration", message, status=404)
    return dict(bucket.lifecycle_document)


@after("s3", "PutBucketReplication")
def keep_replication(call: Call) -> None:
    """Remember the document, with the identifiers that moto gives to rules without one."""
    bucket = bucket_of(call)
    document = call.params["ReplicationConfiguration"]
    for rule, stored in zip(document["Rules"], bucket.replication["Rule"], strict=True):
        rule.setdefault("ID", stored["ID"])
    bucket.replication_document = document


@answers("s3", "GetBucketReplication", S3Response, method="get_bucket_replication", digest="5da06c98")
def get_replication(call: Call) -> dict[str, Any]:
    """The document as it was put."""
    bucket = bucket_of(call)
    if not getattr(bucket, "replication", None):
        message = "The replication configuration was not found"
        raise AwsError("ReplicationConfigurationNotFoundError", message, status=404)
    return {"ReplicationConfiguration": bucket.replication_document}


@answers(
    "s3", "GetObjectLockConfiguration", S3Response, method="get_object_lock_configuration", digest="a105d87e"
)
def get_object_lock(call: Call) -> dict[str, Any]:
    """The default retention in the unit it was given in; moto answers zero of the other unit too."""
    bucket = bucket_of(call)
    if not bucket.object_lock_enabled:
        message = "Object Lock configuration does not exist for this bucket"
        raise AwsError("ObjectLockConfigurationNotFoundError", message, status=404)
    lock: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if bucket.default_lock_mode:
        period = {"Days": int(bucket.default_lock_days or 0), "Years": int(bucket.default_lock_years or 0)}
        retention = {"Mode": bucket.default_lock_mode} | {unit: n for unit, n in period.items() if n}
        lock["Rule"] = {"DefaultRetention": retention}
    return {"ObjectLockConfiguration": lock}


def bucket_of(call: Call) -> Moto:
    """The bucket that a call names."""
    return call.backend("s3").get_bucket(call.params["Bucket"])


def _default_encryption() -> dict[str, Any]:
    return {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def _about_tls(statement: dict[str, Any]) -> bool:
    conditions = statement.get("Condition", {})
    return statement["Effect"] == "Deny" and conditions in (
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    )
