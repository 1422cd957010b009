"""Configuration of Alloy: what services send goes where it is stored."""

from components.observability.configuration.topology import (
    LOKI_PORT,
    OTLP_GRPC_PORT,
    OTLP_HTTP_PORT,
    PROMETHEUS_PORT,
    Topology,
)

# Alloy's language escapes nothing in backquotes; there is no library that writes it.
_PIPELINE = """\
logging {{
  level  = "info"
  format = "json"
}}

otelcol.receiver.otlp "services" {{
  grpc {{
    endpoint = "0.0.0.0:{grpc_port}"
  }}

  http {{
    endpoint = "0.0.0.0:{http_port}"
  }}

  output {{
    metrics = [otelcol.processor.memory_limiter.services.input]
    logs    = [otelcol.processor.memory_limiter.services.input]
    traces  = [otelcol.processor.memory_limiter.services.input]
  }}
}}

// Refuses what it has no memory for; clients send it again.
otelcol.processor.memory_limiter "services" {{
  check_interval         = "1s"
  limit_percentage       = 75
  spike_limit_percentage = 15

  output {{
    metrics = [otelcol.processor.batch.services.input]
    logs    = [otelcol.processor.batch.services.input]
    traces  = [otelcol.processor.batch.services.input, otelcol.connector.spanmetrics.services.input]
  }}
}}

otelcol.processor.batch "services" {{
  output {{
    metrics = [{metrics}]
    logs    = [otelcol.exporter.otlphttp.loki.input]
    traces  = [otelcol.exporter.otlp.tempo.input]
  }}
}}

// Rate, errors and duration of every service, whatever it measures itself.
otelcol.connector.spanmetrics "services" {{
  metrics_flush_interval = "30s"
  metrics_expiration     = "15m"

  histogram {{
    unit = "s"

    explicit {{
      buckets = ["10ms", "50ms", "100ms", "250ms", "500ms", "1s", "2s", "5s", "10s"]
    }}
  }}

  // Each task of Alloy counts what it has seen: without its name they would write the same series.
  dimension {{
    name    = "collector"
    default = constants.hostname
  }}

  output {{
    metrics = [{metrics}]
  }}
}}

otelcol.exporter.otlphttp "loki" {{
  client {{
    endpoint = "http://{loki}/otlp"
  }}
}}

otelcol.exporter.otlp "tempo" {{
  client {{
    endpoint = "{tempo}"

    tls {{
      insecure = true
    }}
  }}
}}
"""
_PROMETHEUS = """
otelcol.exporter.otlphttp "{name}" {{
  client {{
    endpoint = "http://{address}/api/v1/otlp"
  }}
}}
"""


def alloy_configuration(topology: Topology) -> str:
    """Write `config.alloy`: OTLP in, every instance of Prometheus, Loki and Tempo out."""
    exporters = {name.replace("-", "_"): name for name in topology.prometheus_names}
    text = _PIPELINE.format(
        grpc_port=OTLP_GRPC_PORT,
        http_port=OTLP_HTTP_PORT,
        metrics=", ".join(f"otelcol.exporter.otlphttp.{name}.input" for name in exporters),
        loki=topology.address("loki", LOKI_PORT),
        # gRPC asks the DNS for all addresses, and takes turns.
        tempo=f"dns:///{topology.address('tempo', OTLP_GRPC_PORT)}",
    )
    return text + "".join(
        _PROMETHEUS.format(name=label, address=topology.address(name, PROMETHEUS_PORT))
        for label, name in exporters.items()
    )
