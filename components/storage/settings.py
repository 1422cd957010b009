"""Settings of buckets."""

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..problems import Problem
from ..section import InvalidInput, Section, check, refusal

BucketKind = Literal["app-apk", "receipts", "settlements", "exports", "static-assets"]
# An export is of use where and when it was made.
REPLICATED: tuple[BucketKind, ...] = ("app-apk", "receipts", "settlements", "static-assets")
# S3 keeps these endings for access points and for directory and table buckets.
RESERVED_ENDINGS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")

Days = Annotated[int, Field(ge=1)]
Years = Annotated[int, Field(ge=1, le=100)]
InfrequentAccessDays = Annotated[int, Field(ge=30)]


def _suffix(value: str) -> str:
    if value.endswith(RESERVED_ENDINGS):
        raise refusal("has an ending that S3 keeps for itself", "choose another suffix")
    return value


class Records(Section):
    """Documents that the law asks for. Requirements: S3 Buckets."""

    infrequent_access_after_days: InfrequentAccessDays
    """days, at least 30, after which an object moves to STANDARD_IA"""
    glacier_after_days: Days
    """days, at least 1, after which an object moves to GLACIER"""
    retention_years: Years
    """years from 1 to 100 after which an object expires"""
    lock_years: Years
    """years from 1 to 100 in which Object Lock refuses to delete an object"""
    noncurrent_expire_after_days: Days = 30
    """days, at least 1, after which an expired or replaced object is deleted if its lock is over"""

    @property
    def expire_after_days(self) -> int:
        """Days of the retention, leap days included."""
        return math.ceil(self.retention_years * 365.25)


class Receipts(Records):
    """Receipts and invoices."""

    infrequent_access_after_days: InfrequentAccessDays = 90
    glacier_after_days: Days = 365
    retention_years: Years = 7
    lock_years: Years = 7


class Settlements(Records):
    """Settlement reports."""

    infrequent_access_after_days: InfrequentAccessDays = 30
    glacier_after_days: Days = 365
    retention_years: Years = 10
    lock_years: Years = 10


class Apk(Section):
    """Application packages for terminals."""

    # S3 keeps up to 100 noncurrent versions beside the current one.
    kept_versions: Annotated[int, Field(ge=2, le=101)] = 10
    """versions from 2 to 101 that are kept, the current one included"""
    glacier_after_days: Days = 90
    """days, at least 1, after which a replaced version moves to GLACIER"""


class Exports(Section):
    """Files that users export."""

    expire_after_days: Days = 7
    """days, at least 1, after which an export is deleted"""


class StaticAssets(Section):
    """Files of the frontend."""

    noncurrent_expire_after_days: Days = 30
    """days, at least 1, for which a replaced file can be brought back"""


class StorageSettings(Section):
    """Requirements: S3 Buckets."""

    name_suffix: Annotated[
        str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$"), AfterValidator(_suffix)
    ] = ""
    """lower-case letters, digits and inner hyphens, for when a bucket's name is taken"""
    object_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    """GOVERNANCE, or COMPLIANCE, which nobody can take back before the lock ends"""
    receipts: Receipts = Receipts()
    settlements: Settlements = Settlements()
    apk: Apk = Apk()
    exports: Exports = Exports()
    static_assets: StaticAssets = StaticAssets()


@check
def records_move_before_they_expire(records: Records) -> Iterator[Problem]:
    """S3 wants the steps of a lifecycle in order, and 30 days between STANDARD_IA and the next."""
    with suppress(InvalidInput):
        earliest = records.infrequent_access_after_days + 30
        if records.glacier_after_days < earliest:
            yield Problem(
                key="glacierAfterDays",
                value=records.glacier_after_days,
                rule="is less than 30 days after infrequentAccessAfterDays",
                remedy=f"give at least {earliest}, or move objects to STANDARD_IA earlier",
            )
    if records.glacier_after_days >= records.expire_after_days:
        yield Problem(
            key="glacierAfterDays",
            value=records.glacier_after_days,
            rule=f"is not before the end of retentionYears ({records.expire_after_days} days)",
            remedy="give fewer days, or more years of retention",
        )


@check
def records_outlive_their_lock(records: Records) -> Iterator[Problem]:
    """Else the lifecycle hides documents that the lock says must be kept."""
    if records.retention_years < records.lock_years:
        yield Problem(
            key="retentionYears",
            value=records.retention_years,
            rule=f"is shorter than lockYears ({records.lock_years})",
            remedy=f"give at least {records.lock_years}, or lock for fewer years",
        )
