"""Settings of what the world sees: names, load balancers and the firewall in front of them."""

from settings.fields import (
    DomainName,
    HostLabel,
    LogRetentionDays,
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


class Firewall(Section):
    """Web ACLs in front of load balancer and CDN."""

    requests_per_address: RequestsPerAddress = 10000
    """requests in five minutes, from 10, that one address may send; terminals of a shop share one"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
