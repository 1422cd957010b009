"""File systems: who mounts what."""

from collections.abc import Iterator
from typing import Any

from ..documents import must_refuse
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT
from ..verdicts import IS_SET, Check, Outcome, Verdict

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
ACCESS_POINT = "aws:efs/accessPoint:AccessPoint"
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
            yield must_refuse(policy, "root access", "elasticfilesystem:ClientRootAccess")
            yield must_refuse(
                policy,
                "mounts without an access point",
                "elasticfilesystem:ClientMount",
                {"Null": {POINT: "true"}},
            )


def _is_open(value: Any) -> bool:
    """Whether anybody may write: the last of the octal digits says what others may."""
    return str(value)[-1:] in "2367"


NOT_ROOT = Check("a user id other than 0", lambda value: str(value) not in ("0", "0.0"))
NOT_OPEN = Check(
    "permissions that let others not write", lambda value: value is ABSENT or not _is_open(value)
)
NOT_WHOLE = Check("a directory below /", lambda value: value not in (ABSENT, "", "/"))


@resource_rule(
    "efs-access-point-narrow",
    ACCESS_POINT,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("EFS.3", "EFS.4"), checkov=("CKV_AWS_329", "CKV_AWS_330")),
    reason="An access point on the whole file system, or one whose user is root, holds nobody to anything.",
    remedy="Set root_directory with a path below / and permissions such as 0750, and posix_user with ids "
    "other than 0.",
    url=f"{SECURITY_HUB}/efs-controls.html#efs-3",
)
def efs_access_point_narrow(point: Resource, _: Settings) -> Iterator[Verdict]:
    """Without them, the client says who it is, and sees everything."""
    yield point.must("rootDirectory.path", NOT_WHOLE)
    yield point.must("rootDirectory.creationInfo.permissions", NOT_OPEN)
    for path in ("posixUser.uid", "posixUser.gid"):
        given = point.must(path, IS_SET)
        yield given if given.outcome is not Outcome.PASS else point.must(path, NOT_ROOT)
