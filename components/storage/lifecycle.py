"""What happens to objects with time, in S3's terms."""

from dataclasses import dataclass
from typing import Literal

StorageClass = Literal["STANDARD_IA", "GLACIER"]
LockMode = Literal["GOVERNANCE", "COMPLIANCE"]

# S3 wants an object to be this long in STANDARD before, and in STANDARD_IA after, that transition.
_IA_MINIMUM_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A move to a cheaper storage class, `days` after creation, or after becoming noncurrent."""

    days: int
    storage_class: StorageClass


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One lifecycle rule for all objects of a bucket.

    Attributes:
        id: Name of the rule, unique in its bucket.
        transitions: Moves of current objects, earliest first.
        expire_after_days: Days after which a current object expires.
        noncurrent_transitions: Moves of noncurrent versions, earliest first.
        noncurrent_expire_after_days: Days after which a noncurrent version is deleted.
        newer_noncurrent_versions: Noncurrent versions, 1 to 100, that are kept however old they are.
        abort_uploads_after_days: Days after which an unfinished multipart upload is dropped.

    Raises:
        ValueError: S3 would refuse the rule, as it does only when it is deployed.
    """

    id: str
    transitions: tuple[Transition, ...] = ()
    expire_after_days: int | None = None
    noncurrent_transitions: tuple[Transition, ...] = ()
    noncurrent_expire_after_days: int | None = None
    newer_noncurrent_versions: int | None = None
    abort_uploads_after_days: int | None = None

    def __post_init__(self) -> None:
        _check(self.id, self.transitions, self.expire_after_days)
        _check(self.id, self.noncurrent_transitions, self.noncurrent_expire_after_days)


def _check(rule: str, transitions: tuple[Transition, ...], expire_after_days: int | None) -> None:
    earliest = 0
    for transition in transitions:
        if transition.storage_class == "STANDARD_IA":
            earliest = max(earliest, _IA_MINIMUM_DAYS)
        if transition.days < earliest:
            raise ValueError(
                f"lifecycle rule {rule}: {transition.storage_class} after {transition.days} days is too"
                f" early; S3 takes it from day {earliest}"
            )
        earliest = transition.days + _IA_MINIMUM_DAYS
    if transitions and expire_after_days is not None and expire_after_days <= transitions[-1].days:
        raise ValueError(
            f"lifecycle rule {rule}: expiration after {expire_after_days} days must come later than"
            f" {transitions[-1].storage_class} after {transitions[-1].days} days"
        )


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """A default retention: no version can be deleted in its first `years`.

    GOVERNANCE yields to a principal with s3:BypassGovernanceRetention. COMPLIANCE yields to nobody, and
    can neither be shortened nor turned off.
    """

    mode: LockMode
    years: int
