"""Settings of web ACLs."""

from typing import Annotated

from pydantic import Field

from ..field_types import LogRetentionDays
from ..section import Section


class WafSettings(Section):
    """Web ACLs in front of load balancer and CDN."""

    requests_per_address: Annotated[int, Field(ge=10, le=2_000_000_000)] = 10000
    """requests in five minutes, from 10, that one address may send; terminals of a shop share one"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
