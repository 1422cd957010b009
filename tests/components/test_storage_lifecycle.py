"""Lifecycle rules, locks and access documents of buckets, without Pulumi."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.problems import SettingsError
from components.section import verify
from components.storage.kinds import BucketSpec, bucket_specs, record_bucket
from components.storage.lifecycle import Rule, StorageClass, Transition
from components.storage.names import bucket_name, bucket_names
from components.storage.policies import (
    access_log_delivery,
    bucket_policy,
    replication_permissions,
    replication_trust,
)
from components.storage.settings import BucketKind, Receipts, StorageSettings
from tests.components.contexts import CONTEXT, PLAIN, STAGING

ALL_KINDS: dict[BucketKind, BucketSpec] = bucket_specs(StorageSettings())


def test_apk_keeps_the_latest_ten_versions() -> None:
    [rule] = [rule for rule in ALL_KINDS["app-apk"].lifecycle if rule.newer_noncurrent_versions]
    assert rule.newer_noncurrent_versions == 9
    assert rule.noncurrent_expire_after_days == 1


def test_apk_archives_replaced_versions_after_90_days() -> None:
    [rule] = [rule for rule in ALL_KINDS["app-apk"].lifecycle if rule.noncurrent_transitions]
    assert rule.noncurrent_transitions == (Transition(days=90, storage_class="GLACIER"),)


def test_the_current_apk_never_moves_and_never_expires() -> None:
    for rule in ALL_KINDS["app-apk"].lifecycle:
        assert rule.transitions == ()
        assert rule.expire_after_days is None


def test_a_current_static_asset_never_expires() -> None:
    assert all(rule.expire_after_days is None for rule in ALL_KINDS["static-assets"].lifecycle)


@pytest.mark.parametrize("spec", ALL_KINDS.values(), ids=ALL_KINDS)
def test_every_bucket_drops_unfinished_uploads_after_a_week(spec: BucketSpec) -> None:
    assert [rule.abort_uploads_after_days for rule in spec.lifecycle if rule.abort_uploads_after_days] == [7]


@pytest.mark.parametrize("spec", ALL_KINDS.values(), ids=ALL_KINDS)
def test_a_versioned_bucket_deletes_what_it_expires(spec: BucketSpec) -> None:
    if spec.versioned:
        assert any(rule.noncurrent_expire_after_days for rule in spec.lifecycle)
    else:
        assert not any(rule.noncurrent_expire_after_days for rule in spec.lifecycle)


@given(
    lock_years=st.integers(1, 100),
    to_infrequent_access=st.integers(30, 40_000),
    to_glacier=st.integers(1, 40_000),
    years=st.integers(1, 100),
    noncurrent=st.integers(1, 4000),
)
def test_records_are_moved_in_order_and_never_expire_under_lock(
    lock_years: int, to_infrequent_access: int, to_glacier: int, years: int, noncurrent: int
) -> None:
    receipts = Receipts(
        lock_years=lock_years,
        infrequent_access_after_days=to_infrequent_access,
        glacier_after_days=to_glacier,
        retention_years=years,
        noncurrent_expire_after_days=noncurrent,
    )
    try:
        verify("receipts", receipts)
    except SettingsError:
        assert not (to_infrequent_access <= to_glacier - 30 < years * 365 - 30 and years >= lock_years)
        return
    # What the settings' checks let through, S3's own rules do too.
    spec = record_bucket(receipts, "GOVERNANCE")
    rule = spec.lifecycle[0]
    days = [transition.days for transition in rule.transitions]
    assert [transition.storage_class for transition in rule.transitions] == ["STANDARD_IA", "GLACIER"]
    assert days[0] >= 30
    assert days[1] >= days[0] + 30
    assert rule.expire_after_days is not None
    assert rule.expire_after_days > days[1]
    assert spec.object_lock is not None
    assert rule.expire_after_days >= spec.object_lock.years * 365
    assert spec.versioned


@pytest.mark.parametrize(("years", "days"), [(7, 2557), (10, 3653)])
def test_years_of_retention_count_leap_days(years: int, days: int) -> None:
    assert Receipts(retention_years=years).expire_after_days == days


@pytest.mark.parametrize(
    ("transitions", "expiry", "complaint"),
    [
        ([(29, "STANDARD_IA")], 100, "too early; S3 takes it from day 30"),
        ([(30, "STANDARD_IA"), (59, "GLACIER")], 100, "too early; S3 takes it from day 60"),
        ([(30, "STANDARD_IA"), (60, "GLACIER")], 60, "expiration after 60 days must come later"),
    ],
)
def test_a_rule_that_s3_would_refuse_is_refused_at_once(
    transitions: list[tuple[int, StorageClass]], expiry: int, complaint: str
) -> None:
    moves = tuple(Transition(days=days, storage_class=storage_class) for days, storage_class in transitions)
    with pytest.raises(ValueError, match=f"rule sample: .*{complaint}"):
        Rule(id="sample", transitions=moves, expire_after_days=expiry)
    with pytest.raises(ValueError, match=f"rule sample: .*{complaint}"):
        Rule(id="sample", noncurrent_transitions=moves, noncurrent_expire_after_days=expiry)


def test_names_carry_prefix_kind_environment_region_and_suffix() -> None:
    assert bucket_name(PLAIN, "loki") == "acme-loki-test"
    assert bucket_name(STAGING, "app-apk", suffix="x7") == "mpac-app-apk-staging-x7"
    settings = StorageSettings(name_suffix="x7")
    assert bucket_names(CONTEXT, settings, "receipts") == {
        "ap-northeast-1": "mpac-receipts-prod-x7",
        "ap-northeast-3": "mpac-receipts-prod-ap-northeast-3-x7",
    }
    assert bucket_names(replace(CONTEXT, standby=None), settings, "receipts") == {
        "ap-northeast-1": "mpac-receipts-prod-x7"
    }


def test_exports_have_no_replica() -> None:
    assert bucket_names(CONTEXT, StorageSettings(), "exports") == {"ap-northeast-1": "mpac-exports-prod"}


def test_requests_without_tls_are_refused_on_bucket_and_objects() -> None:
    [ssl_only] = [
        statement
        for statement in bucket_policy("mpac-receipts-prod", [])["Statement"]
        if statement["Sid"] == "EnforceSSLOnly"
    ]
    assert ssl_only == {
        "Sid": "EnforceSSLOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::mpac-receipts-prod", "arn:aws:s3:::mpac-receipts-prod/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_tls_older_than_1_2_is_refused_on_bucket_and_objects() -> None:
    statements = bucket_policy("mpac-receipts-prod", [])["Statement"]
    [old_tls] = [each for each in statements if "NumericLessThan" in each["Condition"]]
    assert (old_tls["Effect"], old_tls["Principal"], old_tls["Action"]) == ("Deny", "*", "s3:*")
    assert old_tls["Resource"] == ["arn:aws:s3:::mpac-receipts-prod", "arn:aws:s3:::mpac-receipts-prod/*"]
    assert old_tls["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


def test_further_statements_join_the_one_policy() -> None:
    extra = {"Sid": "AllowCdn"}
    assert bucket_policy("mpac-app-apk-prod", [extra])["Statement"][0] == extra


def test_access_logs_come_from_one_bucket_of_the_account_under_its_own_prefix() -> None:
    assert access_log_delivery("logs", "mpac-receipts-prod", "123456789012") == {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/s3/mpac-receipts-prod/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::mpac-receipts-prod"},
        },
    }


@pytest.mark.parametrize("locked", [True, False])
def test_replication_reads_one_bucket_and_writes_one_other(*, locked: bool) -> None:
    statements = replication_permissions("source", "target", locked=locked)["Statement"]
    granted = {(action, statement["Resource"]) for statement in statements for action in statement["Action"]}
    assert all(statement["Effect"] == "Allow" for statement in statements)
    expected = {
        ("s3:GetReplicationConfiguration", "arn:aws:s3:::source"),
        ("s3:ListBucket", "arn:aws:s3:::source"),
        ("s3:GetObjectVersionForReplication", "arn:aws:s3:::source/*"),
        ("s3:GetObjectVersionAcl", "arn:aws:s3:::source/*"),
        ("s3:GetObjectVersionTagging", "arn:aws:s3:::source/*"),
        ("s3:ReplicateObject", "arn:aws:s3:::target/*"),
        ("s3:ReplicateDelete", "arn:aws:s3:::target/*"),
        ("s3:ReplicateTags", "arn:aws:s3:::target/*"),
    }
    locks = {
        ("s3:GetObjectRetention", "arn:aws:s3:::source/*"),
        ("s3:GetObjectLegalHold", "arn:aws:s3:::source/*"),
    }
    assert granted == expected | (locks if locked else set())


def test_only_s3_takes_the_replication_role() -> None:
    [statement] = replication_trust()["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
