"""Who may publish to an alarm topic, and use its key."""

from ..encryption.policies import ADMINISTRATION
from ..iam import policy_json

# Services that say for whom they publish.
_PUBLISHERS = ("backup.amazonaws.com", "budgets.amazonaws.com", "cloudwatch.amazonaws.com")
# EventBridge publishes only where its statement has no condition:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
_EVENTS = "events.amazonaws.com"
# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AWSpermission.html
_PROMETHEUS = "aps.amazonaws.com"


def topic_policy(account_id: str, topic_arn: str) -> str:
    """Let the services of this account that raise alarms publish, over TLS."""
    return policy_json(
        {
            "Sid": "AllowServicesOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": list(_PUBLISHERS)},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        },
        {
            "Sid": "AllowManagedPrometheus",
            "Effect": "Allow",
            "Principal": {"Service": _PROMETHEUS},
            "Action": ["sns:Publish", "sns:GetTopicAttributes"],
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        },
        {
            "Sid": "AllowEventBridge",
            "Effect": "Allow",
            "Principal": {"Service": _EVENTS},
            "Action": "sns:Publish",
            "Resource": topic_arn,
        },
        {
            "Sid": "RefusePlainText",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def topic_key_policy(account_id: str) -> str:
    """Let the same services encrypt what they publish; a publisher needs both actions.

    AWS's own key for SNS cannot be used: its policy lets no service publish, and alarms vanish in silence.
    """
    return policy_json(
        {
            "Sid": "AllowAdministrationByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": list(ADMINISTRATION),
            "Resource": "*",
        },
        {
            "Sid": "AllowPublishers",
            "Effect": "Allow",
            "Principal": {"Service": [*_PUBLISHERS, _EVENTS, _PROMETHEUS]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
    )
