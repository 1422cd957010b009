"""Access documents of the latch."""

from ..iam import Document, document, trust
from .latch_function.handler import NAMESPACE


def latch_trust(service: str, account_id: str) -> Document:
    """Let a service assume a role for resources of this account."""
    return trust(service, {"StringEquals": {"aws:SourceAccount": account_id}})


def function_permissions(log_group_arn: str, queue_arn: str) -> Document:
    """Let the function write its metric and its log, and Lambda put away what it could not deliver."""
    return document(
        [
            {
                "Sid": "SetLatch",
                "Effect": "Allow",
                "Action": "cloudwatch:PutMetricData",
                "Resource": "*",  # PutMetricData knows no resources
                "Condition": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
            },
            {
                "Sid": "WriteLog",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{log_group_arn}:*",
            },
            {
                "Sid": "SendFailedEvents",
                "Effect": "Allow",
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
            },
        ]
    )


def queue_policy(queue_arn: str) -> Document:
    """Refuse requests in plain text; who may send messages is said by the function's role."""
    return document(
        [
            {
                "Sid": "RefusePlainText",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    )


def forwarding(bus_arn: str) -> Document:
    """Let EventBridge bring events to the bus of another region."""
    return document([{"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus_arn}])
