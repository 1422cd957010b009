"""The topic that alarms go to."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context
from .policies import topic_key_policy, topic_policy
from .settings import AlarmSettings


@dataclass(frozen=True, kw_only=True)
class AlarmTopicArgs:
    """Inputs of `AlarmTopic`.

    Attributes:
        context: Who and where; the account's alarms are published.
        settings: E-mail addresses; each has to confirm its subscription by a link that AWS sends.
        region: Region of the topic, if not that of the provider; an alarm notifies no topic but one of its
            own region.
        key_deletion_window_days: Days between a deletion of the key and its loss, 7 to 30.
    """

    context: Context
    settings: AlarmSettings = field(default_factory=AlarmSettings)
    region: str | None = None
    key_deletion_window_days: int = 30


class AlarmTopic(pulumi.ComponentResource):
    """An encrypted SNS topic for the alarms of a stack in one region.

    Creates the topic `<prefix>-<environment>-alarms`, its policy, a key of its own with an alias of the same
    name, and e-mail subscriptions. The key belongs to the topic and to no other stack, so that a standby
    notifies of its alarms while the other region is down.

    Events of RDS come through `notify_of_events`, so that its own notifications need not be let in as well.

    One to an environment and region: its name does not come from the resource's.

    Replaces nothing in place: other addresses add and remove subscriptions.

    Requirements: not named there; every alarm of the platform ends here.

    Attributes:
        arn: ARN of the topic, for the actions of alarms. Known only when the topic takes messages.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:monitoring:AlarmTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        context, region = args.context, args.region
        home = region or context.region
        # Each region has one, under the same name.
        topic_name = context.name("alarms")

        key = aws.kms.Key(
            name,
            description=f"Alarms of {context.title}",
            policy=topic_key_policy(context.account_id),
            enable_key_rotation=True,
            deletion_window_in_days=args.key_deletion_window_days,
            region=region,
            tags={"Name": f"{topic_name}-{home}"},
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        aws.kms.Alias(name, name=f"alias/{topic_name}", target_key_id=key.key_id, region=region, opts=child)
        topic = aws.sns.Topic(
            name,
            name=topic_name,
            kms_master_key_id=key.arn,
            region=region,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=topic_policy(context.account_id, f"arn:aws:sns:{home}:{context.account_id}:{topic_name}"),
            region=region,
            opts=child,
        )
        for email in args.settings.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                region=region,
                opts=child,
            )

        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})
