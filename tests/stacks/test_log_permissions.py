"""Every permission on CloudWatch Logs of the real stacks names what AWS authorises."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from operations.plan import Plan
from tests.iam import Request, allowed, as_list

KINDS = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
)
# By resource type of https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
ON_STREAMS = {"logs:CreateLogStream", "logs:PutLogEvents", "logs:GetLogEvents"}
ON_GROUPS = {"logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DescribeLogStreams"}
ON_ALL = {"logs:DescribeLogGroups"}
# What is known when a log group exists: `<unknown: ...#arn>:*`.
UNKNOWN_GROUP = re.compile(r"<unknown: [^>]*logGroup:LogGroup::[^>]*#arn>")
GROUP = "arn:aws:logs:ap-northeast-1:123456789012:log-group:unknown"


def grants(plan: Plan) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield policy, action and resource of each grant on CloudWatch Logs, with its statement."""
    for resource in plan.resources:
        document = resource.inputs.get("policy", resource.inputs.get("policyDocument"))
        if resource.type in KINDS and isinstance(document, str):
            for statement in json.loads(UNKNOWN_GROUP.sub(GROUP, document))["Statement"]:
                for action in as_list(statement["Action"]):
                    for arn in as_list(statement["Resource"]):
                        if action.startswith("logs:"):
                            yield resource.name, action, arn, statement


@pytest.mark.parametrize("stack_name", ["prod", "dr", "staging"])
def test_every_grant_matches_what_aws_authorises(plans: dict[str, Plan], stack_name: str) -> None:
    found = list(grants(plans[stack_name]))
    assert {action for _, action, _, _ in found} <= ON_STREAMS | ON_GROUPS | ON_ALL
    assert {policy for policy, _, _, _ in found} >= {
        "database-monitoring",
        "vpc-flow-logs",
        *(
            f"{name}-execution"
            for name in ("svc-portal", "svc-smarttab", "mpac-pgw", "pgbouncer", "obs-alloy")
        ),
    }
    for policy, action, arn, statement in found:
        if action in ON_ALL:
            continue
        group = re.sub(r":(log-stream:)?\*$", "", arn)
        request = Request(action, f"{group}:log-stream:{'x' if action in ON_STREAMS else ''}")
        alone = {key: value for key, value in statement.items() if key in ("Effect", "Action", "Resource")}
        assert allowed([{"Statement": [alone]}], request), (policy, action, arn)
