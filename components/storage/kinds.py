"""The platform's kinds of buckets: how long each keeps what."""

from dataclasses import dataclass
from typing import Literal

from components.storage.lifecycle import LockMode, ObjectLock, Rule, Transition

BucketKind = Literal["app-apk", "receipts", "settlements", "exports", "static-assets"]


@dataclass(frozen=True, kw_only=True)
class ApkRetention:
    """What is kept of an APK: the current version for ever, replaced ones by count.

    Attributes:
        kept_versions: Versions that are kept, the current one included, 2 to 101.
        glacier_after_days: Days after which a replaced version moves to GLACIER.
    """

    kept_versions: int
    glacier_after_days: int


@dataclass(frozen=True, kw_only=True)
class RecordRetention:
    """How long records that the law asks for are kept, and where.

    Attributes:
        lock_mode: GOVERNANCE, or COMPLIANCE, which nobody can take back.
        lock_years: Years in which a version cannot be deleted.
        infrequent_access_after_days: Days, at least 30, after which a record moves to STANDARD_IA.
        glacier_after_days: Days, at least 30 more, after which a record moves to GLACIER.
        expire_after_days: Days after which a record expires.
        noncurrent_expire_after_days: Days after which an expired or replaced version is deleted.

    Raises:
        ValueError: Records would expire while they are still locked.
    """

    lock_mode: LockMode
    lock_years: int
    infrequent_access_after_days: int
    glacier_after_days: int
    expire_after_days: int
    noncurrent_expire_after_days: int

    def __post_init__(self) -> None:
        if self.expire_after_days < self.lock.days:
            raise ValueError(
                f"expire_after_days {self.expire_after_days} ends before the lock of {self.lock_years} years;"
                f" make it at least {self.lock.days}"
            )

    @property
    def lock(self) -> ObjectLock:
        """The Object Lock of the bucket."""
        return ObjectLock(mode=self.lock_mode, years=self.lock_years)


# Parts of an unfinished upload cost like objects and show up in no listing.
_ABORT_UPLOADS = Rule(id="abort-incomplete-uploads", abort_uploads_after_days=7)


@dataclass(frozen=True, kw_only=True)
class BucketSpec:
    """What distinguishes one kind of bucket from another.

    Attributes:
        versioned: Whether replaced and deleted objects stay as noncurrent versions.
        lifecycle: What happens to objects with time.
        object_lock: Default retention of every version.
    """

    versioned: bool
    lifecycle: tuple[Rule, ...]
    object_lock: ObjectLock | None = None


def apk_bucket(retention: ApkRetention) -> BucketSpec:
    """Keep the newest versions of an APK and archive the older of them.

    Two rules, because within one S3 wants the expiration to come after the transition, and here it is the
    number of newer versions that decides. Current objects never move: CloudFront cannot serve GLACIER.
    """
    keep_newest = Rule(
        id="keep-newest-versions",
        noncurrent_expire_after_days=1,
        newer_noncurrent_versions=retention.kept_versions - 1,
    )
    archive = Rule(
        id="archive-old-versions",
        noncurrent_transitions=(Transition(days=retention.glacier_after_days, storage_class="GLACIER"),),
    )
    return BucketSpec(versioned=True, lifecycle=(keep_newest, archive, _ABORT_UPLOADS))


def record_bucket(retention: RecordRetention) -> BucketSpec:
    """Lock records, move them to cheaper storage and delete them after their retention.

    Expiration alone only hides an object of a versioned bucket; the noncurrent expiration deletes it, and
    waits for the lock of a version that was replaced early. S3 leaves objects under 128 KB where they are,
    since moving them costs more than it saves.
    """
    retain = Rule(
        id="retain",
        transitions=(
            Transition(days=retention.infrequent_access_after_days, storage_class="STANDARD_IA"),
            Transition(days=retention.glacier_after_days, storage_class="GLACIER"),
        ),
        expire_after_days=retention.expire_after_days,
        noncurrent_expire_after_days=retention.noncurrent_expire_after_days,
    )
    return BucketSpec(versioned=True, lifecycle=(retain, _ABORT_UPLOADS), object_lock=retention.lock)


def expiring_bucket(expire_after_days: int) -> BucketSpec:
    """Delete objects for good after some days."""
    expire = Rule(id="expire", expire_after_days=expire_after_days)
    return BucketSpec(versioned=False, lifecycle=(expire, _ABORT_UPLOADS))


def static_asset_bucket(noncurrent_expire_after_days: int) -> BucketSpec:
    """Delete replaced files; a current one stays for as long as the frontend keeps it."""
    expire = Rule(id="expire-old-versions", noncurrent_expire_after_days=noncurrent_expire_after_days)
    return BucketSpec(versioned=True, lifecycle=(expire, _ABORT_UPLOADS))
