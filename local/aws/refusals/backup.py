"""What AWS Backup refuses and moto accepts. Restore tests: `backup_restore_tests`."""

import re
from collections.abc import Iterator
from typing import Any

from local.aws.additions.kept import kept
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.policies import problem_of, role_may, role_trusts
from local.aws.refusals.registry import refuses

INVALID, NOT_FOUND = "InvalidParameterValueException", "ResourceNotFoundException"

# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
_KEPT_DAYS = range(1, 36501)
_COLD_DAYS = 90
# https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
_CONTINUOUS_DAYS = 35
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
_START_MINUTES = range(60, 52_560_001)
_CRON = re.compile(r"cron\((?P<minute>\S+) (?P<hour>\S+) (?P<day>\S+) (?P<month>\S+) (?P<weekday>\S+) \S+\)")


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan")
def lifecycles(call: Call) -> None:
    """A backup is kept for 1 to 36500 days, and at least 90 of them in cold storage if it gets there."""
    for rule in _rules(call):
        copies = rule.get("CopyActions", ())
        for lifecycle in (rule.get("Lifecycle", {}), *(copy.get("Lifecycle", {}) for copy in copies)):
            delete, cold = (
                lifecycle.get("DeleteAfterDays", -1),
                lifecycle.get("MoveToColdStorageAfterDays", -1),
            )
            if delete != -1 and delete not in _KEPT_DAYS:
                raise _invalid_lifecycle(
                    rule, f"DeleteAfterDays cannot be less than 1 or more than {_KEPT_DAYS[-1]} days"
                )
            if -1 not in (delete, cold) and delete < cold + _COLD_DAYS:
                raise _invalid_lifecycle(
                    rule,
                    f"DeleteAfterDays cannot be less than {_COLD_DAYS} days apart from "
                    "MoveToColdStorageAfterDays",
                )


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan")
def continuous(call: Call) -> None:
    """What is backed up continuously is kept for at most 35 days, which is too short for cold storage."""
    for rule in _rules(call):
        days = rule.get("Lifecycle", {}).get("DeleteAfterDays", -1)
        if rule.get("EnableContinuousBackup") and not 1 <= days <= _CONTINUOUS_DAYS:
            raise _invalid_lifecycle(
                rule, f"DeleteAfterDays of a continuous backup must be between 1 and {_CONTINUOUS_DAYS}"
            )


@refuses("backup", "CreateBackupPlan", "UpdateBackupPlan")
def schedules(call: Call) -> None:
    """A rule is due by a cron expression, and its backups have an hour or longer to start."""
    for rule in _rules(call):
        check_schedule(rule.get("ScheduleExpression"))
        minutes = rule.get("StartWindowMinutes")
        if minutes is not None and minutes not in _START_MINUTES:
            message = f"Error in rule {rule['RuleName']} : StartWindowMinutes must be at least 60"
            raise AwsError(INVALID, message)


@refuses("backup", "CreateBackupSelection")
def selects_nothing(call: Call) -> None:
    """A selection says which resources; conditions only narrow them, and a wildcard only ends an ARN."""
    selection = call.params["BackupSelection"]
    if not selection.get("ListOfTags") and not selection.get("Resources"):
        message = "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty."
        raise AwsError(INVALID, message)
    for arn in (*selection.get("Resources", ()), *selection.get("NotResources", ())):
        if "*" in arn.split(":", 5)[-1][:-1]:
            raise AwsError(INVALID, f"Invalid ARN: {arn}. A wildcard must end the name of the resource")


@refuses("backup", "CreateBackupSelection")
def role(call: Call) -> None:
    """AWS Backup can take on the role, which lets it find resources by their tags."""
    arn = call.params["BackupSelection"]["IamRoleArn"]
    if not role_trusts(arn, "backup.amazonaws.com"):
        raise AwsError(INVALID, f"IAM Role {arn} cannot be assumed by AWS Backup")
    if not role_may(arn, "tag:GetResources", "*"):
        raise AwsError(INVALID, f"IAM Role {arn} is not authorized to call tag:GetResources")


@refuses("backup", "CreateBackupSelection")
def plan_exists(call: Call) -> None:
    """A selection belongs to a plan that is there."""
    plan = call.params["BackupPlanId"]
    if plan not in call.backend("backup").plans:
        raise AwsError(INVALID, f"Cannot find Backup plan with ID {plan}")


@refuses("backup", "DeleteBackupPlan")
def plan_in_use(call: Call) -> None:
    """A plan goes after its selections."""
    if kept(call, "backup", f"selections of {call.params['BackupPlanId']}"):
        message = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise AwsError("InvalidRequestException", message)


@refuses("backup", "PutBackupVaultAccessPolicy")
def vault_policy(call: Call) -> None:
    """A policy is well-formed, of principals that exist, for a vault that is there."""
    name = call.params["BackupVaultName"]
    if name not in call.backend("backup").vaults:
        raise AwsError(NOT_FOUND, f"Backup vault {name} does not exist")
    if problem := problem_of(call.params.get("Policy", ""), principal=True, resource=True):
        # The provider waits for a role that is new as long as it reads these words.
        message = problem.replace("Invalid principal in policy", "Provided principal is not valid")
        raise AwsError(INVALID, message)


def check_schedule(expression: str | None) -> None:
    """Six fields, of which either the day of the month or the day of the week is a question mark.

    Raises:
        AwsError: AWS Backup would not understand the expression.
    """
    if expression is None:
        return
    match = _CRON.fullmatch(expression)
    if match is None or (match["day"] == "?") == (match["weekday"] == "?"):
        raise AwsError(INVALID, f"Invalid schedule expression: {expression}")


def _rules(call: Call) -> Iterator[dict[str, Any]]:
    yield from call.params["BackupPlan"]["Rules"]


def _invalid_lifecycle(rule: dict[str, Any], problem: str) -> AwsError:
    return AwsError(INVALID, f"Error in rule {rule['RuleName']} : Invalid lifecycle. {problem}")
