"""Who raises versions of databases and caches."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, Check, Verdict

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
    remedy="Leave it out; for the one update that makes the step, exempt the instance until the next day.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html",
)
def rds_major_upgrades_by_hand(database: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS allows none unless told to."""
    yield database.must("allowMajorVersionUpgrade", IS_FALSE)


@resource_rule(
    "elasticache-upgrades-by-hand",
    CACHE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason=(
        "Once AWS has raised a minor version, the provider takes the one that is set for a downgrade and "
        "wants to replace the cluster with all its data. ElastiCache.2 of AWS Security Hub wants it on; "
        "`make cache-versions` names newer versions in its place."
    ),
    remedy="Set auto_minor_version_upgrade=False, and raise engine_version.",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html",
)
def elasticache_upgrades_by_hand(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS and the provider leave it on."""
    yield cache.must(MINOR, Check("false", lambda value: value in (False, "false")))
