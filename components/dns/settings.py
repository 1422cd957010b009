"""Settings of the domain and of failover."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ..field_types import Distinct, LogRetentionDays, one_of
from ..problems import Problem
from ..regions import ALIAS_TTL_SECONDS, CHECKER_REGIONS
from ..section import Section, check

DomainName = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$", max_length=200)
]


class DnsSettings(Section):
    """Requirements: Route 53 Hosted Zones."""

    domain: DomainName | None = None
    """the domain of the stack's own zone; none with a primary stack, whose zone is used"""
    zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """id of the domain's zone where it is there already; without it one is created"""
    query_log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


class FailoverSettings(Section):
    """Requirements: Health Checks for Failover, Failover Behavior."""

    recovery_seconds: Annotated[int, Field(ge=60, le=90)] = 90
    """seconds from 60 to 90 within which clients must be led to the other region"""
    interval_seconds: Literal[10, 30] = 10
    """seconds between two requests of each of Route 53's checkers, 10 or 30; a change replaces the checks"""
    failure_threshold: Annotated[int, Field(ge=1, le=10)] = 3
    """consecutive failures, from 1 to 10, after which an endpoint counts as failed"""
    checker_regions: Annotated[
        tuple[Annotated[str, one_of(CHECKER_REGIONS)], ...], Distinct, Field(min_length=3)
    ] = (
        "ap-southeast-1",
        "ap-southeast-2",
        "us-west-2",
    )
    """at least three regions that Route 53 checks from, outside Japan, each once"""


@check
def failover_is_fast_enough(failover: FailoverSettings) -> Iterator[Problem]:
    """Detection, and then what resolvers remember."""
    seconds = failover.interval_seconds * failover.failure_threshold + ALIAS_TTL_SECONDS
    if seconds > failover.recovery_seconds:
        yield Problem(
            key="failureThreshold",
            value=failover.failure_threshold,
            rule=(
                f"makes {seconds} seconds: {failover.interval_seconds} x {failover.failure_threshold}, and "
                f"{ALIAS_TTL_SECONDS} that resolvers keep an alias; {failover.recovery_seconds} are allowed"
            ),
            remedy="probe more often (intervalSeconds: 10), or lower the threshold",
        )
