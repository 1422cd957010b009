"""The dashboards: one for each part of the platform."""

from collections.abc import Mapping

from components.observability.configuration.rules import CALLS, FAILED, SECONDS, SERVER
from components.observability.dashboards.panels import CloudWatchSearch, Dashboard, LogQl, Panel, PromQl

# CloudFront and Route 53 report there, wherever what they serve is.
GLOBAL_REGION = "us-east-1"


def dashboards(environment: str) -> list[Dashboard]:
    """List the dashboards of a stack."""
    words = f"mpac {environment}"
    return [
        _services(words),
        _load_balancer(words),
        _database(words),
        _pooler(words),
        _cache(words),
        _cdn(),
        _failover(words),
        _observability(words),
    ]


def dashboard_files(environment: str) -> dict[str, str]:
    """Write the dashboards, by name of the file."""
    return {f"{each.name}.json": each.to_json() for each in dashboards(environment)}


def _panels(
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


def _services(words: str) -> Dashboard:
    spans = f"service_name, le) (rate({SECONDS}{{{SERVER}}}[5m])"
    by_task = ("ClusterName", "ServiceName")
    return Dashboard(
        name="services",
        title="Services",
        panels=[
            Panel(
                title="Requests",
                unit="reqps",
                queries=[
                    PromQl(
                        expression=f"sum by (service_name) (rate({CALLS}{{{SERVER}}}[5m]))",
                        legend="{{service_name}}",
                    )
                ],
            ),
            Panel(
                title="Share of failed requests",
                unit="percentunit",
                limit=0.001,
                description="The objective of 99.9 percent allows one in a thousand.",
                queries=[PromQl(expression="service:failures:ratio_rate5m", legend="{{service_name}}")],
            ),
            Panel(
                title="Time of 19 in 20 requests",
                unit="s",
                limit=0.5,
                description="Over half a second tasks are added.",
                queries=[
                    PromQl(
                        expression=f"histogram_quantile(0.95, sum by ({spans}))", legend="{{service_name}}"
                    )
                ],
            ),
            Panel(
                title="Slowest operations",
                unit="s",
                queries=[
                    PromQl(
                        expression=f"topk(10, histogram_quantile(0.95, sum by (span_name, {spans})))",
                        legend="{{service_name}} {{span_name}}",
                    )
                ],
            ),
            Panel(
                title="Failures of the last day, in shares of what is allowed",
                unit="percentunit",
                limit=1,
                queries=[
                    PromQl(
                        expression=f"sum by (service_name) (increase({CALLS}{{{SERVER}, {FAILED}}}[1d]))"
                        f" / (0.001 * sum by (service_name) (increase({CALLS}{{{SERVER}}}[1d])))",
                        legend="{{service_name}}",
                    )
                ],
            ),
            *_panels(
                "AWS/ECS",
                by_task,
                words,
                {
                    "Processor": ("CPUUtilization", "Average", "percent"),
                    "Memory": ("MemoryUtilization", "Average", "percent"),
                },
            ),
            *_panels(
                "ECS/ContainerInsights",
                by_task,
                words,
                {"Running tasks": ("RunningTaskCount", "Minimum", "short")},
            ),
            *_panels(
                "MPAC/WebSocket",
                by_task,
                words,
                {"WebSockets per task": ("ActiveConnections", "Average", "short")},
            ),
            Panel(
                title="Errors in logs",
                kind="logs",
                queries=[LogQl(expression='{service_name=~".+"} | detected_level="error"')],
            ),
        ],
    )


def _load_balancer(words: str) -> Dashboard:
    return Dashboard(
        name="load-balancer",
        title="Load balancer",
        panels=[
            *_panels(
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
            *_panels(
                "AWS/ApplicationELB",
                ("TargetGroup", "LoadBalancer"),
                words,
                {
                    "Healthy targets": ("HealthyHostCount", "Minimum", "short"),
                    "Unhealthy targets": ("UnHealthyHostCount", "Maximum", "short"),
                },
            ),
            *_panels(
                "AWS/WAFV2",
                ("WebACL", "Region", "Rule"),
                words,
                {"Requests that the firewall blocked": ("BlockedRequests", "Sum", "short")},
            ),
        ],
    )


def _database(words: str) -> Dashboard:
    return Dashboard(
        name="database",
        title="Database",
        panels=_panels(
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


def _pooler(words: str) -> Dashboard:
    return Dashboard(
        name="pooler",
        title="Pooler",
        panels=[
            *_panels(
                "AWS/NetworkELB",
                ("LoadBalancer",),
                words,
                {
                    "Client connections": ("ActiveFlowCount", "Average", "short"),
                    "New connections": ("NewFlowCount", "Sum", "short"),
                    "Connections that targets reset": ("TCP_Target_Reset_Count", "Sum", "short"),
                },
            ),
            *_panels(
                "AWS/NetworkELB",
                ("TargetGroup", "LoadBalancer"),
                words,
                {"Healthy targets": ("HealthyHostCount", "Minimum", "short")},
            ),
            *_panels(
                "AWS/ECS",
                ("ClusterName", "ServiceName"),
                f"{words} pgbouncer",
                {
                    "Processor": ("CPUUtilization", "Average", "percent"),
                    "Memory": ("MemoryUtilization", "Average", "percent"),
                },
            ),
            *_panels(
                "AWS/RDS",
                ("DBInstanceIdentifier",),
                words,
                {"Connections of the database": ("DatabaseConnections", "Maximum", "short")},
            ),
        ],
    )


def _cache(words: str) -> Dashboard:
    return Dashboard(
        name="cache",
        title="Cache",
        panels=_panels(
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


def _cdn() -> Dashboard:
    return Dashboard(
        name="cdn",
        title="CDN",
        panels=_panels(
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


def _failover(words: str) -> Dashboard:
    return Dashboard(
        name="failover",
        title="Failover",
        panels=[
            *_panels(
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
            *_panels(
                "AWS/RDS",
                ("DBInstanceIdentifier",),
                words,
                {"What a failover would lose": ("ReplicaLag", "Maximum", "s")},
            ),
            *_panels(
                "AWS/S3",
                ("SourceBucket", "DestinationBucket", "RuleId"),
                words,
                {"Objects waiting for their copy": ("OperationsPendingReplication", "Maximum", "short")},
            ),
        ],
    )


def _observability(words: str) -> Dashboard:
    def rate(name: str, by: str = "job") -> PromQl:
        return PromQl(expression=f"sum by ({by}) (rate({name}[5m]))", legend=f"{{{{{by}}}}}")

    return Dashboard(
        name="observability",
        title="Observability",
        panels=[
            Panel(
                title="Tasks that can be scraped",
                unit="percentunit",
                queries=[PromQl(expression="avg by (job) (up)", legend="{{job}}")],
            ),
            Panel(
                title="Series",
                queries=[PromQl(expression="prometheus_tsdb_head_series", legend="{{job}}")],
            ),
            Panel(title="Samples", queries=[rate("prometheus_tsdb_head_samples_appended_total")]),
            Panel(
                title="Behind the managed workspace",
                unit="s",
                limit=300,
                queries=[
                    PromQl(
                        expression="max by (job) (prometheus_remote_storage_highest_timestamp_in_seconds)"
                        " - max by (job) (prometheus_remote_storage_queue_highest_sent_timestamp_seconds)",
                        legend="{{job}}",
                    )
                ],
            ),
            Panel(title="Spans received", queries=[rate("otelcol_receiver_accepted_spans_total")]),
            Panel(
                title="Log records received", queries=[rate("otelcol_receiver_accepted_log_records_total")]
            ),
            Panel(
                title="Bytes of logs stored",
                unit="Bps",
                queries=[rate("loki_distributor_bytes_received_total")],
            ),
            Panel(
                title="Bytes of traces stored",
                unit="Bps",
                queries=[rate("tempo_distributor_bytes_received_total")],
            ),
            Panel(
                title="Failed queries and writes",
                queries=[
                    rate('loki_request_duration_seconds_count{status_code=~"5.."}'),
                    rate('tempo_request_duration_seconds_count{status_code=~"5.."}'),
                ],
            ),
            *_panels(
                "AWS/EFS",
                ("FileSystemId",),
                "",
                {
                    "Share of the file systems' operations": ("PercentIOLimit", "Maximum", "percent"),
                    "Bytes of the file systems": ("MeteredIOBytes", "Sum", "bytes"),
                },
            ),
            *_panels(
                "AWS/ECS",
                ("ClusterName", "ServiceName"),
                words,
                {"Memory": ("MemoryUtilization", "Maximum", "percent")},
            ),
        ],
    )
