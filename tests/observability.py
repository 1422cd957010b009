"""What the tests of the observability services' files have in common: a load, and what runs where."""

from typing import Literal

from components.observability.configuration.topology import Topology
from components.observability.settings import Load, Loki, ObservabilitySettings, Prometheus, Tempo
from tests.components.contexts import CONTEXT

# 15,000 requests a second, of 10 spans and 2 lines of 500 bytes each; 1 trace in 20.
LOAD = Load(
    requests_per_second=15_000,
    spans_per_request=10,
    span_bytes=500,
    logs_per_request=2,
    log_bytes=500,
    traces_percent=5,
)
LITTLE = LOAD.model_copy(update={"requests_per_second": 1, "traces_percent": 100})


def topology(
    *,
    prometheus: Literal[1, 2] = 2,
    loki: Literal[1, 3] = 3,
    tempo: Literal[1, 3] = 3,
    load: Load = LOAD,
) -> Topology:
    """Production in Tokyo."""
    return Topology(
        context=CONTEXT,
        settings=ObservabilitySettings(
            load=load,
            prometheus=Prometheus(replicas=prometheus, retention_days=14),
            loki=Loki(replicas=loki, retention_days=14),
            tempo=Tempo(replicas=tempo, retention_days=7),
        ),
        cluster="mpac-prod-cluster",
        domain="cluster.prod.mpac.internal",
    )
