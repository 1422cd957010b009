"""Buckets as the program asks AWS for them. Figures are those of the requirements."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import pytest

from components.context import Context, Standby
from components.problems import SettingsError
from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from components.storage.platform import PlatformBuckets, PlatformBucketsArgs
from components.storage.settings import BucketKind, Settlements, StorageSettings
from tests.components.contexts import ACCOUNT, CONTEXT, OSAKA, PLAIN, STAGING, TOKYO, topic_arn
from tests.components.recording import Registration, record

ALL_KINDS: tuple[BucketKind, ...] = ("app-apk", "receipts", "settlements", "exports", "static-assets")

PROD = {
    "mpac-access-logs-prod",
    "mpac-access-logs-prod-ap-northeast-3",
    "mpac-app-apk-prod",
    "mpac-app-apk-prod-ap-northeast-3",
    "mpac-exports-prod",
    "mpac-receipts-prod",
    "mpac-receipts-prod-ap-northeast-3",
    "mpac-settlements-prod",
    "mpac-settlements-prod-ap-northeast-3",
    "mpac-static-assets-prod",
    "mpac-static-assets-prod-ap-northeast-3",
}


def deploy(
    context: Context, settings: StorageSettings | None = None, kinds: Iterable[BucketKind] = ALL_KINDS
) -> list[Registration]:
    args = PlatformBucketsArgs(context=context, settings=settings or StorageSettings(), kinds=tuple(kinds))
    return record(lambda: PlatformBuckets("buckets", args))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(CONTEXT)


def of_kind(graph: list[Registration], kind: str) -> dict[str, Registration]:
    """The resources of one kind of S3 resource, by the bucket that they belong to."""
    type_ = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
    return {resource.inputs["bucket"]: resource for resource in graph if resource.type == type_}


def policy(graph: list[Registration], bucket: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(of_kind(graph, "BucketPolicy")[bucket].inputs["policy"]))


def rules(graph: list[Registration], bucket: str) -> dict[str, Any]:
    """The lifecycle rules of a bucket without what is empty."""
    configuration = of_kind(graph, "BucketLifecycleConfiguration")[bucket]
    return {
        rule["id"]: {key: value for key, value in rule.items() if value not in ([], None)}
        for rule in configuration.inputs["rules"]
    }


def test_prod_owns_its_buckets_in_tokyo_and_osaka(prod: list[Registration]) -> None:
    buckets = of_kind(prod, "Bucket")
    assert set(buckets) == PROD
    for name, bucket in buckets.items():
        assert bucket.region == (OSAKA if name.endswith(OSAKA) else None)


def test_dr_owns_its_exports_only() -> None:
    graph = deploy(replace(STAGING, environment="dr", region=OSAKA), kinds=["exports"])
    assert set(of_kind(graph, "Bucket")) == {"mpac-exports-dr", "mpac-access-logs-dr"}
    assert of_kind(graph, "BucketReplicationConfig") == {}


def test_staging_has_no_replicas() -> None:
    graph = deploy(STAGING)
    assert set(of_kind(graph, "Bucket")) == {f"mpac-{kind}-staging" for kind in (*ALL_KINDS, "access-logs")}
    assert of_kind(graph, "BucketReplicationConfig") == {}


@pytest.mark.parametrize("protect", [True, False])
def test_only_unprotected_buckets_are_emptied_and_deleted(*, protect: bool) -> None:
    for bucket in of_kind(deploy(replace(STAGING, protect=protect)), "Bucket").values():
        assert bucket.protect is protect
        assert bucket.inputs["forceDestroy"] is not protect


@pytest.mark.parametrize(
    "kind",
    [
        "BucketPublicAccessBlock",
        "BucketPolicy",
        "BucketOwnershipControls",
        "BucketServerSideEncryptionConfiguration",
        "BucketVersioning",
        "BucketLifecycleConfiguration",
    ],
)
def test_every_bucket_has_its_settings_in_its_own_region(prod: list[Registration], kind: str) -> None:
    settings = of_kind(prod, kind)
    assert set(settings) == PROD
    for name, bucket in of_kind(prod, "Bucket").items():
        assert settings[name].region == bucket.region
        assert settings[name].parent == bucket.parent


def test_nothing_is_public(prod: list[Registration]) -> None:
    for block in of_kind(prod, "BucketPublicAccessBlock").values():
        for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            assert block.inputs[flag] is True
    for ownership in of_kind(prod, "BucketOwnershipControls").values():
        assert ownership.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_everything_is_encrypted_with_sse_s3(prod: list[Registration]) -> None:
    for encryption in of_kind(prod, "BucketServerSideEncryptionConfiguration").values():
        [rule] = encryption.inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


@pytest.mark.parametrize("bucket", sorted(PROD))
def test_every_bucket_refuses_requests_without_tls(prod: list[Registration], bucket: str) -> None:
    denials = [each for each in policy(prod, bucket)["Statement"] if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [each["Condition"] for each in denials]
    assert {"NumericLessThan": {"s3:TlsVersion": "1.2"}} in [each["Condition"] for each in denials]
    for denial in denials:
        assert (denial["Principal"], denial["Action"]) == ("*", "s3:*")
        assert denial["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]


def test_exports_and_access_logs_alone_are_not_versioned(prod: list[Registration]) -> None:
    unversioned = {
        name
        for name, versioning in of_kind(prod, "BucketVersioning").items()
        if versioning.inputs["versioningConfiguration"] != {"status": "Enabled"}
    }
    assert unversioned == {
        "mpac-exports-prod",
        "mpac-access-logs-prod",
        "mpac-access-logs-prod-ap-northeast-3",
    }


EVERY_OBJECT = {"status": "Enabled", "filter": {"prefix": ""}}
ABORT = {
    "abort-incomplete-uploads": {
        "id": "abort-incomplete-uploads",
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        **EVERY_OBJECT,
    }
}


@pytest.mark.parametrize("place", ["", "-ap-northeast-3"])
def test_apk_lifecycle(prod: list[Registration], place: str) -> None:
    assert rules(prod, f"mpac-app-apk-prod{place}") == ABORT | {
        "keep-newest-versions": {
            "id": "keep-newest-versions",
            "noncurrentVersionExpiration": {"noncurrentDays": 1, "newerNoncurrentVersions": 9},
            **EVERY_OBJECT,
        },
        "archive-old-versions": {
            "id": "archive-old-versions",
            "noncurrentVersionTransitions": [{"noncurrentDays": 90, "storageClass": "GLACIER"}],
            **EVERY_OBJECT,
        },
    }


@pytest.mark.parametrize("place", ["", "-ap-northeast-3"])
@pytest.mark.parametrize(
    ("kind", "infrequent_access", "expiry"), [("receipts", 90, 2557), ("settlements", 30, 3653)]
)
def test_record_lifecycle(
    prod: list[Registration], kind: str, infrequent_access: int, expiry: int, place: str
) -> None:
    assert rules(prod, f"mpac-{kind}-prod{place}") == ABORT | {
        "retain": {
            "id": "retain",
            "transitions": [
                {"days": infrequent_access, "storageClass": "STANDARD_IA"},
                {"days": 365, "storageClass": "GLACIER"},
            ],
            "expiration": {"days": expiry},
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
            **EVERY_OBJECT,
        }
    }


@pytest.mark.parametrize(("bucket", "days"), [("mpac-exports-prod", 7), ("mpac-access-logs-prod", 365)])
def test_exports_and_access_logs_expire(prod: list[Registration], bucket: str, days: int) -> None:
    assert rules(prod, bucket)["expire"]["expiration"] == {"days": days}


def test_records_are_locked_in_both_regions(prod: list[Registration]) -> None:
    assert locks(prod) == {
        "mpac-receipts-prod": ("GOVERNANCE", 7),
        "mpac-receipts-prod-ap-northeast-3": ("GOVERNANCE", 7),
        "mpac-settlements-prod": ("GOVERNANCE", 10),
        "mpac-settlements-prod-ap-northeast-3": ("GOVERNANCE", 10),
    }
    for name, bucket in of_kind(prod, "Bucket").items():
        assert bucket.inputs["objectLockEnabled"] is (name in locks(prod))


def test_a_lock_that_nobody_takes_off() -> None:
    graph = deploy(STAGING, StorageSettings(object_lock_mode="COMPLIANCE"))
    assert locks(graph) == {
        "mpac-receipts-staging": ("COMPLIANCE", 7),
        "mpac-settlements-staging": ("COMPLIANCE", 10),
    }


def locks(graph: list[Registration]) -> dict[str, tuple[str, int]]:
    """Mode and years of each bucket's lock."""
    found = {
        name: lock.inputs["rule"]["defaultRetention"]
        for name, lock in of_kind(graph, "BucketObjectLockConfiguration").items()
    }
    return {name: (each["mode"], each["years"]) for name, each in found.items()}


