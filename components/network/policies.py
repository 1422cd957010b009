"""IAM documents of the network."""

import json

from ..iam import policy_json, trust


def flow_log_trust(account_id: str, region: str) -> str:
    """Let VPC Flow Logs assume a role, for flow logs of this account and region only."""
    # The id is not known before the flow log exists, which needs the role.
    flow_logs = f"arn:aws:ec2:{region}:{account_id}:vpc-flow-log/*"
    condition = {"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": flow_logs}}
    return json.dumps(trust("vpc-flow-logs.amazonaws.com", condition))


def flow_log_delivery(account_id: str, region: str, log_group: str) -> str:
    """Allow writing to one log group."""
    return policy_json(
        {
            "Sid": "WriteToTheLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{region}:{account_id}:log-group:{log_group}:*",
        },
        {
            # The service looks its group up in the list of all, and that call has no resource.
            "Sid": "FindTheLogGroup",
            "Effect": "Allow",
            "Action": "logs:DescribeLogGroups",
            "Resource": "*",
        },
    )


def s3_endpoint(account_id: str, region: str) -> str:
    """Let a VPC reach the account's own buckets, and the bucket that ECR keeps image layers in.

    Whoever takes over a task cannot carry data off to a bucket of another account through the endpoint.
    """
    return policy_json(
        {
            "Sid": "BucketsOfThisAccount",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": account_id}},
        },
        {
            "Sid": "ImageLayersOfEcr",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
        },
    )
