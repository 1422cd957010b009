"""What AWS Budgets refuses and moto accepts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

_INVALID, _LIMIT, _DUPLICATE = (
    "InvalidParameterException",
    "CreationLimitExceededException",
    "DuplicateRecordException",
)
# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html
_NOTIFICATIONS = 10
_SUBSCRIBERS = {"SNS": 1, "EMAIL": 10}
_MOST_PERCENT = 1_000_000


@refuses("budgets", "CreateBudget", "UpdateBudget")
def limits(call: Call) -> None:
    """One kind of limit, one kind of filter, and an end after the start."""
    budget = call.params.get("Budget") or call.params["NewBudget"]
    if "BudgetLimit" in budget and "PlannedBudgetLimits" in budget:
        raise AwsError(_INVALID, "Only one of BudgetLimit and PlannedBudgetLimits can be present")
    if budget.keys() & {"FilterExpression", "Metrics"} and budget.keys() & {"CostFilters", "CostTypes"}:
        raise AwsError(_INVALID, "CostFilters and CostTypes exclude FilterExpression and Metrics")
    period = budget.get("TimePeriod", {})
    if {"Start", "End"} <= period.keys() and period["Start"] >= period["End"]:
        raise AwsError(_INVALID, "The start of the time period must come before its end")


@refuses("budgets", "CreateBudget")
def notifications(call: Call) -> None:
    """Each notification once, of a kind that the budget has, and to a topic and ten addresses at most."""
    given = [each["Notification"] for each in call.params.get("NotificationsWithSubscribers", ())]
    if any(count > 1 for count in Counter(map(_identity, given)).values()):
        raise AwsError(_DUPLICATE, "Error creating notification: the notification already exists.")
    for each in call.params.get("NotificationsWithSubscribers", ()):
        _check_notification(each["Notification"], call.params["Budget"]["TimeUnit"])
        _check_subscribers(each["Subscribers"])


@refuses("budgets", "CreateNotification")
def further_notification(call: Call) -> None:
    """The same of one that a budget gets later; a budget has ten at most."""
    budget = call.backend("budgets").budgets[call.params["AccountId"]].get(call.params["BudgetName"])
    if budget is None:
        return
    notification = call.params["Notification"]
    _check_notification(notification, budget.budget["TimeUnit"])
    _check_subscribers(call.params["Subscribers"])
    if _identity(notification) in [_identity(each.details) for each in budget.notifications]:
        raise AwsError(_DUPLICATE, "Error creating notification: the notification already exists.")
    if len(budget.notifications) >= _NOTIFICATIONS:
        raise AwsError(_LIMIT, f"one budget can only have {_NOTIFICATIONS} notifications")


def _check_notification(notification: dict[str, Any], time_unit: str) -> None:
    if time_unit == "DAILY" and notification["NotificationType"] == "FORECASTED":
        raise AwsError(_INVALID, "A DAILY budget cannot have FORECASTED notifications")
    percentage = notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE"
    if percentage and notification["Threshold"] > _MOST_PERCENT:
        raise AwsError(_INVALID, f"A threshold cannot exceed {_MOST_PERCENT} percent")


def _check_subscribers(subscribers: Sequence[dict[str, str]]) -> None:
    for kind, most in _SUBSCRIBERS.items():
        addresses = [each["Address"] for each in subscribers if each["SubscriptionType"] == kind]
        if len(set(addresses)) < len(addresses):
            raise AwsError(_DUPLICATE, "Error creating subscriber: the subscriber already exists.")
        if len(addresses) > most:
            raise AwsError(_LIMIT, f"one notification can only have {most} subscribers with type of {kind}")


def _identity(notification: dict[str, Any]) -> tuple[Any, ...]:
    kind = notification.get("ThresholdType", "PERCENTAGE")
    return (
        notification["NotificationType"],
        notification["ComparisonOperator"],
        notification["Threshold"],
        kind,
    )