def pairs(graph: list[Registration]) -> set[tuple[str, str]]:
    """Source and destination of every replication."""
    names = {f"{bucket.name}-arn": name for name, bucket in of_kind(graph, "Bucket").items()}
    return {
        (source, names[rule["destination"]["bucket"]])
        for source, replication in of_kind(graph, "BucketReplicationConfig").items()
        for rule in replication.inputs["rules"]
    }


def test_all_but_exports_are_replicated_both_ways(prod: list[Registration]) -> None:
    there = {
        (f"mpac-{kind}-prod", f"mpac-{kind}-prod-ap-northeast-3")
        for kind in ("app-apk", "receipts", "settlements", "static-assets")
    }
    assert pairs(prod) == there | {(osaka, tokyo) for tokyo, osaka in there}


def test_replication_copies_everything_with_delete_markers_and_changes_of_replicas(
    prod: list[Registration],
) -> None:
    for source, replication in of_kind(prod, "BucketReplicationConfig").items():
        [rule] = replication.inputs["rules"]
        assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
        assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
        assert rule["sourceSelectionCriteria"] == {"replicaModifications": {"status": "Enabled"}}
        assert replication.region == of_kind(prod, "Bucket")[source].region


def test_each_replication_role_reaches_its_own_two_buckets_only(prod: list[Registration]) -> None:
    roles = {role.name: role for role in prod if role.type == "aws:iam/role:Role"}
    policies = {each.name: each for each in prod if each.type == "aws:iam/rolePolicy:RolePolicy"}
    del roles["buckets-retry-replication"]
    configs = [each for each in prod if each.type.endswith(":BucketReplicationConfig")]
    destinations = dict(pairs(prod))
    assert len(configs) == len(roles) == len({role.inputs["name"] for role in roles.values()}) == 8
    for config in configs:
        assert config.inputs["role"] == f"{config.name}-arn"
        assert policies[config.name].inputs["role"] == roles[config.name].inputs["name"]
        source = config.inputs["bucket"]
        reachable = {source, destinations[source]}
        statements = json.loads(policies[config.name].inputs["policy"])["Statement"]
        for statement in statements:
            assert not any("*" in action for action in statement["Action"])
            bucket = statement["Resource"].removeprefix("arn:aws:s3:::").removesuffix("/*")
            assert bucket in reachable
            if bucket != source:
                assert all(action.startswith("s3:Replicate") for action in statement["Action"])


