"""Settings of what the world sees: names, load balancers and the firewall in front of them."""

from typing import Annotated, Literal

from pydantic import Field

from settings.fields import (
    CheckerRegion,
    Distinct,
    DomainName,
    FailureThreshold,
    HostLabel,
    LogRetentionDays,
    PathPattern,
    RecoverySeconds,
    RequestsPerAddress,
    Section,
    TimeoutSeconds,
    TlsPolicy,
    ZoneId,
)


class Dns(Section):
    """Requirements: Route 53 Hosted Zones."""

    domain: DomainName | None = None
    """the domain of the stack's own zone; none with an upstream, whose zone is used"""
    zone_id: ZoneId | None = None
    """id of the domain's zone where it is there already; without it one is created"""
    query_log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


class Failover(Section):
    """Requirements: Health Checks for Failover, Failover Behavior."""

    recovery_seconds: RecoverySeconds = 90
    """seconds from 60 to 90 within which clients must be led to the other region"""
    interval_seconds: Literal[10, 30] = 10
    """seconds between two questions of each of Route 53's checkers, 10 or 30; a change replaces the checks"""
    failure_threshold: FailureThreshold = 3
    """answers in a row, from 1 to 10, after which an endpoint counts as failed"""
    checker_regions: Annotated[tuple[CheckerRegion, ...], Distinct, Field(min_length=3)] = (
        "ap-southeast-1",
        "ap-southeast-2",
        "us-west-2",
    )
    """at least three regions that Route 53 checks from, outside Japan, each once"""


class LoadBalancer(Section):
    """Requirements: Application Load Balancer."""

    tls_policy: TlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    """a security policy of ELB without TLS 1.0 and 1.1"""
    idle_timeout_seconds: TimeoutSeconds = 120
    """seconds from 1 to 4000 after which a silent connection is closed"""


class WebsocketLoadBalancer(Section):
    """A network load balancer for WebSockets. Requirements: Network Load Balancer, "if needed"."""

    enabled: bool = False
    """true to create it"""
    host: HostLabel = "ws"
    """the first label of the host name at which it is reached"""


class Cdn(Section):
    """Requirements: mpac-app-apk, mpac-static-assets."""

    host: HostLabel = "cdn"
    """the first label of the host name at which it is reached"""
    immutable_paths: Annotated[tuple[PathPattern, ...], Distinct, Field(max_length=20)] = ("/assets/*",)
    """patterns, up to 20, of paths of static assets whose name changes with their content, each once"""


class Firewall(Section):
    """Web ACLs in front of load balancer and CDN."""

    requests_per_address: RequestsPerAddress = 10000
    """requests in five minutes, from 10, that one address may send; terminals of a shop share one"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
