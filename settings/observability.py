"""Settings of the observability services. Requirements: Observability Services, Elastic File System."""

from typing import Literal

from settings.fields import (
    FargateCpu,
    FileAgeDays,
    HttpsUrl,
    ImageReference,
    MemoryMib,
    Percent,
    RetentionDays,
    RootUrl,
    SecretArn,
    Section,
    Tasks,
    Text,
    Units,
)


class Program(Section):
    """One of the observability services."""

    image: ImageReference
    """an image with a tag other than latest, or with a sha256:... digest"""
    cpu: FargateCpu = 2048
    """CPU units of a task that Fargate has: 256, 512, 1024 (one vCPU), 2048, 4096, 8192 or 16384"""
    memory_mib: MemoryMib = 4096
    """MiB of memory of a task that Fargate has with its CPU"""


class Alloy(Program):
    """The collector."""

    image: ImageReference = "grafana/alloy:v1.12.0"
    cpu: FargateCpu = 1024
    memory_mib: MemoryMib = 2048
    min_tasks: Tasks = 2
    """tasks from 1 to 1000 that always run"""
    max_tasks: Tasks = 24
    """tasks from 1 to 1000 that may run; scaling aims at 60 percent of their CPU"""


# Tempo stores a trace after 5 s without spans (modules/ingester/config.go of 2.9), and after these at the
# latest; until then it holds it in memory.
TRACE_LIVE_SECONDS = 30


class Load(Section):
    """What the services send at the peak. The requirements give the requests; the rest is to be measured.

    The limits of Loki and Tempo, and the collectors that it takes, follow from it.
    """

    requests_per_second: Units = 15000
    """requests a second, from 1"""
    spans_per_request: Units = 10
    """spans that a request has, from 1"""
    span_bytes: Units = 500
    """bytes of a span, from 1"""
    logs_per_request: Units = 2
    """lines of log that a request writes, from 1"""
    log_bytes: Units = 500
    """bytes of a line with its attributes, from 1"""
    traces_percent: Percent = 5
    """share of the traces that are kept, above 0 to 100 percent; metrics are made of all spans"""

    @property
    def spans_per_second(self) -> int:
        """Spans that the collectors take."""
        return self.requests_per_second * self.spans_per_request

    @property
    def logs_per_second(self) -> int:
        """Lines that the collectors, and Loki, take."""
        return self.requests_per_second * self.logs_per_request

    @property
    def stored_log_bytes_per_second(self) -> int:
        """What Loki takes."""
        return self.logs_per_second * self.log_bytes

    @property
    def stored_traces_per_second(self) -> float:
        """Traces that Tempo takes."""
        return self.requests_per_second * self.traces_percent / 100

    @property
    def stored_trace_bytes_per_second(self) -> float:
        """What Tempo takes."""
        return self.stored_traces_per_second * self.spans_per_request * self.span_bytes


class Prometheus(Program):
    """Metrics."""

    image: ImageReference = "prom/prometheus:v3.8.0"
    replicas: Literal[1, 2] = 2
    """tasks, each with all metrics: 1 or 2"""
    retention_days: RetentionDays = 14
    """days from 1 to 400 that metrics are kept"""
    managed: bool = True
    """true to copy metrics to a managed workspace, which tells people of alerts"""


class Loki(Program):
    """Logs."""

    image: ImageReference = "grafana/loki:3.6.0"
    replicas: Literal[1, 3] = 3
    """tasks, each of which takes every write: 1, or 3, of which one may fail; of 2 none may"""
    retention_days: RetentionDays = 14
    """days from 1 to 400 that logs are kept"""


class Tempo(Program):
    """Traces."""

    image: ImageReference = "grafana/tempo:2.9.0"
    replicas: Literal[1, 3] = 3
    """tasks, each of which takes every write: 1, or 3, of which one may fail; of 2 none may"""
    retention_days: RetentionDays = 7
    """days from 1 to 400 that traces are kept"""


class SingleSignOn(Section):
    """The OpenID Connect provider by which people sign in to Grafana."""

    client_id: Text
    """the id of Grafana at the provider"""
    client_secret_arn: SecretArn
    """the ARN of a secret in the stack's region that holds clientSecret, under the stack's key of secrets"""
    authorization_url: HttpsUrl
    """the https address at which people sign in"""
    token_url: HttpsUrl
    """the https address at which Grafana asks for tokens"""
    user_info_url: HttpsUrl
    """the https address at which Grafana asks who somebody is"""


class Grafana(Program):
    """Dashboards."""

    image: ImageReference = "grafana/grafana:12.3.0"
    cpu: FargateCpu = 1024
    memory_mib: MemoryMib = 2048
    replicas: Literal[1, 2, 3] = 2
    """tasks: 1, 2 or 3; more than one need a database"""
    in_database: bool = True
    """true to keep what people set in the database grafana, false to forget it with the task"""
    root_url: RootUrl = "http://localhost:3000/"
    """the https address at which people open it, or http://localhost:3000/ through the tunnel"""
    single_sign_on: SingleSignOn | None = None
    """the provider by which people sign in"""


class FileSystems(Section):
    """The file systems of Prometheus, Loki, Tempo and Grafana."""

    throughput_mode: Literal["elastic", "bursting"] = "elastic"
    """elastic, or bursting, where 250 MiB/s would take 5 TiB of files"""
    infrequent_access_after_days: FileAgeDays = 30
    """days of 1, 7, 14, 30, 60, 90, 180, 270 or 365 after which an unread file moves to cheaper storage"""


class Observability(Section):
    """The observability services."""

    load: Load = Load()
    alloy: Alloy = Alloy()
    prometheus: Prometheus = Prometheus()
    loki: Loki = Loki()
    tempo: Tempo = Tempo()
    grafana: Grafana = Grafana()
    file_systems: FileSystems = FileSystems()
    copier_image: ImageReference = "public.ecr.aws/aws-cli/aws-cli:2.27.0"
    """an image with AWS's command line, which copies configuration files into tasks"""

    def programs(self) -> dict[str, Program]:
        """Return the services by name."""
        return {
            "alloy": self.alloy,
            "prometheus": self.prometheus,
            "loki": self.loki,
            "tempo": self.tempo,
            "grafana": self.grafana,
        }
