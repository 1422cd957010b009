"""EFS: the backup policy of a file system can be set after its creation; moto takes it at creation only."""

from typing import Any

from moto.efs.responses import EFSResponse

from local.aws.additions.operations import answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto


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
