"""Dashboards of what CloudWatch measures."""

from collections.abc import Mapping

from .panels import CloudWatchSearch, Dashboard, Panel

# CloudFront and Route 53 report there, wherever what they serve is.
GLOBAL_REGION = "us-east-1"


def cloudwatch_panels(
    namespace: str, dimensions: tuple[str, ...], words: str, table: Mapping[str, tuple[str, str, str]]
) -> list[Panel]:
    """Make a panel for each metric: its title, and name, statistic and unit of the metric."""
    return [
        Panel(
            title=title,
            unit=unit,
            queries=[
                CloudWatchSearch(
                    namespace=namespace,
                    dimensions=dimensions,
                    metric=metric,
                    statistic=statistic,
                    words=words,
                    region=GLOBAL_REGION if namespace in ("AWS/CloudFront", "AWS/Route53") else "default",
                )
            ],
        )
        for title, (metric, statistic, unit) in table.items()
    ]


def load_balancer(words: str) -> Dashboard:
    """Requests, errors and targets."""
    return Dashboard(
        name="load-balancer",
        title="Load balancer",
        panels=[
            *cloudwatch_panels(
                "AWS/ApplicationELB",
                ("LoadBalancer",),
                words,
                {
                    "Requests": ("RequestCount", "Sum", "short"),
                    "Errors of the balancer": ("HTTPCode_ELB_5XX_Count", "Sum", "short"),
                    "Errors of targets": ("HTTPCode_Target_5XX_Count", "Sum", "short"),
                    "Time of 19 in 20 answers": ("TargetResponseTime", "p95", "s"),
                    "Connections": ("ActiveConnectionCount", "Sum", "short"),
                    "Refused connections": ("RejectedConnectionCount", "Sum", "short"),
                    "Capacity units": ("ConsumedLCUs", "Average", "short"),
                },
            ),
            *cloudwatch_panels(
                "AWS/ApplicationELB",
                ("TargetGroup", "LoadBalancer"),
                words,
                {
                    "Healthy targets": ("HealthyHostCount", "Minimum", "short"),
                    "Unhealthy targets": ("UnHealthyHostCount", "Maximum", "short"),
                },
            ),
            *cloudwatch_panels(
                "AWS/WAFV2",
                ("WebACL", "Region", "Rule"),
                words,
                {"Requests that the firewall blocked": ("BlockedRequests", "Sum", "short")},
            ),
        ],
    )


def database(words: str) -> Dashboard:
    """Every instance."""
    return Dashboard(
        name="database",
        title="Database",
        panels=cloudwatch_panels(
            "AWS/RDS",
            ("DBInstanceIdentifier",),
            words,
            {
                "Processor": ("CPUUtilization", "Average", "percent"),
                "Connections": ("DatabaseConnections", "Maximum", "short"),
                "Free memory": ("FreeableMemory", "Minimum", "bytes"),
                "Free storage": ("FreeStorageSpace", "Minimum", "bytes"),
                "Reads": ("ReadIOPS", "Average", "iops"),
                "Writes": ("WriteIOPS", "Average", "iops"),
                "Time of reads": ("ReadLatency", "Average", "s"),
                "Time of writes": ("WriteLatency", "Average", "s"),
                "Waiting operations": ("DiskQueueDepth", "Average", "short"),
                "Lag of replicas": ("ReplicaLag", "Maximum", "s"),
                "Transaction log that replicas still need": ("OldestReplicationSlotLag", "Maximum", "bytes"),
                "Used transaction ids": ("MaximumUsedTransactionIDs", "Maximum", "short"),
            },
        ),
    )


def pgbouncer(words: str) -> Dashboard:
    """Clients on the one side, the database's connections on the other."""
    return Dashboard(
        name="pgbouncer",
        title="PgBouncer",
        panels=[
            *cloudwatch_panels(
                "AWS/NetworkELB",
                ("LoadBalancer",),
                words,
                {
                    "Client connections": ("ActiveFlowCount", "Average", "short"),
                    "New connections": ("NewFlowCount", "Sum", "short"),
                    "Connections that targets reset": ("TCP_Target_Reset_Count", "Sum", "short"),
                },
            ),
            *cloudwatch_panels(
                "AWS/NetworkELB",
                ("TargetGroup", "LoadBalancer"),
                words,
                {"Healthy targets": ("HealthyHostCount", "Minimum", "short")},
            ),
            *cloudwatch_panels(
                "AWS/ECS",
                ("ClusterName", "ServiceName"),
                f"{words} pgbouncer",
                {
                    "Processor": ("CPUUtilization", "Average", "percent"),
                    "Memory": ("MemoryUtilization", "Average", "percent"),
                },
            ),
            *cloudwatch_panels(
                "AWS/RDS",
                ("DBInstanceIdentifier",),
                words,
                {"Connections of the database": ("DatabaseConnections", "Maximum", "short")},
            ),
        ],
    )


def cache(words: str) -> Dashboard:
    """Every node."""
    return Dashboard(
        name="cache",
        title="Cache",
        panels=cloudwatch_panels(
            "AWS/ElastiCache",
            ("CacheClusterId", "CacheNodeId"),
            words,
            {
                "Engine's processor": ("EngineCPUUtilization", "Maximum", "percent"),
                "Memory": ("DatabaseMemoryUsageCountedForEvictPercentage", "Maximum", "percent"),
                "Evicted keys": ("Evictions", "Sum", "short"),
                "Hit rate": ("CacheHitRate", "Average", "percent"),
                "Connections": ("CurrConnections", "Maximum", "short"),
                "Refused by users' rights": ("AuthenticationFailures", "Sum", "short"),
                "Replication lag": ("ReplicationLag", "Maximum", "s"),
                "Lag of the transaction log": ("DurabilityLag", "Maximum", "ms"),
                "Primary": ("IsMaster", "Maximum", "short"),
            },
        ),
    )


def cdn() -> Dashboard:
    """Every distribution of the account: they have no names."""
    return Dashboard(
        name="cdn",
        title="CDN",
        panels=cloudwatch_panels(
            "AWS/CloudFront",
            ("DistributionId", "Region"),
            # Distributions have no names.
            "",
            {
                "Requests": ("Requests", "Sum", "short"),
                "Bytes to clients": ("BytesDownloaded", "Sum", "bytes"),
                "Errors of clients": ("4xxErrorRate", "Average", "percent"),
                "Errors": ("5xxErrorRate", "Average", "percent"),
                "Hit rate": ("CacheHitRate", "Average", "percent"),
                "Time of origins": ("OriginLatency", "p95", "ms"),
            },
        ),
    )


def failover(words: str) -> Dashboard:
    """What decides on a failover, and what it would lose."""
    return Dashboard(
        name="failover",
        title="Failover",
        panels=[
            *cloudwatch_panels(
                "AWS/Route53",
                ("HealthCheckId",),
                "",
                {
                    "Health checks": ("HealthCheckStatus", "Minimum", "short"),
                    "Share of checkers that see health": (
                        "HealthCheckPercentageHealthy",
                        "Average",
                        "percent",
                    ),
                    "Time until TLS is up": ("SSLHandshakeTime", "Average", "ms"),
                },
            ),
            *cloudwatch_panels(
                "AWS/RDS",
                ("DBInstanceIdentifier",),
                words,
                {"What a failover would lose": ("ReplicaLag", "Maximum", "s")},
            ),
            *cloudwatch_panels(
                "AWS/S3",
                ("SourceBucket", "DestinationBucket", "RuleId"),
                words,
                {"Objects waiting for their copy": ("OperationsPendingReplication", "Maximum", "short")},
            ),
        ],
    )
