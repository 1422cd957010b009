"""The topic that alarms go to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.monitoring.policies import topic_key_policy, topic_policy


@dataclass(frozen=True, kw_only=True)
class AlarmTopicArgs:
    """Inputs of `AlarmTopic`.

    Attributes:
        environment: Part of every name.
        account_id: The account whose alarms are published.
        region: Where the topic lies; alarms can only notify topics of their own region.
        elsewhere: Whether that is another region than the one of the stack's provider.
        emails: Addresses that are told; each has to confirm its subscription by a link that AWS sends.
        key_deletion_window_days: Days between a deletion of the key and its loss, 7 to 30.
        protect: Whether Pulumi refuses to delete the key.
    """

    environment: str
    account_id: str
    region: str
    elsewhere: bool = False
    emails: Sequence[str] = ()
    key_deletion_window_days: int
    protect: bool


class AlarmTopic(pulumi.ComponentResource):
    """An encrypted SNS topic for the alarms of a stack in one region.

    Creates the topic `mpac-<environment>-alarms`, its policy, a key of its own with an alias of the same
    name, and e-mail subscriptions. The key belongs to the topic and to no other stack, so that a stand-by
    tells of its alarms while the other region is down.

    Events of RDS come through `notify_of_events`, so that its own notifications need not be let in as well.

    Replaces nothing in place: other addresses add and remove subscriptions.

    Requirements: not named there; every alarm of the platform ends here.

    Attributes:
        arn: ARN of the topic, for the actions of alarms. Known only when the topic takes messages.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:monitoring:AlarmTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        region = args.region if args.elsewhere else None
        topic_name = f"mpac-{args.environment}-alarms"

        key = aws.kms.Key(
            name,
            description=f"Alarms of mpac {args.environment}",
            policy=topic_key_policy(args.account_id),
            enable_key_rotation=True,
            deletion_window_in_days=args.key_deletion_window_days,
            region=region,
            tags={"Name": f"{topic_name}-{args.region}"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
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
            policy=topic_policy(args.account_id, f"arn:aws:sns:{args.region}:{args.account_id}:{topic_name}"),
            region=region,
            opts=child,
        )
        for email in args.emails:
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
