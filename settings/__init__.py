"""What a stack is set to: typed, checked as a whole, and free of Pulumi."""

from settings.between_stacks import check_against, check_together
from settings.checks_database import check_upgrade
from settings.contract import CONTRACT_VERSION, Contract
from settings.loading import load
from settings.models import Settings
from settings.problems import Problem, SettingsError

__all__ = [
    "CONTRACT_VERSION",
    "Contract",
    "Problem",
    "Settings",
    "SettingsError",
    "check_against",
    "check_together",
    "check_upgrade",
    "load",
]