def test_what_is_not_replicated_or_late_is_told_where_s3_measures_it(prod: list[Registration]) -> None:
    assert all(
        rule["destination"]["metrics"] == {"status": "Enabled"}
        for replication in of_kind(prod, "BucketReplicationConfig").values()
        for rule in replication.inputs["rules"]
    )
    found = {
        (
            each.inputs["dimensions"]["SourceBucket"],
            each.inputs["dimensions"]["DestinationBucket"],
            each.inputs["dimensions"]["RuleId"],
            each.inputs["metricName"],
            each.inputs["statistic"],
            each.inputs["threshold"],
            each.inputs["evaluationPeriods"],
            each.region,
            *each.inputs["alarmActions"],
        )
        for each in prod
        if each.type == "aws:cloudwatch/metricAlarm:MetricAlarm"
    }
    # What failed is counted in the region of the source, what is late in that of the destination.
    assert found == {
        (source, destination, "everything", *watched, region, topic_arn(region))
        for source, destination in pairs(prod)
        for here, there in [(OSAKA, TOKYO) if source.endswith(OSAKA) else (TOKYO, OSAKA)]
        for *watched, region in (
            ("OperationsFailedReplication", "Sum", 0, 1, here),
            ("ReplicationLatency", "Maximum", 900, 15, there),
        )
    }
    assert len(found) == 16


