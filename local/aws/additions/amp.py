"""Managed Prometheus: the Alertmanager of a workspace."""

import time
from typing import Any

from moto.amp.responses import PrometheusServiceResponse

from local.aws.additions.operations import answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto

_ACTIVE = {"statusCode": "ACTIVE"}
_NOT_FOUND = "ResourceNotFoundException"


@answers("amp", "CreateAlertManagerDefinition", PrometheusServiceResponse)
def create(call: Call) -> dict[str, Any]:
    """The only one of the workspace."""
    workspace_of(call).added_alert_manager = _described(call, time.time())
    return {"status": _ACTIVE}


@answers("amp", "PutAlertManagerDefinition", PrometheusServiceResponse)
def put(call: Call) -> dict[str, Any]:
    """Another definition in its place."""
    workspace_of(call).added_alert_manager = _described(call, _definition(call)["createdAt"])
    return {"status": _ACTIVE}


@answers("amp", "DescribeAlertManagerDefinition", PrometheusServiceResponse)
def describe(call: Call) -> dict[str, Any]:
    """What was put last."""
    return {"alertManagerDefinition": _definition(call)}


@answers("amp", "DeleteAlertManagerDefinition", PrometheusServiceResponse)
def delete(call: Call) -> dict[str, Any]:
    """None from now on."""
    _definition(call)
    del workspace_of(call).added_alert_manager
    return {}


def workspace_of(call: Call) -> Moto:
    """The workspace of a call."""
    workspace = call.backend("amp").workspaces.get(call.params["workspaceId"])
    if workspace is None:
        raise AwsError(_NOT_FOUND, f"Workspace {call.params['workspaceId']} not found", 404)
    return workspace


def _described(call: Call, created_at: float) -> dict[str, Any]:
    data = call.params["data"]
    return {"status": _ACTIVE, "data": data, "createdAt": created_at, "modifiedAt": time.time()}


def _definition(call: Call) -> dict[str, Any]:
    definition: dict[str, Any] | None = getattr(workspace_of(call), "added_alert_manager", None)
    if definition is None:
        raise AwsError(_NOT_FOUND, "The workspace has no alert manager definition", 404)
    return definition
