"""AWS Backup: selections and vault policies, which moto lacks."""

import datetime as dt
import uuid
from typing import Any

from moto.backup.responses import BackupResponse

from local.aws.additions.kept import Kept, find, kept
from local.aws.additions.operations import answers
from local.aws.call import Call

_CREATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_NOT_FOUND = "ResourceNotFoundException"


def _selections(call: Call) -> dict[str, Kept]:
    return kept(call, "backup", f"selections of {call.params['BackupPlanId']}")


@answers("backup", "CreateBackupSelection", BackupResponse)
def create_backup_selection(call: Call) -> dict[str, Any]:
    """What a plan backs up."""
    name = str(uuid.uuid4())
    _selections(call)[name] = Kept("BackupSelection", call.params["BackupSelection"])
    return {"SelectionId": name, "BackupPlanId": call.params["BackupPlanId"], "CreationDate": _CREATED}


@answers("backup", "GetBackupSelection", BackupResponse)
def get_backup_selection(call: Call) -> dict[str, Any]:
    """As it was created."""
    name = call.params["SelectionId"]
    selection = find(_selections(call), name, _NOT_FOUND, 400)
    plan = call.params["BackupPlanId"]
    return {
        "BackupSelection": selection.document,
        "SelectionId": name,
        "BackupPlanId": plan,
        "CreationDate": _CREATED,
    }


@answers("backup", "DeleteBackupSelection", BackupResponse)
def delete_backup_selection(call: Call) -> dict[str, Any]:
    """Gone at once."""
    find(_selections(call), call.params["SelectionId"], _NOT_FOUND, 400)
    del _selections(call)[call.params["SelectionId"]]
    return {}


@answers("backup", "PutBackupVaultAccessPolicy", BackupResponse)
def put_vault_policy(call: Call) -> dict[str, Any]:
    """One policy per vault."""
    policy = Kept("BackupVaultPolicy", call.params["Policy"])
    kept(call, "backup", "vault_policies")[call.params["BackupVaultName"]] = policy
    return {}


@answers("backup", "GetBackupVaultAccessPolicy", BackupResponse)
def get_vault_policy(call: Call) -> dict[str, Any]:
    """As it was put."""
    name = call.params["BackupVaultName"]
    policy = find(kept(call, "backup", "vault_policies"), name, _NOT_FOUND, 400)
    arn = call.backend("backup").vaults[name].backup_vault_arn
    return {"BackupVaultName": name, "BackupVaultArn": arn, "Policy": policy.document}


@answers("backup", "DeleteBackupVaultAccessPolicy", BackupResponse)
def delete_vault_policy(call: Call) -> dict[str, Any]:
    """No error when there is none."""
    kept(call, "backup", "vault_policies").pop(call.params["BackupVaultName"], None)
    return {}
