"""What AWS Backup refuses of restore tests.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingPlanForCreate.html and
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html
"""

import re

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.backup import INVALID, check_schedule
from local.aws.refusals.registry import refuses

_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_HOURS = range(169)
_WINDOW_DAYS = range(1, 366)
_RESOURCES = ("Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3")


@refuses("backup", "CreateRestoreTestingPlan", "UpdateRestoreTestingPlan")
def plan(call: Call) -> None:
    """A name without hyphens, a schedule, a window of a week at most, and where backups are taken from."""
    document = call.params["RestoreTestingPlan"]
    _check_name(document.get("RestoreTestingPlanName", "updated"))
    check_schedule(document.get("ScheduleExpression"))
    _check_hours("StartWindowHours", document.get("StartWindowHours", 0))
    if call.operation == "UpdateRestoreTestingPlan" and "RecoveryPointSelection" not in document:
        return
    points = document["RecoveryPointSelection"]
    for name in ("Algorithm", "IncludeVaults", "RecoveryPointTypes"):
        if not points.get(name):
            raise AwsError(INVALID, f"{name} is required in RecoveryPointSelection")
    if points.get("SelectionWindowDays", 30) not in _WINDOW_DAYS:
        raise AwsError(INVALID, "SelectionWindowDays must be between 1 and 365")


@refuses("backup", "CreateRestoreTestingSelection", "UpdateRestoreTestingSelection")
def selection(call: Call) -> None:
    """All resources of a type, narrowed by tags, or some of them by their ARN."""
    document = call.params["RestoreTestingSelection"]
    _check_name(document.get("RestoreTestingSelectionName", "updated"))
    _check_hours("ValidationWindowHours", document.get("ValidationWindowHours", 0))
    if document.get("ProtectedResourceType", "RDS") not in _RESOURCES:
        raise AwsError(INVALID, f"Invalid ProtectedResourceType {document['ProtectedResourceType']}")
    arns = document.get("ProtectedResourceArns", [])
    if "*" in arns and len(arns) > 1:
        raise AwsError(INVALID, "ProtectedResourceArns must be the wildcard or specific ARNs, not both")
    if set(arns) - {"*"} and document.get("ProtectedResourceConditions"):
        raise AwsError(INVALID, "ProtectedResourceConditions need the wildcard in ProtectedResourceArns")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AwsError(INVALID, f"{name} must have 1 to 50 alphanumeric characters and underscores")


def _check_hours(what: str, hours: int) -> None:
    if hours not in _HOURS:
        raise AwsError(INVALID, f"{what} must be between 0 and 168")
