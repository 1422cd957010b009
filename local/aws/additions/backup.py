"""AWS Backup: selections and vault policies, which moto lacks."""

import datetime as dt
import uuid
from typing import Any

from moto.backup.responses import BackupResponse

from local.aws.additions.kept import Kept, find, kept
from local.aws.additions.operations import after, answers
from local.aws.call import Call
from local.aws.errors import AwsError

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


@answers("backup", "ListBackupSelections", BackupResponse)
def list_selections(call: Call) -> dict[str, Any]:
    """Of one plan."""
    plan = {"BackupPlanId": call.params["BackupPlanId"], "CreationDate": _CREATED}
    return {
        "BackupSelectionsList": [
            plan | {"SelectionId": name, "SelectionName": selection.document["SelectionName"]}
            for name, selection in _selections(call).items()
        ]
    }


@after("backup", "DeleteBackupPlan")
def forget_plan(call: Call) -> None:
    """Moto keeps a deleted plan, and its name taken."""
    call.backend("backup").plans.pop(call.params["BackupPlanId"], None)


@answers("backup", "UpdateBackupPlan", BackupResponse)
def update_plan(call: Call) -> dict[str, Any]:
    """Its rules, under the same id."""
    plans = call.backend("backup").plans
    name = call.params["BackupPlanId"]
    if name not in plans:
        raise AwsError(_NOT_FOUND, f"{name} does not exist", 400)
    plans[name].backup_plan = call.params["BackupPlan"]
    return {"BackupPlanId": name, "BackupPlanArn": plans[name].backup_plan_arn, "CreationDate": _CREATED}


@answers("backup", "ListRecoveryPointsByBackupVault", BackupResponse)
def list_recovery_points(call: Call) -> dict[str, Any]:
    """None: no backup is ever taken here."""
    vault = call.params["BackupVaultName"]
    if vault not in call.backend("backup").vaults:
        raise AwsError(_NOT_FOUND, f"{vault} does not exist", 400)
    return {"RecoveryPoints": []}


@answers("backup", "ListTags", BackupResponse, method="list_tags", digest="24525e57")
def list_tags(call: Call) -> dict[str, Any]:
    """Of the whole ARN; moto wants a slash behind it, which only boto3 writes."""
    tags: dict[str, str] = call.backend("backup").tagger.get_tag_dict_for_resource(call.params["ResourceArn"])
    return {"Tags": tags}
