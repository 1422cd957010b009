"""File systems: who mounts what."""

from collections.abc import Iterator

from ..documents import refuses
from ..graph import Graph
from ..rule import Reach, Severity, graph_rule
from ..settings import Settings
from ..verdicts import Outcome, Verdict

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
POINT = "elasticfilesystem:AccessPointArn"


@graph_rule(
    "efs-access-points-only",
    FILE_SYSTEM,
    POLICY,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="An access point holds clients to one directory and user; past it, they see all files.",
    remedy="Deny root access, and mounts where the AccessPointArn is Null, in efs.FileSystemPolicy.",
    url="https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html",
)
def efs_access_points_only(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Without a policy, whoever reaches the mount target mounts everything."""
    for files in graph.of(FILE_SYSTEM):
        policies, verdict = graph.companion(files, "fileSystemId", POLICY, "the file system has no policy")
        yield verdict
        for policy in policies:
            root = refuses(policy, "policy", "elasticfilesystem:ClientRootAccess")
            mounts = refuses(policy, "policy", "elasticfilesystem:ClientMount", {"Null": {POINT: "true"}})
            for outcome, what in ((root, "root access"), (mounts, "mounts without an access point")):
                message = "" if outcome is Outcome.PASS else f"policy does not refuse everybody {what}"
                if outcome is Outcome.NOT_JUDGED:
                    message = "policy is not known yet"
                yield Verdict(urn=policy.urn, path="policy", outcome=outcome, message=message)
