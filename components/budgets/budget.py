"""A budget."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..section import verify
from .settings import BudgetSettings


@dataclass(frozen=True, kw_only=True)
class MonthlyBudgetArgs:
    """Inputs of `MonthlyBudget`.

    Attributes:
        context: Who and where.
        settings: US dollars a month, and the part of them at which people are notified first.
        emails: Up to 10 addresses that are notified, beside the topic's subscribers.
    """

    context: Context
    settings: BudgetSettings
    emails: Sequence[str] = ()


class MonthlyBudget(pulumi.ComponentResource):
    """A monthly budget for all that is tagged with an environment.

    Creates the budget `<prefix>-<environment>-<name>`, which notifies when a part of it is spent, when all
    is, and when all is going to be by the end of the month. It stops nothing. The tag `Environment` must have
    been activated as a cost allocation tag in the account that pays, or nothing counts.

    Replaces it: another prefix, environment, name or account.

    Requirements: not named there.

    Attributes:
        name: Its name.
    """

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: MonthlyBudgetArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:budgets:MonthlyBudget", name, None, opts)
        verify(f"MonthlyBudget {name}", args.settings)
        context, settings = args.context, args.settings
        topics = [] if context.alarm_topic_arn is None else [context.alarm_topic_arn]
        if settings.monthly_usd is None or not (topics or args.emails):
            raise ValueError(f"MonthlyBudget {name} needs an amount, and somebody to notify.")
        budget = aws.budgets.Budget(
            name,
            account_id=context.account_id,
            name=context.name(name),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(settings.monthly_usd),
            limit_unit="USD",
            cost_filters=[
                aws.budgets.BudgetCostFilterArgs(
                    name="TagKeyValue", values=[f"user:Environment${context.environment}"]
                )
            ],
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(args.emails),
                    subscriber_sns_topic_arns=topics,
                )
                for kind, percent in (
                    ("ACTUAL", settings.warn_at_percent),
                    ("ACTUAL", 100),
                    ("FORECASTED", 100),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = budget.name
        self.register_outputs({"name": self.name})
