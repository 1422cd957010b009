"""What AWS Backup refuses of restore tests.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingPlanForCreate.html and
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html
"""

import json
import re
from typing import Any

from local.aws.additions.kept import kept
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.backup import INVALID, check_schedule
from local.aws.refusals.registry import refuses

_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
_HOURS = range(169)
_WINDOW_DAYS = range(1, 366)
_MOST_ARNS = 30
# What may be said of a restored resource of the types that stacks have; in any case of letters. AWS documents
# the lists, not what becomes of another key: a test that does not say what it was meant to is refused here.
# https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html
_OVERRIDABLE = {
    "EFS": {"kmskeyid", "performancemode"},
    "RDS": {
        *("allocatedstorage", "availabilityzones", "dbinstanceclass", "dbname", "dbparametergroupname"),
        *("dbsubnetgroupname", "domain", "domainiamrolename", "enablecloudwatchlogsexports"),
        *("enableiamdatabaseauthentication", "iops", "licensemodel", "multiaz", "optiongroupname", "port"),
        *("processorfeatures", "publiclyaccessible", "storagetype", "vpcsecuritygroupids"),
    },
}
# Of them, those that are lists have to be written as a JSON array, by the same page.
_LISTS = ("availabilityzones", "enablecloudwatchlogsexports", "vpcsecuritygroupids")
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
    type_ = document.get("ProtectedResourceType") or _type_of(call)
    if type_ not in _RESOURCES:
        raise AwsError(INVALID, f"Invalid ProtectedResourceType {type_}")
    for key, value in document.get("RestoreMetadataOverrides", {}).items():
        if key.lower() not in _OVERRIDABLE.get(type_, {key.lower()}):
            raise AwsError(INVALID, f"{key} cannot be overridden in restore tests of {type_}")
        if key.lower() in _LISTS and not isinstance(_parsed(value), list):
            raise AwsError(INVALID, f"{key} must be a JSON array, not {value}")
    arns = document.get("ProtectedResourceArns", [])
    if len(arns) > _MOST_ARNS:
        raise AwsError(INVALID, f"ProtectedResourceArns must be {_MOST_ARNS} at most")
    if "*" in arns and len(arns) > 1:
        raise AwsError(INVALID, "ProtectedResourceArns must be the wildcard or specific ARNs, not both")
    if set(arns) - {"*"} and document.get("ProtectedResourceConditions"):
        raise AwsError(INVALID, "ProtectedResourceConditions need the wildcard in ProtectedResourceArns")


def _parsed(value: str) -> Any:  # noqa: ANN401  any JSON
    try:
        return json.loads(value)
    except ValueError:
        return None


def _type_of(call: Call) -> str:
    """The type of a selection that is there, which nothing changes; nothing if there is none."""
    name = f"{call.params['RestoreTestingPlanName']}:{call.params.get('RestoreTestingSelectionName')}"
    found = kept(call, "backup", "restore_testing_selections").get(name)
    return str(found.document["ProtectedResourceType"]) if found else _RESOURCES[0]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AwsError(INVALID, f"{name} must have 1 to 50 alphanumeric characters and underscores")


def _check_hours(what: str, hours: int) -> None:
    if hours not in _HOURS:
        raise AwsError(INVALID, f"{what} must be between 0 and 168")
