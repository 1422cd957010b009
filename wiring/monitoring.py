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
    """Where alarms on CloudFront and Route 53 go, whose metrics lie in one region."""
    return _topic_elsewhere(stack, "global-alarms", GLOBAL_REGION)


def replica_alarm_topic(stack: Stack) -> AlarmTopic | None:
    """Where alarms on what the stack has in the region that stands by go; that region's stack has its own."""
    region = stack.settings.replica_region
    return _topic_elsewhere(stack, "replica-alarms", region) if region else None


def _topic_elsewhere(stack: Stack, name: str, region: str) -> AlarmTopic:
    """An alarm notifies no topic but one of its own region."""
    settings = stack.settings
    return AlarmTopic(
        name,
        AlarmTopicArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=region,
            elsewhere=True,
            emails=settings.alarms.emails,
            key_deletion_window_days=settings.encryption.deletion_window_days,
            protect=settings.protect,
        ),
        stack.opts,
    )
