"""Dashboards of what Prometheus measures."""

from ..configuration.rules import CALLS, FAILED, SECONDS, SERVER
from .aws import cloudwatch_panels
from .panels import Dashboard, LogQl, Panel, PromQl


def services(words: str) -> Dashboard:
    """What callers of the services see, and what the tasks need."""
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
            *cloudwatch_panels(
                "AWS/ECS",
                by_task,
                words,
                {
                    "Processor": ("CPUUtilization", "Average", "percent"),
                    "Memory": ("MemoryUtilization", "Average", "percent"),
                },
            ),
            *cloudwatch_panels(
                "ECS/ContainerInsights",
                by_task,
                words,
                {"Running tasks": ("RunningTaskCount", "Minimum", "short")},
            ),
            *cloudwatch_panels(
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


def observability(words: str) -> Dashboard:
    """What everything else is watched with."""

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
            *cloudwatch_panels(
                "AWS/EFS",
                ("FileSystemId",),
                "",
                {
                    "Share of the file systems' operations": ("PercentIOLimit", "Maximum", "percent"),
                    "Bytes of the file systems": ("MeteredIOBytes", "Sum", "bytes"),
                },
            ),
            *cloudwatch_panels(
                "AWS/ECS",
                ("ClusterName", "ServiceName"),
                words,
                {"Memory": ("MemoryUtilization", "Maximum", "percent")},
            ),
        ],
    )
