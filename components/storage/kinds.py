"""The platform's kinds of buckets: how long each keeps what."""

from dataclasses import dataclass
from typing import Literal

from .lifecycle import LockMode, ObjectLock, Rule, Transition
from .settings import Apk, BucketKind, Records, StaticAssets, StorageSettings

# What CloudFront reads.
DISTRIBUTED: tuple[Literal["app-apk", "static-assets"], ...] = ("app-apk", "static-assets")
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


def apk_bucket(apk: Apk) -> BucketSpec:
    """Keep the newest versions of an APK and archive the older of them.

    Two rules, because within one S3 wants the expiration to come after the transition, and here it is the
    number of newer versions that decides. Current objects never move: CloudFront cannot serve GLACIER.
    """
    keep_newest = Rule(
        id="keep-newest-versions",
        noncurrent_expire_after_days=1,
        newer_noncurrent_versions=apk.kept_versions - 1,
    )
    archive = Rule(
        id="archive-old-versions",
        noncurrent_transitions=(Transition(days=apk.glacier_after_days, storage_class="GLACIER"),),
    )
    return BucketSpec(versioned=True, lifecycle=(keep_newest, archive, _ABORT_UPLOADS))


def record_bucket(records: Records, mode: LockMode) -> BucketSpec:
    """Lock records, move them to cheaper storage and delete them after their retention.

    Expiration alone only hides an object of a versioned bucket; the noncurrent expiration deletes it, and
    waits for the lock of a version that was replaced early. S3 leaves objects under 128 KB where they are,
    since moving them costs more than it saves.
    """
    retain = Rule(
        id="retain",
        transitions=(
            Transition(days=records.infrequent_access_after_days, storage_class="STANDARD_IA"),
            Transition(days=records.glacier_after_days, storage_class="GLACIER"),
        ),
        expire_after_days=records.expire_after_days,
        noncurrent_expire_after_days=records.noncurrent_expire_after_days,
    )
    lock = ObjectLock(mode=mode, years=records.lock_years)
    return BucketSpec(versioned=True, lifecycle=(retain, _ABORT_UPLOADS), object_lock=lock)


def expiring_bucket(expire_after_days: int) -> BucketSpec:
    """Delete objects for good after some days."""
    expire = Rule(id="expire", expire_after_days=expire_after_days)
    return BucketSpec(versioned=False, lifecycle=(expire, _ABORT_UPLOADS))


def static_asset_bucket(assets: StaticAssets) -> BucketSpec:
    """Delete replaced files; a current one stays for as long as the frontend keeps it."""
    expire = Rule(id="expire-old-versions", noncurrent_expire_after_days=assets.noncurrent_expire_after_days)
    return BucketSpec(versioned=True, lifecycle=(expire, _ABORT_UPLOADS))


def bucket_specs(settings: StorageSettings) -> dict[BucketKind, BucketSpec]:
    """What each kind of bucket is made of."""
    return {
        "app-apk": apk_bucket(settings.apk),
        "receipts": record_bucket(settings.receipts, settings.object_lock_mode),
        "settlements": record_bucket(settings.settlements, settings.object_lock_mode),
        "exports": expiring_bucket(settings.exports.expire_after_days),
        "static-assets": static_asset_bucket(settings.static_assets),
    }
