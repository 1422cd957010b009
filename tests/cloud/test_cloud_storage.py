"""The deployed buckets hold the requirement's figures: Storage, "S3 Buckets"."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Aws, Client, Place

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
KINDS = ("app-apk", "receipts", "settlements", "exports", "static-assets")
REPLICATED = ("app-apk", "receipts", "settlements", "static-assets")

# Bucket and region of everything that holds data.
BUCKETS = {
    **{f"mpac-{kind}-{env}": TOKYO for env in ("prod", "staging") for kind in (*KINDS, "access-logs")},
    **{f"mpac-{kind}-prod-{OSAKA}": OSAKA for kind in (*REPLICATED, "access-logs")},
    "mpac-exports-dr": OSAKA,
    "mpac-access-logs-dr": OSAKA,
    **{
        f"mpac-{kind}-{env}": region
        for env, region in (("prod", TOKYO), ("staging", TOKYO), ("dr", OSAKA))
        for kind in ("loki", "tempo", "obs-config")
    },
}


@pytest.fixture(params=BUCKETS)
def bucket(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def s3(aws: Aws) -> Client:
    return aws("s3", TOKYO)


def rules(s3: Client, bucket: str) -> dict[str, Mapping[str, Any]]:
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    return {rule["ID"]: rule for rule in found if rule["Status"] == "Enabled"}


def transitions(rule: Mapping[str, Any]) -> list[tuple[int, str]]:
    return sorted((each["Days"], each["StorageClass"]) for each in rule["Transitions"])


def test_every_bucket_is_there_and_no_other(s3: Client) -> None:
    names = {each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith("mpac-")}
    assert names == set(BUCKETS)
    for name, region in BUCKETS.items():
        assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == region


def test_encrypted_private_and_reached_by_tls_only(s3: Client, bucket: str) -> None:
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (control,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert control["ObjectOwnership"] == "BucketOwnerEnforced"
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    (tls,) = [
        each
        for each in statements
        if each["Effect"] == "Deny" and each.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert set(tls["Resource"]) == {f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"}
    assert (tls["Action"], tls["Principal"]) == ("s3:*", {"AWS": "*"}) or tls["Principal"] == "*"


def test_access_is_logged(s3: Client, bucket: str) -> None:
    logging = s3.get_bucket_logging(Bucket=bucket).get("LoggingEnabled")
    # Of logs, traces and configuration files nobody asks who read them: the tasks do, all day.
    if any(kind in bucket for kind in ("access-logs", "loki", "tempo", "obs-config")):
        assert logging is None
    else:
        target = logging["TargetBucket"]
        assert target in BUCKETS
        assert "access-logs" in target
        assert BUCKETS[target] == BUCKETS[bucket]


@pytest.mark.parametrize("name", ["mpac-app-apk-prod", "mpac-app-apk-staging", f"mpac-app-apk-prod-{OSAKA}"])
def test_ten_versions_of_an_apk_are_kept_and_old_ones_archived_after_90_days(s3: Client, name: str) -> None:
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    found = rules(s3, name)
    expiration = found["keep-newest-versions"]["NoncurrentVersionExpiration"]
    assert 1 + expiration["NewerNoncurrentVersions"] == 10
    (archive,) = found["archive-old-versions"]["NoncurrentVersionTransitions"]
    assert (archive["NoncurrentDays"], archive["StorageClass"]) == (90, "GLACIER")
    assert not any("Expiration" in rule for rule in found.values())


RECORDS = {
    "receipts": (7, [(90, "STANDARD_IA"), (365, "GLACIER")]),
    "settlements": (10, [(30, "STANDARD_IA"), (365, "GLACIER")]),
}


@pytest.mark.parametrize("suffix", ["prod", f"prod-{OSAKA}", "staging"])
@pytest.mark.parametrize("kind", RECORDS)
def test_records_are_locked_moved_and_kept_for_their_years(s3: Client, kind: str, suffix: str) -> None:
    years, moves = RECORDS[kind]
    name = f"mpac-{kind}-{suffix}"
    retain = rules(s3, name)["retain"]
    assert transitions(retain) == moves
    assert years * 365 <= retain["Expiration"]["Days"] <= years * 366
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    if "staging" not in suffix:
        assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Years": years}


@pytest.mark.parametrize("name", ["mpac-exports-prod", "mpac-exports-dr", "mpac-exports-staging"])
def test_exports_are_deleted_after_7_days(s3: Client, name: str) -> None:
    assert rules(s3, name)["expire"]["Expiration"]["Days"] == 7
    assert s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled"


def test_static_assets_are_versioned(s3: Client) -> None:
    for name in ("mpac-static-assets-prod", f"mpac-static-assets-prod-{OSAKA}", "mpac-static-assets-staging"):
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


@pytest.mark.parametrize("kind", REPLICATED)
def test_tokyo_and_osaka_replicate_to_each_other(aws: Aws, s3: Client, kind: str) -> None:
    tokyo, osaka = f"mpac-{kind}-prod", f"mpac-{kind}-prod-{OSAKA}"
    for source, destination in ((tokyo, osaka), (osaka, tokyo)):
        configuration = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
        (rule,) = configuration["Rules"]
        assert rule["Status"] == "Enabled"
        assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{destination}"
        role = aws("iam", TOKYO).get_role(RoleName=configuration["Role"].rpartition("/")[2])["Role"]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
            "Service": "s3.amazonaws.com"
        }


@pytest.mark.parametrize("kind", ["app-apk", "static-assets", "receipts", "settlements", "exports"])
def test_staging_has_no_replicas(s3: Client, kind: str) -> None:
    with pytest.raises(ClientError, match="ReplicationConfigurationNotFoundError"):
        s3.get_bucket_replication(Bucket=f"mpac-{kind}-staging")


def test_buckets_carry_the_tags_of_their_stack(s3: Client, bucket: str) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert tags["Project"] == "mpac"
    assert f"-{tags['Environment']}" in bucket


def test_each_stack_exports_its_buckets(outputs: Any, stack: Place) -> None:  # noqa: ANN401 (fixture)
    kinds = ["exports"] if stack.name == "dr" else KINDS
    assert outputs(stack.name)["buckets"] == {kind: f"mpac-{kind}-{stack.name}" for kind in kinds}
