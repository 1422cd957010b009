"""Settings of the budget."""

from typing import Annotated

from pydantic import Field

from ..section import Section


class BudgetSettings(Section):
    """What a stack may cost; it stops nothing."""

    monthly_usd: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """US dollars a month, from 1 to 10000000, which people are notified of; none for no budget"""
    warn_at_percent: Annotated[int, Field(ge=1, le=99)] = 80
    """percent of that, from 1 to 99, at which people are notified first"""