def test_failed_copies_are_retried_by_batch_operations_and_nothing_else_may_be_done(
    prod: list[Registration],
) -> None:
    (role,) = [each for each in prod if each.inputs.get("name") == "mpac-prod-buckets-retry-replication"]
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "batchoperations.s3.amazonaws.com"}
    (policy,) = [
        each
        for each in prod
        if each.type == "aws:iam/rolePolicy:RolePolicy" and each.name == "buckets-retry-replication"
    ]
    buckets = {f"arn:aws:s3:::{source}" for source, _ in pairs(prod)}
    granted = {
        (action, resource)
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert granted == {
        *(("s3:GetReplicationConfiguration", bucket) for bucket in buckets),
        *(("s3:PutInventoryConfiguration", bucket) for bucket in buckets),
        *(("s3:InitiateReplication", f"{bucket}/*") for bucket in buckets),
    }


@pytest.mark.parametrize("bucket", sorted(PROD))
def test_no_bucket_policy_allows_more_than_access_logs(prod: list[Registration], bucket: str) -> None:
    allowed = [each for each in policy(prod, bucket)["Statement"] if each["Effect"] == "Allow"]
    if "access-logs" not in bucket:
        assert allowed == []
    # Those of load balancers and of the CDN are in the tests of these.
    of_s3 = [each for each in allowed if each["Principal"] == {"Service": "logging.s3.amazonaws.com"}]
    others = {each["Principal"]["Service"] for each in allowed if each not in of_s3}
    if "access-logs" in bucket:
        assert of_s3
        assert others <= {"logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com"}
    for statement in of_s3:
        assert statement["Action"] == "s3:PutObject"
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"].removeprefix("arn:aws:s3:::")
        assert source in PROD
        assert statement["Resource"] == f"arn:aws:s3:::{bucket}/s3/{source}/*"


def test_access_logs_stay_in_the_region_and_are_allowed_to_arrive(prod: list[Registration]) -> None:
    buckets, logging = of_kind(prod, "Bucket"), of_kind(prod, "BucketLogging")
    assert set(logging) == {name for name in PROD if "access-logs" not in name}
    for source, log in logging.items():
        target = log.inputs["targetBucket"]
        assert buckets[target].region == buckets[source].region == log.region
        destinations = {
            each["Resource"] for each in policy(prod, target)["Statement"] if each["Effect"] == "Allow"
        }
        assert f"arn:aws:s3:::{target}/{log.inputs['targetPrefix']}*" in destinations


def test_what_s3_refuses_too_early_waits(prod: list[Registration]) -> None:
    versioning, blocks = of_kind(prod, "BucketVersioning"), of_kind(prod, "BucketPublicAccessBlock")
    policies, destinations = of_kind(prod, "BucketPolicy"), dict(pairs(prod))
    for name, bucket_policy in policies.items():
        assert blocks[name].urn in bucket_policy.dependencies
    for kind in ("BucketLifecycleConfiguration", "BucketObjectLockConfiguration"):
        for name, resource in of_kind(prod, kind).items():
            assert versioning[name].urn in resource.dependencies
    for name, replication in of_kind(prod, "BucketReplicationConfig").items():
        assert versioning[name].urn in replication.dependencies
        assert versioning[destinations[name]].urn in replication.dependencies
    for log in of_kind(prod, "BucketLogging").values():
        assert policies[log.inputs["targetBucket"]].urn in log.dependencies


def test_lifecycles_wait_for_nothing_of_another_bucket(prod: list[Registration]) -> None:
    """The provider takes a minute for each of them, so one after the other would be a long deployment."""
    by_urn = {resource.urn: resource for resource in prod}
    for name, lifecycle in of_kind(prod, "BucketLifecycleConfiguration").items():
        waited_for = [by_urn[urn] for urn in lifecycle.dependencies]
        assert {resource.type.split(":")[-1] for resource in waited_for} == {"Bucket", "BucketVersioning"}
        assert {resource.inputs["bucket"] for resource in waited_for} == {name}


def test_a_suffix_ends_every_name() -> None:
    graph = deploy(CONTEXT, StorageSettings(name_suffix="x7"))
    assert set(of_kind(graph, "Bucket")) == {f"{name}-x7" for name in PROD}


def test_a_bucket_gives_name_arn_and_host_name(prod: list[Registration]) -> None:
    for bucket in of_kind(prod, "Bucket").values():
        [component] = [each for each in prod if each.urn == bucket.parent]
        assert component.outputs == {
            "name": bucket.inputs["bucket"],
            "arn": f"{bucket.name}-arn",
            "regionalDomainName": f"{bucket.name}-bucketRegionalDomainName",
        }


def test_two_stand_side_by_side() -> None:
    graph = record(
        lambda: [
            PlatformBuckets(
                name, PlatformBucketsArgs(context=CONTEXT, settings=StorageSettings(name_suffix=suffix))
            )
            for name, suffix in (("buckets", ""), ("more-buckets", "more"))
        ]
    )
    assert {"mpac-receipts-prod", "mpac-receipts-prod-more"} <= set(of_kind(graph, "Bucket"))
    for type_, count in (("s3/bucket:Bucket", 22), ("iam/role:Role", 18)):
        found = [each.inputs.get("bucket") or each.inputs["name"] for each in graph if type_ in each.type]
        assert len(found) == len(set(found)) == count


def test_another_program_needs_a_context_alone() -> None:
    graph = record(lambda: PlatformBuckets("files", PlatformBucketsArgs(context=PLAIN)))
    assert set(of_kind(graph, "Bucket")) == {f"acme-{kind}-test" for kind in (*ALL_KINDS, "access-logs")}
    assert "mpac" not in json.dumps([each.inputs for each in graph])


def test_a_standby_needs_no_topic() -> None:
    context = replace(CONTEXT, standby=Standby(region=OSAKA, key_arns={}), alarm_topic_arn=None)
    alarms = [each for each in deploy(context) if each.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    assert len(alarms) == 16
    assert [each.inputs["alarmActions"] for each in alarms] == [[]] * 16


def test_records_that_expire_under_their_lock_are_refused_by_the_class() -> None:
    settings = StorageSettings(settlements=Settlements(retention_years=9))
    with pytest.raises(SettingsError, match=r"settlements.retentionYears = 9\n.*lockYears \(10\)"):
        deploy(STAGING, settings)


def test_a_private_bucket_stands_by_itself() -> None:
    graph = record(lambda: PrivateBucket("archive", PrivateBucketArgs(bucket="acme-archive")))
    assert of_kind(graph, "Bucket").keys() == {"acme-archive"}
    assert of_kind(graph, "BucketVersioning")["acme-archive"].inputs["versioningConfiguration"] == {
        "status": "Enabled"
    }
    # S3 refuses a configuration without rules.
    assert of_kind(graph, "BucketLifecycleConfiguration") == {}
