"""What a stack is set to: typed, checked as a whole, and free of Pulumi."""

from components.problems import Problem, SettingsError
from settings.between_stacks import check_against, check_together
from settings.contract import CONTRACT_VERSION, Contract
from settings.database import check_upgrade
from settings.loading import load
from settings.stack import Settings

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
