"""What AWS refuses and moto accepts: functions registered for operations, one module per service."""

import importlib
import pkgutil

from local.aws.refusals.registry import refuse, refuses

__all__ = ["install", "refuse", "refuses"]


def install() -> None:
    """Register all refusals."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
