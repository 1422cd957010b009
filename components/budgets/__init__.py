"""What a stack may cost."""

from components.budgets.budget import MonthlyBudget, MonthlyBudgetArgs

__all__ = ["MonthlyBudget", "MonthlyBudgetArgs"]
