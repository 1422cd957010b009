"""More than one of everything, in more than one zone."""

from collections.abc import Iterator

from ..graph import Resource
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..verdicts import IS_TRUE, Verdict


@resource_rule(
    "rds-multi-az",
    "aws:rds/instance:Instance",
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.5",), cis=("3.2.4",), checkov=("CKV_AWS_157",)),
    reason="The loss of one zone must not stop payments.",
    remedy="Set multi_az=True.",
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-5",
)
def rds_multi_az(instance: Resource, _: Settings) -> Iterator[Verdict]:
    """A replica is a copy already: its primary is the one that must stand in two zones."""
    if not instance.has("replicateSourceDb"):
        yield instance.must("multiAz", IS_TRUE)
