"""Objects stay as long as they must, whoever overwrites or deletes them, and not for ever."""

import math
from collections.abc import Iterator

from ..backups import region
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import (
    IS_ABSENT,
    IS_SET,
    IS_TRUE,
    Check,
    Outcome,
    Verdict,
    any_of,
    at_least,
    at_most,
    equals,
    one_of,
)
from .encryption import BUCKET, REPLICATION

VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
OBJECT_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
DAYS_OF_A_YEAR = 365.25
# What expires within a year is no record.
TRANSIENT_DAYS = 365
UPLOAD_DAYS = 30
RETENTION = "rule.defaultRetention"
ENABLED = equals("Enabled")
NEVER_VERSIONED = Check(
    "Enabled, or Disabled if it never was", lambda value: value in ("Enabled", "Disabled")
)


def lock_years(bucket: Resource, settings: Settings) -> int | Unknown:
    """Return the years for which the settings lock a bucket of this name; 0 if they do not."""
    name = bucket.get("bucket")
    if isinstance(name, Unknown):
        return name if settings.object_lock_years else 0
    return max((years for part, years in settings.object_lock_years.items() if part in str(name)), default=0)


def _is_transient(graph: Graph, bucket: Resource) -> bool | Unknown:
    """Whether all objects of a bucket expire soon, or are declared by the program itself."""
    if graph.naming(bucket, "bucket", OBJECT):
        return True
    for lifecycle in graph.naming(bucket, "bucket", LIFECYCLE):
        if isinstance(lifecycle.get("rules"), Unknown):
            return Unknown()
        for path, _ in lifecycle.items("rules"):
            days = lifecycle.get(f"{path}.expiration.days")
            whole = lifecycle.get(f"{path}.filter.prefix") in (ABSENT, "")
            if isinstance(days, Unknown):
                return Unknown()
            if whole and days is not ABSENT and at_most(TRANSIENT_DAYS).test(days):
                return True
    return False


