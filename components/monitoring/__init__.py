"""Alarms, and the topic that tells people of them."""

from components.monitoring.alarm import Expression, Metric, alarm, notify_of_events
from components.monitoring.topic import AlarmTopic, AlarmTopicArgs

__all__ = ["AlarmTopic", "AlarmTopicArgs", "Expression", "Metric", "alarm", "notify_of_events"]
