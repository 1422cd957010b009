"""Somebody hears of costs before the bill."""

from collections.abc import Iterator

from ..graph import Resource
from ..rule import Reach, Severity, resource_rule
from ..settings import Settings
from ..verdicts import IS_SET, Verdict, any_of


@resource_rule(
    "budget-notifies",
    "aws:budgets/budget:Budget",
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    reason="A budget that tells nobody is a figure in a console.",
    remedy="Give each of the notifications subscriber_sns_topic_arns or subscriber_email_addresses.",
    url="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
)
def budget_notifies(budget: Resource, _: Settings) -> Iterator[Verdict]:
    """At least one notification, and each has somebody to tell."""
    yield budget.must("notifications", IS_SET)
    for path, _item in budget.items("notifications"):
        subscribers = ("subscriberSnsTopicArns", "subscriberEmailAddresses")
        yield any_of([budget.must(f"{path}.{subscriber}", IS_SET) for subscriber in subscribers])