@graph_rule(
    "s3-versioned",
    BUCKET,
    VERSIONING,
    LIFECYCLE,
    OBJECT,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("S3.14",), pci=("10.3.4",), checkov=("CKV_AWS_21",)),
    reason="What is overwritten or deleted by mistake is gone, unless the bucket keeps its versions.",
    remedy="Declare a BucketVersioning with the status Enabled.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-14",
)
def s3_versioned(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Objects that expire soon, and those that the program declares, need no versions."""
    for bucket in graph.of(BUCKET):
        missing = "the bucket says nothing of versions"
        found, verdict = graph.companion(bucket, "bucket", VERSIONING, missing)
        yield verdict
        transient = _is_transient(graph, bucket)
        for versioning in found:
            path = "versioningConfiguration.status"
            verdict = versioning.must(path, NEVER_VERSIONED if transient is True else ENABLED)
            if verdict.outcome is Outcome.FAIL and isinstance(transient, Unknown):
                verdict = versioning.not_judged(path, "how long objects are kept is not known yet")
            yield verdict


@graph_rule(
    "s3-object-locked",
    BUCKET,
    OBJECT_LOCK,
    severity=Severity.CRITICAL,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("S3.15",), checkov=("CKV_AWS_143",)),
    reason="The law demands these records; a lock keeps them from whoever may delete objects.",
    remedy="Set object_lock_enabled=True, and declare a BucketObjectLockConfiguration with the years of the "
    "pack's objectLockYears.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-15",
)
def s3_object_locked(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """For the buckets that the settings name."""
    for bucket in graph.of(BUCKET):
        years = lock_years(bucket, settings)
        if isinstance(years, Unknown):
            yield bucket.not_judged("bucket")
        elif years:
            yield bucket.must("objectLockEnabled", IS_TRUE)
            missing = "the bucket has no default retention"
            locks, verdict = graph.companion(bucket, "bucket", OBJECT_LOCK, missing)
            yield verdict
            for lock in locks:
                yield lock.must(f"{RETENTION}.mode", one_of({"GOVERNANCE", "COMPLIANCE"}))
                days = lock.must(f"{RETENTION}.days", at_least(_days(years)))
                yield any_of([lock.must(f"{RETENTION}.years", at_least(years)), days])


def _days(years: int) -> int:
    return math.ceil(years * DAYS_OF_A_YEAR)


@graph_rule(
    "s3-locked-not-expired",
    BUCKET,
    LIFECYCLE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(pci=("10.3.3",)),
    reason="A record that expires before its lock ends is hidden before its time.",
    remedy="Set expiration.days to the years of the pack's objectLockYears or more, or leave it away.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
)
def s3_locked_not_expired(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """For the buckets that the settings name; a date is no retention."""
    for bucket in graph.of(BUCKET):
        years = lock_years(bucket, settings)
        for lifecycle in graph.naming(bucket, "bucket", LIFECYCLE) if years else ():
            for path, _ in lifecycle.items("rules"):
                days = f"{path}.expiration.days"
                if lifecycle.get(f"{path}.expiration") is ABSENT:
                    continue
                if isinstance(years, Unknown):
                    yield bucket.not_judged("bucket")
                elif lifecycle.get(days) is not ABSENT:
                    yield lifecycle.must(days, at_least(_days(years)))
                yield lifecycle.must(f"{path}.expiration.date", IS_ABSENT)


@resource_rule(
    "s3-expiry-days",
    LIFECYCLE,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="What expires within days is gone before anybody misses it.",
    remedy="Set expiration.days to the pack's objectDays or more.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
)
def s3_expiry_days(lifecycle: Resource, settings: Settings) -> Iterator[Verdict]:
    """Where objects expire at all."""
    for path, _ in lifecycle.items("rules"):
        days = f"{path}.expiration.days"
        if lifecycle.get(days) is not ABSENT:
            yield lifecycle.must(days, at_least(settings.object_days))


@graph_rule(
    "s3-lifecycle",
    BUCKET,
    LIFECYCLE,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("S3.13",), checkov=("CKV2_AWS_61", "CKV_AWS_300")),
    reason="Parts of broken uploads and old objects are paid for ever, and show up in no list.",
    remedy="Declare a BucketLifecycleConfiguration whose rules are Enabled, one of them with "
    f"abort_incomplete_multipart_upload of {UPLOAD_DAYS} days or less.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-13",
)
def s3_lifecycle(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A rule that is off does nothing and reads as if it did."""
    for bucket in graph.of(BUCKET):
        yield graph.companion(bucket, "bucket", LIFECYCLE, "the bucket has no lifecycle")[1]
    for lifecycle in graph.of(LIFECYCLE):
        rules = [path for path, _ in lifecycle.items("rules")]
        for path in rules:
            yield lifecycle.must(f"{path}.status", ENABLED)
        ends = [f"{path}.abortIncompleteMultipartUpload.daysAfterInitiation" for path in rules]
        aborts = [lifecycle.must(path, at_most(UPLOAD_DAYS)) for path in ends]
        # Of several rules, what is wrong is the one that says something.
        said = [verdict for verdict in aborts if lifecycle.get(verdict.path) is not ABSENT]
        yield any_of(said or aborts or [lifecycle.must("rules", IS_SET)])


@graph_rule(
    "s3-replicated",
    BUCKET,
    VERSIONING,
    REPLICATION,
    severity=Severity.MEDIUM,
    reach=Reach.ADVISORY,
    controls=Controls(fsbp=("S3.7",), checkov=("CKV_AWS_144",)),
    reason="If a region is lost, a bucket that is not replicated is lost with it.",
    remedy="Declare a BucketReplicationConfig with an Enabled rule to a bucket in another region.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-7",
)
def s3_replicated(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Of versioned buckets; a stack that stands by is in the other region already."""
    for bucket in graph.of(BUCKET) if graph.stack not in settings.recovery_stacks else ():
        statuses = [
            versioning.must("versioningConfiguration.status", ENABLED)
            for versioning in graph.naming(bucket, "bucket", VERSIONING)
        ]
        for status in statuses:
            if status.outcome is Outcome.NOT_JUDGED:
                yield status
            elif status.outcome is Outcome.PASS:
                missing = "the bucket is not replicated"
                yield graph.companion(bucket, "bucket", REPLICATION, missing)[1]
    for replication in graph.of(REPLICATION):
        yield replication.must("rules", IS_SET)
        for path, _ in replication.items("rules"):
            yield replication.must(f"{path}.status", ENABLED)
            yield _elsewhere(graph, replication, f"{path}.destination.bucket")


@resource_rule(
    "s3-replication-measured",
    REPLICATION,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="S3 tries no object again that it could not copy; without metrics nobody learns of it.",
    remedy='Give the destination of each rule metrics=...MetricsArgs(status="Enabled").',
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html",
)
def s3_replication_measured(replication: Resource, _: Settings) -> Iterator[Verdict]:
    """A rule that is switched off has nothing to measure."""
    for path, _rule in replication.items("rules"):
        if replication.get(f"{path}.status") != "Disabled":
            yield replication.must(f"{path}.destination.metrics.status", ENABLED)


def _elsewhere(graph: Graph, replication: Resource, path: str) -> Verdict:
    """Judge that objects go to another region. The ARN of a bucket has none, so a foreign one is believed."""
    value, buckets = replication.get(path), graph.targets(replication, path, BUCKET)
    if value is ABSENT:
        return replication.fails(path, f"{path} is not set")
    if not buckets:
        nowhere = isinstance(value, Unknown) and not value.source
        return replication.not_judged(path) if nowhere else replication.passes(path)
    regions = [region(graph, item) for item in (replication, *buckets)]
    if any(isinstance(item, Unknown) for item in regions):
        return replication.not_judged(path, "the regions are not known yet")
    if regions[0] in regions[1:]:
        return replication.fails(path, "the objects stay in the region")
    return replication.passes(path)
