"""What AWS refuses and moto accepts: functions registered for operations, one module per service.

The messages are AWS's own where they are known: the AWS provider compares some of them.
"""

import importlib
import pkgutil

from local.aws.refusals.registry import refuse, refuses

__all__ = ["install", "refuse", "refuses"]


def install() -> None:
    """Register all refusals."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
