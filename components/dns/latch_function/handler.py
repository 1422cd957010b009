"""Sets the failover latch when an alarm of the primary region goes off.

It only ever sets the latch. Whoever has made sure that the primary region serves again clears it by hand; see
docs/adr/0025-failback-is-manual.md.
"""

import json
import os
from typing import Any

import boto3

NAMESPACE = "MPAC/Failover"
METRIC = "Latched"


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write 1 to the latch's metric.

    Args:
        event: A "CloudWatch Alarm State Change" of EventBridge; only those into ALARM get here.
    """
    # In its own region, which is not the one that fails.
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC,
                "Dimensions": [{"Name": "Latch", "Value": os.environ["LATCH"]}],
                "Value": 1,
            }
        ],
    )
    reason = {"latched": True, "alarm": event["detail"]["alarmName"], "region": event["region"]}
    print(json.dumps(reason))  # noqa: T201 (what a function prints is its log)
    return reason
