"""Configuration of Alloy: what services send goes where it is stored."""

from .topology import (
    LOKI_PORT,
    OTLP_GRPC_PORT,
    OTLP_HTTP_PORT,
    PROMETHEUS_PORT,
    Topology,
)

# Of the container's memory: above the first, garbage is collected at once; above it less the second, data is
# refused. Both are below GOMEMLIMIT, at which Go would collect all the time with nothing refused yet.
LIMIT_SHARE, SPIKE_SHARE = 0.75, 0.15

# Alloy's language escapes nothing in backquotes; there is no library that writes it.
_PIPELINE = """\
logging {{
  level  = "info"
  format = "json"
}}

otelcol.receiver.otlp "services" {{
  grpc {{
    endpoint = "0.0.0.0:{grpc_port}"

    // A client stays with the task that it found first: so it looks again, and finds new ones.
    keepalive {{
      server_parameters {{
        max_connection_age       = "2m"
        max_connection_age_grace = "30s"
      }}
    }}
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

// Refuses what it has no memory for; clients send it again. In MiB: a percentage may be taken of the machine.
otelcol.processor.memory_limiter "services" {{
  check_interval = "1s"
  limit          = "{limit_mib}MiB"
  spike_limit    = "{spike_mib}MiB"

  output {{
    metrics = [otelcol.processor.filter.instances.input]
    logs    = [otelcol.processor.batch.services.input]
    traces  = [
      otelcol.processor.probabilistic_sampler.services.input,
      otelcol.connector.spanmetrics.services.input,
    ]
  }}
}}

// All tasks of a service that does not say which it is would write the same series, and their rates would be
// wrong by orders of magnitude: better none, and an alert.
otelcol.processor.filter "instances" {{
  error_mode = "ignore"

  metrics {{
    metric = [`resource.attributes["service.instance.id"] == nil`]
  }}

  output {{
    metrics = [otelcol.processor.batch.services.input]
  }}
}}

// By the trace's id, so that every collector decides alike about the spans of a trace.
otelcol.processor.probabilistic_sampler "services" {{
  mode                = "hash_seed"
  hash_seed           = 22
  sampling_percentage = {traces_percent:g}

  output {{
    traces = [otelcol.processor.batch.services.input]
  }}
}}

otelcol.processor.batch "services" {{
  output {{
    metrics = [{metrics}]
    logs    = [otelcol.exporter.otlphttp.loki.input]
    traces  = [otelcol.exporter.otlp.tempo.input]
  }}
}}

// Rate, errors and duration of every service, whatever it measures itself. Of its spans all are counted. A
// series is a service's: keyed on all attributes, each task and each version would begin one of its own.
otelcol.connector.spanmetrics "services" {{
  metrics_flush_interval          = "30s"
  metrics_expiration              = "15m"
  resource_metrics_key_attributes = ["service.name"]

  histogram {{
    unit = "s"

    explicit {{
      buckets = ["10ms", "50ms", "100ms", "250ms", "500ms", "1s", "2s", "5s", "10s"]
    }}
  }}

  output {{
    metrics = [otelcol.processor.transform.span_metrics.input]
  }}
}}

// Each task of Alloy counts what it has seen: its name is the label "instance", over which queries sum. What
// else is known of the resource is that of the task whose span came first.
otelcol.processor.transform "span_metrics" {{
  error_mode = "ignore"

  metric_statements {{
    context    = "resource"
    statements = [
      `keep_keys(attributes, ["service.name"])`,
      `set(attributes["service.instance.id"], "` + constants.hostname + `")`,
    ]
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


def alloy_configuration(topology: Topology, *, memory_mib: int) -> str:
    """Write `config.alloy`: OTLP in, every instance of Prometheus, Loki and Tempo out.

    Args:
        topology: What runs where.
        memory_mib: Memory of its container.
    """
    exporters = {name.replace("-", "_"): name for name in topology.prometheus_names}
    text = _PIPELINE.format(
        traces_percent=topology.settings.load.traces_percent,
        limit_mib=int(memory_mib * LIMIT_SHARE),
        spike_mib=int(memory_mib * SPIKE_SHARE),
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
