"""Minor versions come on their own, major ones when somebody decides."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, Check, Verdict
from .encryption import SECURITY_HUB

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
MINOR = "autoMinorVersionUpgrade"
NOT_FALSE = Check("true, or not set", lambda value: value in (ABSENT, True, "true"))


def _upgrade(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    value = inputs.get(MINOR, ABSENT)
    return {} if isinstance(value, Unknown) or NOT_FALSE.test(value) else {MINOR: True}


@resource_rule(
    "rds-minor-upgrades",
    INSTANCE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.13",), checkov=("CKV_AWS_226",)),
    reason="Minor versions of a database close its holes.",
    remedy="Set auto_minor_version_upgrade=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-13",
    remediate=_upgrade,
)
def rds_minor_upgrades(database: Resource, _: Settings) -> Iterator[Verdict]:
    """The default of AWS."""
    yield database.must(MINOR, NOT_FALSE)


@resource_rule(
    "rds-major-upgrades-by-hand",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A major version may change what queries return, and there is no way back but a backup.",
    remedy="Set allow_major_version_upgrade=True for the one update that makes the step.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html",
)
def rds_major_upgrades_by_hand(database: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS allows none unless told to."""
    yield database.must("allowMajorVersionUpgrade", IS_FALSE)


@resource_rule(
    "elasticache-minor-upgrades",
    CACHE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ElastiCache.2",), checkov=("CKV_AWS_322",)),
    reason="Minor versions of a cache close its holes.",
    remedy="Set auto_minor_version_upgrade=True.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-2",
    remediate=_upgrade,
)
def elasticache_minor_upgrades(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """The default of AWS."""
    yield cache.must(MINOR, NOT_FALSE)
