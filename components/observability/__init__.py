"""The observability services, their files, dashboards and rules."""

from components.observability.args import GrafanaDatabase, Load, ObsStackArgs, Program, SingleSignOn
from components.observability.stack import ObsStack

__all__ = ["GrafanaDatabase", "Load", "ObsStack", "ObsStackArgs", "Program", "SingleSignOn"]
