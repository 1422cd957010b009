"""What each stack would consist of, found by running the program without engine, credentials or network."""

from operations.plan.configuration import Configuration, read_configuration
from operations.plan.model import Plan, Resource, load
from operations.plan.recording import PlanError, plan, record

__all__ = ["Configuration", "Plan", "PlanError", "Resource", "load", "plan", "read_configuration", "record"]
