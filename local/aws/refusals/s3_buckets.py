"""Buckets: names, versioning, object lock, replication, policies."""

import re

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.policies import as_list, principals, problem_of, statements
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_CONFLICT, _FORBIDDEN = 409, 403
_ONLY_MINUTES = 15
# Actions that S3 knows for objects only: they need a resource below the bucket.
_OBJECT_ACTIONS = re.compile(r"s3:(Get|Put|Delete|Restore|Replicate)Object", re.IGNORECASE)


@refuses("s3", "CreateBucket")
def bucket_name(call: Call) -> None:
    """DNS labels, no address, no reserved affix."""
    name = call.params["Bucket"]
    if (
        not _NAME.fullmatch(name)
        or _ADDRESS.fullmatch(name)
        or ".." in name
        or name.startswith(_RESERVED_PREFIXES)
        or name.endswith(_RESERVED_SUFFIXES)
    ):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.")


@refuses("s3", "PutBucketVersioning")
def suspension(call: Call) -> None:
    """Object lock and replication need versioning."""
    bucket = bucket_of(call)
    if call.params["VersioningConfiguration"].get("Status") != "Suspended":
        return
    if bucket.object_lock_enabled:
        message = (
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
            "changed."
        )
        raise AwsError("InvalidBucketState", message, _CONFLICT)
    if getattr(bucket, "replication", None):
        message = (
            "A replication configuration is present on this bucket, so you cannot change the versioning "
            "state. To change the versioning state, first delete the replication configuration."
        )
        raise AwsError("InvalidBucketState", message, _CONFLICT)


@refuses("s3", "PutBucketReplication")
def replication(call: Call) -> None:
    """Both buckets exist and are versioned; a locked one is replicated to a locked one."""
    source = bucket_of(call)
    if not source.is_versioned:
        message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        raise AwsError("InvalidRequest", message)
    for rule in call.params["ReplicationConfiguration"]["Rules"]:
        name = rule["Destination"]["Bucket"].removeprefix("arn:aws:s3:::")
        target = backend("s3", "aws").buckets.get(name)
        if target is None:
            raise AwsError("InvalidRequest", f"Destination bucket must exist: {name}")
        if not target.is_versioned:
            raise AwsError("InvalidRequest", f"Destination bucket must have versioning enabled: {name}")
        if source.object_lock_enabled and not target.object_lock_enabled:
            message = f"Object Lock must be enabled on the destination bucket {name} of a bucket that has it"
            raise AwsError("InvalidRequest", message)


@refuses("s3", "PutBucketReplication")
def replication_time(call: Call) -> None:
    """What is to arrive in time is measured, and there is one time. Metrics need no time.

    API reference, "Destination" and "ReplicationTimeValue"; user guide, "Using S3 Replication metrics".
    """
    for rule in call.params["ReplicationConfiguration"]["Rules"]:
        time, metrics = (rule["Destination"].get(key, {}) for key in ("ReplicationTime", "Metrics"))
        if time.get("Status") == "Enabled" and metrics.get("Status") != "Enabled":
            raise AwsError("InvalidRequest", "ReplicationTime must be specified together with Metrics")
        for value in (time.get("Time", {}), metrics.get("EventThreshold", {})):
            if value.get("Minutes", _ONLY_MINUTES) != _ONLY_MINUTES:
                raise AwsError("InvalidRequest", f"Minutes must be {_ONLY_MINUTES}")


@refuses("s3", "PutBucketPolicy")
def policy(call: Call) -> None:
    """A bucket policy is well-formed and speaks of its own bucket."""
    bucket, document = bucket_of(call), _text(call.params["Policy"])
    if problem := problem_of(document, principal=True, resource=True):
        raise AwsError("MalformedPolicy", problem)
    arn = f"arn:aws:s3:::{bucket.name}"
    for statement in statements(document):
        resources = [str(name) for name in as_list(statement.get("Resource", arn))]
        if any(name != arn and not name.startswith(f"{arn}/") for name in resources):
            raise AwsError("MalformedPolicy", "Policy has invalid resource")
        actions = as_list(statement.get("Action", "s3:*"))
        if resources == [arn] and all(_OBJECT_ACTIONS.match(str(action)) for action in actions):
            message = "Action does not apply to any resource(s) in statement"
            raise AwsError("MalformedPolicy", message)


@refuses("s3", "PutBucketPolicy")
def public_policy(call: Call) -> None:
    """A blocked bucket takes no public policy."""
    block = bucket_of(call).public_access_block
    if block is None or str(block.block_public_policy).lower() != "true":
        return
    for statement in statements(_text(call.params["Policy"])):
        if (
            statement.get("Effect") == "Allow"
            and "*" in principals(statement, "AWS")
            and "Condition" not in statement
        ):
            message = (
                "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked "
                "by the BlockPublicPolicy block public access setting."
            )
            raise AwsError("AccessDenied", message, _FORBIDDEN)


@refuses("s3", "PutBucketAcl", "PutObjectAcl")
def access_control_list(call: Call) -> None:
    """There are no access control lists where the bucket's owner owns every object."""
    if bucket_of(call).ownership_rule == "BucketOwnerEnforced" and call.params.get("ACL") != "private":
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def bucket_of(call: Call) -> Moto:
    """The bucket that a call names."""
    return call.backend("s3").get_bucket(call.params["Bucket"])


def _text(document: str | bytes) -> str:
    return document.decode() if isinstance(document, bytes) else document
