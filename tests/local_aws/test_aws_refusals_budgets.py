"""What AWS Budgets refuses: limits, notifications and who is told."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_aws.harness import ACCOUNT, TOKYO, Aws, Client, Refused

OWNER = {"AccountId": ACCOUNT}
LIMIT = {"Amount": "100", "Unit": "USD"}
BUDGET = {"BudgetName": "refused", "BudgetLimit": LIMIT, "TimeUnit": "MONTHLY", "BudgetType": "COST"}
NAMED = OWNER | {"BudgetName": "refused"}
INVALID, LIMIT_EXCEEDED = "InvalidParameterException", "CreationLimitExceededException"
DUPLICATE = "DuplicateRecordException"


def notification(threshold: float = 80, kind: str = "ACTUAL") -> dict[str, Any]:
    return {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": threshold}


def topics(count: int = 1) -> list[dict[str, str]]:
    return [
        {"SubscriptionType": "SNS", "Address": f"arn:aws:sns:{TOKYO}:{ACCOUNT}:alarms-{number}"}
        for number in range(count)
    ]


def addresses(count: int) -> list[dict[str, str]]:
    return [{"SubscriptionType": "EMAIL", "Address": f"{number}@example.com"} for number in range(count)]


def telling(*notifications: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Notification": each, "Subscribers": topics()} for each in notifications]


@pytest.fixture
def budgets(aws: Aws) -> Client:
    return aws("budgets")


@pytest.fixture
def budget(budgets: Client) -> Iterator[None]:
    ten = [notification(percent) for percent in range(10, 101, 10)]
    budgets.create_budget(**OWNER, Budget=BUDGET, NotificationsWithSubscribers=telling(*ten))
    yield
    budgets.delete_budget(**NAMED)


@pytest.mark.parametrize(
    "changed",
    [
        {"BudgetName": "mpac:prod"},
        {"BudgetName": "mpac\\prod"},
        {"PlannedBudgetLimits": {"1767225600": LIMIT}},
        {"CostFilters": {"Service": ["Amazon RDS"]}, "Metrics": ["UnblendedCost"]},
        {"TimePeriod": {"Start": dt.datetime(2026, 2, 1), "End": dt.datetime(2026, 1, 1)}},  # noqa: DTZ001
    ],
)
def test_budgets(budgets: Client, refused: Refused, changed: dict[str, Any]) -> None:
    with refused(INVALID):
        budgets.create_budget(**OWNER, Budget=BUDGET | changed)


@pytest.mark.parametrize(
    ("code", "time_unit", "told"),
    [
        (INVALID, "MONTHLY", telling(*(notification(percent) for percent in range(11)))),
        (INVALID, "MONTHLY", telling(notification(1_000_001))),
        (INVALID, "DAILY", telling(notification(kind="FORECASTED"))),
        (DUPLICATE, "MONTHLY", telling(notification(), notification() | {"ThresholdType": "PERCENTAGE"})),
        (LIMIT_EXCEEDED, "MONTHLY", [{"Notification": notification(), "Subscribers": topics(2)}]),
        (LIMIT_EXCEEDED, "MONTHLY", [{"Notification": notification(), "Subscribers": addresses(11)}]),
        (DUPLICATE, "MONTHLY", [{"Notification": notification(), "Subscribers": topics() + topics()}]),
    ],
)
def test_notifications(
    budgets: Client, refused: Refused, code: str, time_unit: str, told: list[dict[str, Any]]
) -> None:
    with refused(code):
        budgets.create_budget(
            **OWNER, Budget=BUDGET | {"TimeUnit": time_unit}, NotificationsWithSubscribers=told
        )


@pytest.mark.usefixtures("budget")
def test_further_notifications(budgets: Client, refused: Refused) -> None:
    with refused(LIMIT_EXCEEDED):
        budgets.create_notification(**NAMED, Notification=notification(110), Subscribers=topics())
    with refused(DUPLICATE):
        budgets.create_notification(**NAMED, Notification=notification(80), Subscribers=topics())
    with refused(LIMIT_EXCEEDED):
        budgets.create_notification(**NAMED, Notification=notification(110), Subscribers=topics(2))


@pytest.mark.usefixtures("budget")
def test_other_people_are_told(budgets: Client) -> None:
    budgets.delete_notification(**NAMED, Notification=notification(80))
    told = topics() + addresses(10)
    budgets.create_notification(**NAMED, Notification=notification(80), Subscribers=told)
    found = budgets.describe_subscribers_for_notification(**NAMED, Notification=notification(80))
    assert found["Subscribers"] == told
