"""Lifecycle rules.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

from collections import Counter
from itertools import pairwise
from typing import Any

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

# The waterfall: an object only ever goes down.
_CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
_INFREQUENT_DAYS = 30
_MAX_NEWER_VERSIONS = 100
_ACTIONS = (
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "Transitions",
)


@refuses("s3", "PutBucketLifecycleConfiguration")
def rules(call: Call) -> None:
    """Every rule does something, under a name of its own."""
    documents = call.params["LifecycleConfiguration"]["Rules"]
    names = Counter(rule["ID"] for rule in documents if rule.get("ID"))
    if any(count > 1 for count in names.values()):
        raise AwsError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    if not all(any(action in rule for action in _ACTIONS) for rule in documents):
        raise AwsError("InvalidRequest", "At least one action needs to be specified in a rule")


@refuses("s3", "PutBucketLifecycleConfiguration")
def days(call: Call) -> None:
    """Transitions go down the storage classes in order, then the object expires."""
    for rule in call.params["LifecycleConfiguration"]["Rules"]:
        _check(rule.get("Transitions", []), rule.get("Expiration", {}), "Days")
        expiration = rule.get("NoncurrentVersionExpiration", {})
        _check(rule.get("NoncurrentVersionTransitions", []), expiration, "NoncurrentDays")
        if expiration.get("NewerNoncurrentVersions", 1) not in range(1, _MAX_NEWER_VERSIONS + 1):
            message = f"'NewerNoncurrentVersions' must be between 1 and {_MAX_NEWER_VERSIONS}"
            raise AwsError("InvalidArgument", message)


def _check(transitions: list[dict[str, Any]], expiration: dict[str, Any], unit: str) -> None:
    by_class = {entry["StorageClass"]: entry[unit] for entry in transitions if unit in entry}
    steps = [(name, by_class[name]) for name in _CLASSES if name in by_class]
    for name, count in steps:
        if name in _INFREQUENT and count < _INFREQUENT_DAYS:
            message = f"'{unit}' in Transition action must be at least 30 for storageClass '{name}'"
            raise AwsError("InvalidArgument", message)
    for (name, count), (following, later) in pairwise(steps):
        least = count + (_INFREQUENT_DAYS if name in _INFREQUENT else 1)
        if later < least:
            message = (
                f"'{unit}' in the Transition action for StorageClass '{following}' must be {least} or more, "
                f"after {count} for StorageClass '{name}'"
            )
            raise AwsError("InvalidArgument", message)
    end = expiration.get(unit)
    if end is not None and end <= max((0, *by_class.values())):
        message = (
            f"'{unit}' in the Expiration action must be positive and greater than in the Transition action"
        )
        raise AwsError("InvalidArgument", message)
