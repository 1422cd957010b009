"""Access documents of the latch."""

from typing import Any

from components.dns.latch_function.handler import NAMESPACE

Document = dict[str, Any]
_VERSION = "2012-10-17"


def trust(service: str, account_id: str) -> Document:
    """Let a service take a role for resources of this account."""
    return {
        "Version": _VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }
        ],
    }


def function_permissions(log_group_arn: str, queue_arn: str) -> Document:
    """Let the function write its metric and its log, and Lambda put away what it could not deliver."""
    return {
        "Version": _VERSION,
        "Statement": [
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
        ],
    }


def queue_policy(queue_arn: str) -> Document:
    """Refuse requests in plain text; who may send messages is said by the function's role."""
    return {
        "Version": _VERSION,
        "Statement": [
            {
                "Sid": "RefusePlainText",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def forwarding(bus_arn: str) -> Document:
    """Let EventBridge bring events to the bus of another region."""
    return {
        "Version": _VERSION,
        "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus_arn}],
    }
