"""Where alarms go."""

from components.monitoring import AlarmTopic, AlarmTopicArgs
from settings.regions import GLOBAL_REGION
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


def global_alarm_topic(stack: Stack) -> AlarmTopic:
    """Where alarms on CloudFront go, whose metrics lie in one region: an alarm notifies none but its own."""
    settings = stack.settings
    return AlarmTopic(
        "global-alarms",
        AlarmTopicArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=GLOBAL_REGION,
            elsewhere=True,
            emails=settings.alarms.emails,
            key_deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        stack.opts,
    )
