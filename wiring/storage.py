"""Buckets."""

from components.cdn import Cdn
from components.monitoring import AlarmTopic
from components.storage import ApkRetention, PlatformBuckets, PlatformBucketsArgs, RecordRetention
from settings.models import Records
from wiring.stack import Stack


def platform_buckets(
    stack: Stack, distribution: Cdn | None, *, alarms: AlarmTopic, replica_alarms: AlarmTopic | None
) -> PlatformBuckets:
    """Buckets, their locks and their replicas."""
    settings = stack.settings
    topics = {settings.region: alarms.arn}
    if settings.replica_region and replica_alarms:
        topics[settings.replica_region] = replica_alarms.arn
    storage = settings.storage

    def retention(records: Records) -> RecordRetention:
        return RecordRetention(
            lock_mode=storage.object_lock_mode,
            lock_years=records.lock_years,
            infrequent_access_after_days=records.infrequent_access_after_days,
            glacier_after_days=records.glacier_after_days,
            expire_after_days=records.expire_after_days,
            noncurrent_expire_after_days=records.noncurrent_expire_after_days,
        )

    return PlatformBuckets(
        "buckets",
        PlatformBucketsArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            replica_region=settings.replica_region,
            name_suffix=storage.name_suffix,
            kinds=settings.bucket_kinds,
            apk=ApkRetention(
                kept_versions=storage.apk.kept_versions,
                glacier_after_days=storage.apk.glacier_after_days,
            ),
            receipts=retention(storage.receipts),
            settlements=retention(storage.settlements),
            exports_expire_after_days=storage.exports.expire_after_days,
            static_assets_noncurrent_expire_after_days=storage.static_assets.noncurrent_expire_after_days,
            distribution_arn=distribution.arn if distribution else None,
            alarm_topic_arns=topics,
            protect=settings.protect,
        ),
        stack.opts,
    )
