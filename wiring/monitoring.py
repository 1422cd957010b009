"""Where alarms go."""

from components.monitoring import AlarmTopic, AlarmTopicArgs
from wiring.stack import Stack


def alarm_topic(stack: Stack) -> AlarmTopic:
    """Where alarms go."""
    settings = stack.settings
    return AlarmTopic(
        "alarms",
        AlarmTopicArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            emails=settings.alarms.emails,
            key_deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        stack.opts,
    )
