"""AWS Backup: restore testing plans and what they restore, which moto lacks."""

import datetime as dt
from typing import Any

from moto.backup.responses import BackupResponse

from local.aws.additions.kept import Kept, find, kept
from local.aws.additions.operations import answers
from local.aws.call import ACCOUNT, Call
from local.aws.errors import AwsError

_CREATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_NOT_FOUND = "ResourceNotFoundException"
_NAME = "RestoreTestingPlanName"


def _arn(call: Call, plan: str) -> str:
    return f"arn:aws:backup:{call.region}:{ACCOUNT}:restore-testing-plan:{plan}"


def _plans(call: Call) -> dict[str, Kept]:
    return kept(call, "backup", "restore_testing_plans")


def _selections(call: Call) -> dict[str, Kept]:
    return kept(call, "backup", "restore_testing_selections")


def _selection(call: Call) -> str:
    return f"{call.params[_NAME]}:{call.params['RestoreTestingSelectionName']}"


def _plan_described(call: Call, name: str) -> dict[str, Any]:
    return {_NAME: name, "RestoreTestingPlanArn": _arn(call, name), "CreationTime": _CREATED}


@answers("backup", "CreateRestoreTestingPlan", BackupResponse)
def create_plan(call: Call) -> dict[str, Any]:
    """A name is taken once."""
    document = call.params["RestoreTestingPlan"]
    name = document[_NAME]
    if name in _plans(call):
        raise AwsError("AlreadyExistsException", f"The plan {name} exists.", 400)
    _plans(call)[name] = Kept("RestoreTestingPlan", document)
    call.backend("backup").tag_resource(_arn(call, name), call.params.get("Tags", {}))
    return _plan_described(call, name)


@answers("backup", "GetRestoreTestingPlan", BackupResponse)
def get_plan(call: Call) -> dict[str, Any]:
    """As it was set."""
    name = call.params[_NAME]
    plan = find(_plans(call), name, _NOT_FOUND, 400)
    return {"RestoreTestingPlan": plan.document | _plan_described(call, name)}


@answers("backup", "UpdateRestoreTestingPlan", BackupResponse)
def update_plan(call: Call) -> dict[str, Any]:
    """What is given takes the place of what was."""
    name = call.params[_NAME]
    plan = find(_plans(call), name, _NOT_FOUND, 400)
    plan.document = plan.document | call.params["RestoreTestingPlan"]
    return _plan_described(call, name) | {"UpdateTime": _CREATED}


@answers("backup", "DeleteRestoreTestingPlan", BackupResponse)
def delete_plan(call: Call) -> dict[str, Any]:
    """Not while it has selections."""
    name = call.params[_NAME]
    find(_plans(call), name, _NOT_FOUND, 400)
    if any(selection.startswith(f"{name}:") for selection in _selections(call)):
        raise AwsError("InvalidRequestException", f"The plan {name} still has selections.", 400)
    del _plans(call)[name]
    return {}


@answers("backup", "CreateRestoreTestingSelection", BackupResponse)
def create_selection(call: Call) -> dict[str, Any]:
    """Of a plan that is there."""
    find(_plans(call), call.params[_NAME], _NOT_FOUND, 400)
    document = call.params["RestoreTestingSelection"]
    name = document["RestoreTestingSelectionName"]
    _selections(call)[f"{call.params[_NAME]}:{name}"] = Kept("RestoreTestingSelection", document)
    return _plan_described(call, call.params[_NAME]) | {"RestoreTestingSelectionName": name}


@answers("backup", "GetRestoreTestingSelection", BackupResponse)
def get_selection(call: Call) -> dict[str, Any]:
    """As it was set."""
    selection = find(_selections(call), _selection(call), _NOT_FOUND, 400)
    created = {"CreationTime": _CREATED, _NAME: call.params[_NAME]}
    return {"RestoreTestingSelection": selection.document | created}


@answers("backup", "UpdateRestoreTestingSelection", BackupResponse)
def update_selection(call: Call) -> dict[str, Any]:
    """What is given takes the place of what was."""
    selection = find(_selections(call), _selection(call), _NOT_FOUND, 400)
    selection.document = selection.document | call.params["RestoreTestingSelection"]
    return _plan_described(call, call.params[_NAME]) | {
        "RestoreTestingSelectionName": call.params["RestoreTestingSelectionName"],
        "UpdateTime": _CREATED,
    }


@answers("backup", "DeleteRestoreTestingSelection", BackupResponse)
def delete_selection(call: Call) -> dict[str, Any]:
    """Gone at once."""
    find(_selections(call), _selection(call), _NOT_FOUND, 400)
    del _selections(call)[_selection(call)]
    return {}
