"""KMS keys are rotated, stay usable, and are where their replicas need them."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, IS_SET, IS_TRUE, Check, Verdict, at_least, at_most

KEY = "aws:kms/key:Key"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
ALIAS = "aws:kms/alias:Alias"
KEYS = (KEY, REPLICA_KEY)
POLICIES = (*KEYS, KEY_POLICY)
GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide"
DEFAULT_DELETION_DAYS = 30
ROTATION_DAYS = 365
ROTATABLE = {
    "keyUsage": "ENCRYPT_DECRYPT",
    "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "customKeyStoreId": "",
}
NOT_FALSE = Check("true, or not set", lambda value: value in (ABSENT, True, "true"))


def _rotates(inputs: Mapping[str, Any]) -> bool | None:
    """Whether AWS can rotate a key: a symmetric one, in its own store. None if that is not known."""
    kind = {name: inputs.get(name) or usual for name, usual in ROTATABLE.items()}
    others = [value for name, value in kind.items() if value != ROTATABLE[name]]
    if not others:
        return True
    return None if all(isinstance(value, Unknown) for value in others) else False


def _rotate(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    rotation = inputs.get("enableKeyRotation")
    settled = isinstance(rotation, Unknown) or IS_TRUE.test(rotation)
    return {"enableKeyRotation": True} if _rotates(inputs) and not settled else {}


@resource_rule(
    "kms-rotation",
    KEY,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("KMS.4",), cis=("4.6",), pci=("3.7.4",), checkov=("CKV_AWS_7",)),
    reason="A key that is never rotated protects ever more data, and a leak of it uncovers all of it.",
    remedy="Set enable_key_rotation=True, with a rotation_period_in_days of 365 at most.",
    url=f"{SECURITY_HUB}/kms-controls.html#kms-4",
    remediate=_rotate,
)
def kms_rotation(key: Resource, _: Settings) -> Iterator[Verdict]:
    """A replica is rotated with its primary. AWS cannot rotate asymmetric keys, nor those of other stores."""
    rotates = _rotates(key.inputs)
    if rotates is None:
        yield key.not_judged("enableKeyRotation", "the kind of the key is not known yet")
    elif rotates:
        yield key.must("enableKeyRotation", IS_TRUE)
        if key.has("rotationPeriodInDays"):
            yield key.must("rotationPeriodInDays", at_most(ROTATION_DAYS))


@resource_rule(
    "kms-deletion-window",
    *KEYS,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("KMS.3",)),
    reason="Whatever a key encrypts is lost with it; the waiting time is the only way back.",
    remedy="Set deletion_window_in_days=30, the most that AWS grants.",
    url=f"{SECURITY_HUB}/kms-controls.html#kms-3",
)
def kms_deletion_window(key: Resource, settings: Settings) -> Iterator[Verdict]:
    """AWS waits for 30 days unless told otherwise."""
    path = "deletionWindowInDays"
    value = key.get(path)
    days = DEFAULT_DELETION_DAYS if value is ABSENT else value
    yield at_least(settings.key_deletion_days)(key.urn, path, days)


@resource_rule(
    "kms-enabled",
    *KEYS,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="With a disabled key its data cannot be read, and databases stop.",
    remedy="Leave is_enabled (of a replica: enabled) away, or set it to True.",
    url=f"{GUIDE}/enabling-keys.html",
)
def kms_enabled(key: Resource, _: Settings) -> Iterator[Verdict]:
    """A key is enabled unless told otherwise."""
    yield key.must("isEnabled" if key.type == KEY else "enabled", NOT_FALSE)


@resource_rule(
    "kms-lockout-check",
    *POLICIES,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A policy that locks everybody out leaves a key that nobody can manage.",
    remedy="Leave bypass_policy_lockout_safety_check away.",
    url=f"{GUIDE}/key-policy-default.html",
)
def kms_lockout_check(key: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS checks unless told not to."""
    yield key.must("bypassPolicyLockoutSafetyCheck", IS_FALSE)


@graph_rule(
    "kms-multi-region-replicated",
    *KEYS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="Only a multi-region key can be replicated, and it cannot become one later.",
    remedy="Set multi_region=True on the key, and primary_key_arn on its replica.",
    url=f"{GUIDE}/multi-region-keys-overview.html",
)
def kms_multi_region_replicated(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each replica has a primary, and each primary is one."""
    for replica in graph.of(REPLICA_KEY):
        primaries = graph.targets(replica, "primaryKeyArn", KEY)
        if not primaries or not replica.has("primaryKeyArn"):
            yield replica.must("primaryKeyArn", IS_SET)
        for primary in primaries:
            yield primary.must("multiRegion", IS_TRUE)


@graph_rule(
    "kms-multi-region-needed",
    *KEYS,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="A multi-region key can be copied to any region; a key without a replica need not be one.",
    remedy="Leave multi_region away, or declare a replica of the key.",
    url=f"{GUIDE}/multi-region-keys-overview.html",
)
def kms_multi_region_needed(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Advice, as another program may declare the replica."""
    replicated = {
        key.urn for replica in graph.of(REPLICA_KEY) for key in graph.targets(replica, "primaryKeyArn", KEY)
    }
    for key in graph.of(KEY):
        if key.urn not in replicated:
            yield key.must("multiRegion", IS_FALSE)


@graph_rule(
    "kms-alias",
    *KEYS,
    ALIAS,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="People find a key by its alias, and mistake one without for another.",
    remedy="Declare an Alias with the key as target_key_id.",
    url=f"{GUIDE}/kms-alias.html",
)
def kms_alias(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of primary keys and of replicas: aliases belong to a region."""
    for key in graph.of(*KEYS):
        yield graph.companion(key, "targetKeyId", ALIAS, "the key has no alias")[1]
