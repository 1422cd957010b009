"""Requirements: Storage. What the plan of production says of buckets and the CDN, one figure a test."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from operations.plan import Plan
from tests.iam import as_list
from tests.stacks.reading import named

CDN = "aws:cloudfront/distribution:Distribution"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def rule(plan: Plan, kind: str, id_: str) -> Any:  # noqa: ANN401 (a document)
    (found,) = (each for each in named(plan, LIFECYCLE)[f"buckets-{kind}"]["rules"] if each["id"] == id_)
    return found


def moved(plan: Plan, kind: str, storage_class: str) -> int:
    """Days after which objects are in a storage class."""
    transitions = {each["storageClass"]: each["days"] for each in rule(plan, kind, "retain")["transitions"]}
    days: int = transitions[storage_class]
    return days


@pytest.mark.parametrize("kind", ["app-apk", "receipts", "settlements", "exports", "static-assets"])
def test_bucket(prod: Plan, kind: str) -> None:
    assert named(prod, "aws:s3/bucket:Bucket")[f"buckets-{kind}"]["bucket"] == f"mpac-{kind}-prod"


@pytest.mark.parametrize("kind", ["app-apk", "static-assets"])
def test_versioning(prod: Plan, kind: str) -> None:
    versioning = named(prod, "aws:s3/bucketVersioning:BucketVersioning")[f"buckets-{kind}"]
    assert versioning["versioningConfiguration"]["status"] == "Enabled"


def test_ten_versions_of_an_apk_are_kept(prod: Plan) -> None:
    expiration = rule(prod, "app-apk", "keep-newest-versions")["noncurrentVersionExpiration"]
    assert expiration["newerNoncurrentVersions"] + 1 == 10


def test_versions_of_an_apk_are_archived_after_90_days(prod: Plan) -> None:
    transitions = rule(prod, "app-apk", "archive-old-versions")["noncurrentVersionTransitions"]
    assert transitions == [{"noncurrentDays": 90, "storageClass": "GLACIER"}]


def test_apks_come_from_cloudfront(prod: Plan) -> None:
    behaviors = named(prod, CDN)["cdn"]["orderedCacheBehaviors"]
    assert [each["targetOriginId"] for each in behaviors if each["pathPattern"] == "/apk/*"] == ["app-apk"]


def test_static_assets_come_from_cloudfront(prod: Plan) -> None:
    assert named(prod, CDN)["cdn"]["defaultCacheBehavior"]["targetOriginId"] == "static-assets"


def test_the_edge_caches(prod: Plan) -> None:
    # AWS's own policy CachingOptimized.
    expected = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert named(prod, CDN)["cdn"]["defaultCacheBehavior"]["cachePolicyId"] == expected


def test_hashed_assets_are_immutable(prod: Plan) -> None:
    (header,) = named(prod, HEADERS)["cdn-immutable"]["customHeadersConfig"]["items"]
    assert (header["header"], header["value"]) == ("Cache-Control", "max-age=31536000, immutable")


# Seven and ten years with their leap days.
@pytest.mark.parametrize(("kind", "days"), [("receipts", 2557), ("settlements", 3653)])
def test_records_are_kept_for_years(prod: Plan, kind: str, days: int) -> None:
    assert rule(prod, kind, "retain")["expiration"]["days"] == days


@pytest.mark.parametrize(("kind", "years"), [("receipts", 7), ("settlements", 10)])
def test_records_are_locked_for_years(prod: Plan, kind: str, years: int) -> None:
    assert named(prod, LOCK)[f"buckets-{kind}"]["rule"]["defaultRetention"]["years"] == years


def test_no_role_of_any_stack_may_take_a_lock_off(stack: Plan) -> None:
    # Who has this permission deletes what is locked in GOVERNANCE mode. Policies that AWS manages cannot be
    # read here, so no role has one.
    action = "s3:bypassgovernanceretention"
    assert {each.type for each in stack.resources if each.type.startswith("aws:iam/")} <= {
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
    }
    assert not any(
        {"managedPolicyArns", "inlinePolicies"} & set(role)
        for role in named(stack, "aws:iam/role:Role").values()
    )
    policies = named(stack, "aws:iam/rolePolicy:RolePolicy")
    assert len(policies) >= 20
    for name, policy in policies.items():
        for statement in as_list(json.loads(policy["policy"])["Statement"]):
            if statement["Effect"] == "Allow":
                assert "NotAction" not in statement, name
                patterns = [pattern.lower() for pattern in as_list(statement["Action"])]
                assert not [each for each in patterns if fnmatchcase(action, each)], name


@pytest.mark.parametrize(("kind", "days"), [("receipts", 90), ("settlements", 30)])
def test_records_become_infrequent_access(prod: Plan, kind: str, days: int) -> None:
    assert moved(prod, kind, "STANDARD_IA") == days


@pytest.mark.parametrize(("kind", "days"), [("receipts", 365), ("settlements", 365)])
def test_records_are_archived(prod: Plan, kind: str, days: int) -> None:
    assert moved(prod, kind, "GLACIER") == days


def test_receipts_are_encrypted_by_s3(prod: Plan) -> None:
    (default,) = named(prod, ENCRYPTION)["buckets-receipts"]["rules"]
    assert default["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_exports_are_deleted_after_7_days(prod: Plan) -> None:
    assert rule(prod, "exports", "expire")["expiration"]["days"] == 7


def test_buckets_refuse_requests_without_tls(prod: Plan) -> None:
    buckets = named(prod, "aws:s3/bucket:Bucket")
    policies = named(prod, "aws:s3/bucketPolicy:BucketPolicy")
    assert policies.keys() == buckets.keys()
    for policy in policies.values():
        statements = json.loads(policy["policy"])["Statement"]
        (statement,) = (each for each in statements if each.get("Sid") == "EnforceSSLOnly")
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        bucket, objects = statement["Resource"]
        assert objects == f"{bucket}/*"
