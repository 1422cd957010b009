"""What the stack may cost."""

from components.budgets import MonthlyBudget, MonthlyBudgetArgs
from components.monitoring import AlarmTopic
from wiring.stack import Stack


def budget(stack: Stack, *, alarms: AlarmTopic) -> MonthlyBudget | None:
    """The monthly budget, if one is set."""
    settings = stack.settings
    if settings.budget.monthly_usd is None:
        return None
    return MonthlyBudget(
        "budget",
        MonthlyBudgetArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            monthly_usd=settings.budget.monthly_usd,
            warn_at_percent=settings.budget.warn_at_percent,
            emails=settings.alarms.emails,
            alarm_topic_arn=alarms.arn,
        ),
        stack.opts,
    )
