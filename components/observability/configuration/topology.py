"""How the observability services find each other: host names, ports and paths that their files share."""

from dataclasses import dataclass

from ...context import Context
from ..settings import ObservabilitySettings

# Limits of Loki and Tempo are that many times the load: they keep a fault from filling the memory, and are no
# quota.
HEADROOM = 2

ALLOY_PORT = 12345
OTLP_GRPC_PORT = 4317
OTLP_HTTP_PORT = 4318
PROMETHEUS_PORT = 9090
LOKI_PORT = 3100
TEMPO_PORT = 3200
GRAFANA_PORT = 3000
MEMBERLIST_PORT = 7946
GRPC_PORT = 9095

# Where a task finds its configuration; and its data, as the requirements' table says.
CONFIGURATION_PATH = "/etc/mpac"
PROMETHEUS_PATH = "/mnt/prometheus"
LOKI_PATH = "/mnt/loki"
TEMPO_PATH = "/mnt/tempo"
GRAFANA_PATH = "/var/lib/grafana"

# The variable with a replica's name, which its files refer to: all replicas share them.
REPLICA_VARIABLE = "REPLICA"
REPLICA = f"${{{REPLICA_VARIABLE}}}"

# The network interface of a task on Fargate; what Loki and Tempo look for is another one's name.
TASK_INTERFACES = ["eth1", "eth0"]


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What runs where.

    Attributes:
        context: Who and where.
        settings: What runs, in which size, and for what load.
        cluster: Name of the ECS cluster.
        domain: Private domain of the services: `Cluster.namespace_name`.
    """

    context: Context
    settings: ObservabilitySettings
    cluster: str
    domain: str

    @property
    def cluster_arn(self) -> str:
        """ARN of the ECS cluster."""
        return f"arn:aws:ecs:{self.context.region}:{self.context.account_id}:cluster/{self.cluster}"

    @property
    def prometheus_names(self) -> list[str]:
        """Names of the instances of Prometheus, each with all metrics; their host names too."""
        return [f"prometheus-{number}" for number in range(self.settings.prometheus.replicas)]

    @property
    def loki_names(self) -> list[str]:
        """Names of the instances of Loki, each of which takes every write; their host name is `loki`."""
        return [f"loki-{number}" for number in range(self.settings.loki.replicas)]

    @property
    def tempo_names(self) -> list[str]:
        """Names of the instances of Tempo, each of which takes every write; their host name is `tempo`."""
        return [f"tempo-{number}" for number in range(self.settings.tempo.replicas)]

    def address(self, name: str, port: int) -> str:
        """Host name and port of a service."""
        return f"{name}.{self.domain}:{port}"
