"""EFS: what of a file system can be changed, or taken away, after its creation."""

from typing import Any

from moto.efs.responses import EFSResponse

from local.aws.additions.operations import after, answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto


@after("efs", "CreateFileSystem")
def protect(call: Call) -> None:
    """Read back as AWS sets it."""
    for each in call.backend("efs").file_systems_by_id.values():
        if not hasattr(each, "file_system_protection"):
            each.file_system_protection = {"ReplicationOverwriteProtection": "ENABLED"}


@answers("efs", "UpdateFileSystemProtection", EFSResponse)
def update_protection(call: Call) -> dict[str, Any]:
    """Whether it may become the destination of a replication."""
    given = call.params["ReplicationOverwriteProtection"]
    _file_system(call).file_system_protection = {"ReplicationOverwriteProtection": given}
    return {"ReplicationOverwriteProtection": given}


@answers("efs", "UpdateFileSystem", EFSResponse)
def update_file_system(call: Call) -> dict[str, Any]:
    """Another throughput mode."""
    file_system = _file_system(call)
    file_system.throughput_mode = call.params.get("ThroughputMode", file_system.throughput_mode)
    file_system.provisioned_throughput_in_mibps = call.params.get("ProvisionedThroughputInMibps")
    document: dict[str, Any] = file_system.info_json()
    return document


@answers("efs", "DeleteFileSystemPolicy", EFSResponse)
def delete_policy(call: Call) -> dict[str, Any]:
    """Back to letting everybody in."""
    _file_system(call).file_system_policy = None
    return {}


@answers("efs", "PutBackupPolicy", EFSResponse)
def put_backup_policy(call: Call) -> dict[str, Any]:
    """On or off."""
    status = call.params["BackupPolicy"]["Status"]
    _file_system(call).added_backup_status = "ENABLED" if status.startswith("ENABL") else "DISABLED"
    return describe_backup_policy(call)


@answers("efs", "DescribeBackupPolicy", EFSResponse, method="describe_backup_policy", digest="5d4a58a6")
def describe_backup_policy(call: Call) -> dict[str, Any]:
    """What was put last, or asked for at creation."""
    file_system = _file_system(call)
    created_with = (file_system.backup_policy or {}).get("Status")
    status = getattr(file_system, "added_backup_status", created_with)
    if status is None:
        raise AwsError("PolicyNotFound", "No backup policy was set.", 404)
    return {"BackupPolicy": {"Status": status}}


def _file_system(call: Call) -> Moto:
    name = call.params["FileSystemId"]
    file_systems = call.backend("efs").file_systems_by_id
    if name not in file_systems:
        raise AwsError("FileSystemNotFound", f"File system '{name}' does not exist.", 404)
    return file_systems[name]
