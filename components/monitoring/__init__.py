"""Alarms, and the topic that they notify."""
