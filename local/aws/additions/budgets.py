"""Budgets: who is told, the health of a budget, tags, and changes; moto keeps none of them."""

from typing import Any

from moto.budgets.responses import BudgetsResponse

from local.aws.additions.kept import Kept, kept
from local.aws.additions.operations import after, answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto


def _budget(call: Call, name: str) -> Moto:
    budget = call.backend("budgets").budgets[call.params["AccountId"]].get(name)
    if budget is None:
        raise AwsError("NotFoundException", f"Unable to get budget: {name}", 400)
    return budget


def _tags(call: Call) -> dict[str, Kept]:
    return kept(call, "budgets", "tags")


@after("budgets", "CreateBudget")
def keep_tags(call: Call) -> None:
    """Told by ARN."""
    name = f"arn:aws:budgets::{call.params['AccountId']}:budget/{call.params['Budget']['BudgetName']}"
    _tags(call)[name] = Kept("BudgetTags", call.params.get("ResourceTags", []))


@after("budgets", "DeleteBudget")
def forget_tags(call: Call) -> None:
    """They go with it."""
    _tags(call).pop(f"arn:aws:budgets::{call.params['AccountId']}:budget/{call.params['BudgetName']}", None)


@answers("budgets", "ListTagsForResource", BudgetsResponse)
def list_tags(call: Call) -> dict[str, Any]:
    """As they were set."""
    tags = _tags(call).get(call.params["ResourceARN"])
    return {"ResourceTags": tags.document if tags else []}


@answers("budgets", "TagResource", BudgetsResponse)
def tag(call: Call) -> dict[str, Any]:
    """New values in place of old ones."""
    given = {each["Key"]: each for each in call.params["ResourceTags"]}
    tags = _tags(call).setdefault(call.params["ResourceARN"], Kept("BudgetTags", []))
    tags.document = [*(each for each in tags.document if each["Key"] not in given), *given.values()]
    return {}


@answers("budgets", "UntagResource", BudgetsResponse)
def untag(call: Call) -> dict[str, Any]:
    """By key."""
    tags = _tags(call).setdefault(call.params["ResourceARN"], Kept("BudgetTags", []))
    tags.document = [each for each in tags.document if each["Key"] not in call.params["ResourceTagKeys"]]
    return {}


@answers("budgets", "UpdateBudget", BudgetsResponse)
def update(call: Call) -> dict[str, Any]:
    """A new limit or filter."""
    budget = _budget(call, call.params["NewBudget"]["BudgetName"])
    budget.budget = budget.budget | call.params["NewBudget"]
    return {}


@answers("budgets", "DescribeSubscribersForNotification", BudgetsResponse)
def describe_subscribers(call: Call) -> dict[str, Any]:
    """Those of one notification."""
    asked = call.params["Notification"]
    for notification in _budget(call, call.params["BudgetName"]).notifications:
        if all(
            notification.details.get(name) == value
            for name, value in asked.items()
            if name != "NotificationState"
        ):
            return {"Subscribers": notification.subscribers}
    raise AwsError("NotFoundException", "Unable to find the notification.", 400)
