"""EventBridge as far as the local AWS needs it: events of AWS services reach functions and buses."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.aws import functions
from local.aws.call import ACCOUNT, backend


def publish(
    region: str, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()
) -> None:
    """Send an event of an AWS service to the default bus of a region.

    Rules deliver to functions and to buses of other regions; what a topic or a queue would get is dropped.
    """
    _deliver(
        region,
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": list(resources),
            "detail": dict(detail),
        },
    )


def _deliver(region: str, event: dict[str, Any]) -> None:
    for rule in list(backend("events", region).describe_event_bus("default").rules.values()):
        if rule.state != "ENABLED" or not rule.event_pattern.matches_event(json.loads(json.dumps(event))):
            continue
        for target in rule.targets:
            _, _, service, other_region, _, resource = target["Arn"].split(":", 5)
            if service == "lambda":
                functions.run_later(other_region, resource.removeprefix("function:"), event)
            elif service == "events" and other_region != region:
                # An event keeps the region that it happened in.
                _deliver(other_region, event)
