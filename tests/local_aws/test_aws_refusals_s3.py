"""What S3 refuses."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Refused, Server

_numbers = itertools.count(1)


@pytest.fixture
def bucket(request: pytest.FixtureRequest, aws: Aws) -> Callable[..., str]:
    """``bucket(suffix, region, ...)`` creates a bucket named after the test."""
    name = request.node.originalname.replace("_", "-")[5:45].strip("-")

    def create(suffix: str = "", region: str = TOKYO, *, versioned: bool = False, **more: object) -> str:
        full = f"{name}-{next(_numbers)}{suffix}"
        s3 = aws("s3", region)
        s3.create_bucket(Bucket=full, CreateBucketConfiguration={"LocationConstraint": region}, **more)
        if versioned:
            s3.put_bucket_versioning(Bucket=full, VersioningConfiguration={"Status": "Enabled"})
        return full

    return create


def test_name_taken(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket()
    for region in (TOKYO, OSAKA):
        with refused("BucketAlreadyOwnedByYou"):
            aws("s3", region).create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}
            )


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "under_score", "10.0.0.1", "a..b", "-a-b", "x" * 64, "xn--abc", "abc-s3alias"]
)
def test_name(server: Server, refused: Refused, name: str) -> None:
    s3 = server.client("s3", s3={"addressing_style": "path"}, parameter_validation=False)
    s3.meta.events.unregister("before-parameter-build.s3")
    with refused("InvalidBucketName"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": TOKYO})


def test_location_of_another_region(aws: Aws, refused: Refused) -> None:
    with refused("IllegalLocationConstraintException"):
        aws("s3").create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": OSAKA})
    with refused("IllegalLocationConstraintException"):
        aws("s3").create_bucket(Bucket="elsewhere")


def test_delete_with_content(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket()
    aws("s3").put_object(Bucket=name, Key="k", Body=b"x")
    with refused("BucketNotEmpty"):
        aws("s3").delete_bucket(Bucket=name)


def test_delete_with_old_versions(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket(versioned=True)
    aws("s3").put_object(Bucket=name, Key="k", Body=b"x")
    aws("s3").delete_object(Bucket=name, Key="k")
    with refused("BucketNotEmpty"):
        aws("s3").delete_bucket(Bucket=name)


LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 7}}}


def test_object_lock_without_versioning(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket()
    with refused("InvalidBucketState"):
        aws("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=LOCK)


def test_retention_in_days_and_years(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket(ObjectLockEnabledForBucket=True)
    both = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 7}},
    }
    with refused("MalformedXML"):
        aws("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=both)


def test_suspend_versioning_of_a_locked_bucket(aws: Aws, bucket: Callable[..., str]) -> None:
    name = bucket(ObjectLockEnabledForBucket=True)
    # The AWS provider compares this very message: without it no locked bucket can be destroyed.
    message = (
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed"
    )
    with pytest.raises(ClientError, match=rf"InvalidBucketState.*{message}"):
        aws("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})


def test_deletion_of_a_locked_version(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket(ObjectLockEnabledForBucket=True)
    aws("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=LOCK)
    version = aws("s3").put_object(Bucket=name, Key="k", Body=b"x", ContentMD5="ndTkYSaMgDT1yFZOFVxnpg==")
    with refused("AccessDenied"):
        aws("s3").delete_object(Bucket=name, Key="k", VersionId=version["VersionId"])


def replicate(aws: Aws, source: str, target: str, **destination: object) -> None:
    rule = {
        "ID": "r",
        "Priority": 1,
        "Filter": {},
        "Status": "Enabled",
        "Destination": {"Bucket": f"arn:aws:s3:::{target}", **destination},
        "DeleteMarkerReplication": {"Status": "Enabled"},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/replication"
    aws("s3").put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [rule]})


def test_replication_of_an_unversioned_bucket(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    source, target = bucket("s"), bucket("t", OSAKA, versioned=True)
    with refused("InvalidRequest"):
        replicate(aws, source, target)


@pytest.mark.parametrize(
    "destination",
    [
        {"ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}},
        {
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 30}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
        },
        {"Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 5}}},
    ],
)
def test_replication_in_a_time_that_there_is_not(
    aws: Aws, refused: Refused, bucket: Callable[..., str], destination: dict[str, Any]
) -> None:
    source, target = bucket(versioned=True), bucket(versioned=True)
    with refused("InvalidRequest"):
        replicate(aws, source, target, **destination)
    replicate(aws, source, target, Metrics={"Status": "Enabled"})


def test_replication_to_an_unversioned_bucket(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    source, target = bucket("s", versioned=True), bucket("t", OSAKA)
    with refused("InvalidRequest"):
        replicate(aws, source, target)


def test_replication_to_a_missing_bucket(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    with refused("InvalidRequest"):
        replicate(aws, bucket("s", versioned=True), "no-such-bucket")


def test_replication_of_a_locked_bucket_to_an_unlocked_one(
    aws: Aws, refused: Refused, bucket: Callable[..., str]
) -> None:
    source = bucket("s", ObjectLockEnabledForBucket=True)
    with refused("InvalidRequest"):
        replicate(aws, source, bucket("t", OSAKA, versioned=True))
    replicate(aws, source, bucket("u", OSAKA, ObjectLockEnabledForBucket=True))


def test_suspend_versioning_of_a_replicated_bucket(
    aws: Aws, refused: Refused, bucket: Callable[..., str]
) -> None:
    source, target = bucket("s", versioned=True), bucket("t", OSAKA, versioned=True)
    replicate(aws, source, target)
    with refused("InvalidBucketState"):
        aws("s3").put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Suspended"})


def bucket_policy(**statement: object) -> str:
    default = {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [default | statement]})


@pytest.mark.parametrize(
    "document",
    [
        bucket_policy(Resource="arn:aws:s3:::another-bucket/*"),
        bucket_policy(Resource="arn:aws:s3:::BUCKET/*", Principal={"AWS": "nobody"}),
        bucket_policy(Resource="arn:aws:s3:::BUCKET/*", Effect="Forbid"),
        bucket_policy(Resource="arn:aws:s3:::BUCKET", Action="s3:GetObject"),
        "{",
    ],
)
def test_bucket_policy(aws: Aws, refused: Refused, bucket: Callable[..., str], document: str) -> None:
    name = bucket()
    with refused("MalformedPolicy"):
        aws("s3").put_bucket_policy(Bucket=name, Policy=document.replace("BUCKET", name))


def test_public_policy_on_a_blocked_bucket(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    name = bucket()
    block = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    aws("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    public = bucket_policy(Effect="Allow", Action="s3:GetObject", Resource=f"arn:aws:s3:::{name}/*")
    with refused("AccessDenied"):
        aws("s3").put_bucket_policy(Bucket=name, Policy=public)
    aws("s3").put_bucket_policy(
        Bucket=name,
        Policy=bucket_policy(
            Resource=[f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def test_acl_of_a_bucket_whose_owner_owns_all(aws: Aws, refused: Refused, bucket: Callable[..., str]) -> None:
    with refused("AccessControlListNotSupported"):
        aws("s3").put_bucket_acl(Bucket=bucket(), ACL="public-read")


@pytest.mark.parametrize(
    "rule",
    [
        {"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]},
        {
            "Transitions": [
                {"Days": 30, "StorageClass": "GLACIER"},
                {"Days": 90, "StorageClass": "STANDARD_IA"},
            ]
        },
        {
            "Transitions": [
                {"Days": 30, "StorageClass": "STANDARD_IA"},
                {"Days": 45, "StorageClass": "GLACIER"},
            ]
        },
        {"Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], "Expiration": {"Days": 90}},
        {
            "NoncurrentVersionTransitions": [{"NoncurrentDays": 90, "StorageClass": "GLACIER"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        },
        {"NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "STANDARD_IA"}]},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
        {"Expiration": {"Days": 0}},
    ],
)
def test_lifecycle_days(aws: Aws, refused: Refused, bucket: Callable[..., str], rule: dict[str, Any]) -> None:
    complete = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}} | rule
    with refused("InvalidArgument"):
        aws("s3").put_bucket_lifecycle_configuration(
            Bucket=bucket(), LifecycleConfiguration={"Rules": [complete]}
        )


@pytest.mark.parametrize(
    "rules",
    [
        [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}}],
        [
            {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 1}},
            {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "b"}, "Expiration": {"Days": 2}},
        ],
    ],
)
def test_lifecycle_rules(
    aws: Aws, refused: Refused, bucket: Callable[..., str], rules: list[dict[str, Any]]
) -> None:
    with refused("InvalidArgument" if len(rules) > 1 else "InvalidRequest"):
        aws("s3").put_bucket_lifecycle_configuration(Bucket=bucket(), LifecycleConfiguration={"Rules": rules})
