"""A budget."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class MonthlyBudgetArgs:
    """Inputs of `MonthlyBudget`.

    Attributes:
        environment: Part of its name; only what is tagged with it counts.
        account_id: The account that pays.
        monthly_usd: US dollars a month.
        warn_at_percent: Percent of that, spent, at which people are told first.
        emails: Up to 10 addresses that are told, beside the topic's subscribers.
        alarm_topic_arn: SNS topic that is told.
    """

    environment: str
    account_id: str
    monthly_usd: int
    warn_at_percent: int
    emails: Sequence[str] = ()
    alarm_topic_arn: pulumi.Input[str]


class MonthlyBudget(pulumi.ComponentResource):
    """A monthly budget for all that is tagged with an environment.

    Creates the budget `mpac-<environment>-monthly`, which tells when a part of it is spent, when all is, and
    when all is going to be by the end of the month. It stops nothing. The tag `Environment` must have been
    activated as a cost allocation tag in the account that pays, or nothing counts.

    Replaces it: another environment or account.

    Requirements: not named there.

    Attributes:
        name: Its name.
    """

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: MonthlyBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:budgets:MonthlyBudget", name, None, opts)
        budget = aws.budgets.Budget(
            name,
            account_id=args.account_id,
            name=f"mpac-{args.environment}-monthly",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_usd),
            limit_unit="USD",
            cost_filters=[
                aws.budgets.BudgetCostFilterArgs(
                    name="TagKeyValue", values=[f"user:Environment${args.environment}"]
                )
            ],
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(args.emails),
                    subscriber_sns_topic_arns=[args.alarm_topic_arn],
                )
                for kind, percent in (
                    ("ACTUAL", args.warn_at_percent),
                    ("ACTUAL", 100),
                    ("FORECASTED", 100),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = budget.name
        self.register_outputs({"name": self.name})
