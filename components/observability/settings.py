"""Settings of the observability services. Requirements: Observability Services, Elastic File System."""

import math
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..compute.scaling import CPU_PERCENT
from ..compute.settings import Program
from ..field_types import FargateCpu, ImageReference, MemoryMib, Tasks
from ..problems import Problem
from ..regions import FILE_AGE_DAYS
from ..section import Section, check, refusal

RetentionDays = Annotated[int, Field(ge=1, le=400)]
Units = Annotated[int, Field(ge=1)]
HttpsUrl = Annotated[str, Field(pattern=r"^https://[\w.-]+(:[0-9]+)?(/[\w./~%-]*)?$")]


def _file_age(value: int) -> int:
    if value not in FILE_AGE_DAYS:
        days = ", ".join(map(str, FILE_AGE_DAYS))
        raise refusal("is no age of files that EFS knows", f"choose from {days}")
    return value


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
    traces_percent: Annotated[float, Field(gt=0, le=100)] = 5
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
    """true to copy metrics to a managed workspace, which notifies people of alerts"""


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

    client_id: Annotated[str, Field(pattern=r"^[ -~]{1,256}$")]
    """the id of Grafana at the provider"""
    client_secret_arn: Annotated[
        str, Field(pattern=r"^arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+$")
    ]
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
    # A port of one's own machine leads through a tunnel, which has no certificate and needs none.
    root_url: Annotated[str, Field(pattern=r"^(https://[\w.-]+(:[0-9]+)?|http://localhost:[0-9]+)/$")] = (
        "http://localhost:3000/"
    )
    """the https address at which people open it, or http://localhost:3000/ through the tunnel"""
    single_sign_on: SingleSignOn | None = None
    """the provider by which people sign in"""


class FileSystems(Section):
    """The file systems of Prometheus, Loki, Tempo and Grafana."""

    throughput_mode: Literal["elastic", "bursting"] = "elastic"
    """elastic, or bursting, where 250 MiB/s would take 5 TiB of files"""
    infrequent_access_after_days: Annotated[int, AfterValidator(_file_age)] = 30
    """days of 1, 7, 14, 30, 60, 90, 180, 270 or 365 after which an unread file moves to cheaper storage"""


class ObservabilitySettings(Section):
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


@check
def several_grafanas_share_a_database(grafana: Grafana) -> Iterator[Problem]:
    """Each would have its own users and sessions: every other click would sign out."""
    if grafana.replicas > 1 and not grafana.in_database:
        yield Problem(
            key="replicas",
            value=grafana.replicas,
            rule="needs a database: without one each task would have its own sessions",
            remedy="write 1, or set inDatabase",
        )


@check
def collectors_scale_upwards(alloy: Alloy) -> Iterator[Problem]:
    """Application Auto Scaling refuses limits the wrong way round."""
    if alloy.min_tasks > alloy.max_tasks:
        yield Problem(
            key="minTasks",
            value=alloy.min_tasks,
            rule=f"is more than maxTasks ({alloy.max_tasks})",
            remedy="give fewer, or raise the other",
        )


# Of an OpenTelemetry Collector, which Alloy is made of:
# https://help.splunk.com/splunk-observability-cloud/manage-data/splunk-distribution-of-the-opentelemetry-collector/get-started-with-the-splunk-distribution-of-the-opentelemetry-collector/collector-requirements/sizing-and-scaling
SPANS_PER_VCPU = 15_000
LOGS_PER_VCPU = 10_000
# Of Tempo's memory, for live traces: beside them are the block that is written and queries.
LIVE_SHARE = 0.25


def collectors_needed(observability: ObservabilitySettings) -> tuple[float, int]:
    """Return the vCPU that the load takes of collectors, and the tasks that scaling makes of them."""
    load, alloy = observability.load, observability.alloy
    vcpu = load.spans_per_second / SPANS_PER_VCPU + load.logs_per_second / LOGS_PER_VCPU
    return vcpu, math.ceil(vcpu / (CPU_PERCENT / 100) / (alloy.cpu / 1024))


@check
def collectors_bear_the_load(observability: ObservabilitySettings) -> Iterator[Problem]:
    """Scaling stops at the most tasks; what they cannot take is refused, and lost when services give up."""
    load, alloy = observability.load, observability.alloy
    vcpu, needed = collectors_needed(observability)
    if alloy.max_tasks < needed:
        yield Problem(
            key="alloy.maxTasks",
            value=alloy.max_tasks,
            rule=f"is too few for {load.requests_per_second} requests a second: "
            f"{load.spans_per_second} spans / {SPANS_PER_VCPU} + {load.logs_per_second} logs"
            f" / {LOGS_PER_VCPU} = {vcpu:.1f} vCPU, {CPU_PERCENT}% of {needed} tasks",
            remedy=f"allow {needed}, give each more CPU, or correct load by what was measured",
        )


@check
def live_traces_fit_tempo(observability: ObservabilitySettings) -> Iterator[Problem]:
    """Every replica holds every live trace, for each takes every write."""
    load, tempo = observability.load, observability.tempo
    held = math.ceil(load.stored_trace_bytes_per_second * TRACE_LIVE_SECONDS / 2**20)
    room = int(tempo.memory_mib * LIVE_SHARE)
    if held > room:
        yield Problem(
            key="load.tracesPercent",
            value=load.traces_percent,
            rule=f"keeps {load.stored_traces_per_second:g} traces a second of"
            f" {load.spans_per_request} spans of {load.span_bytes} bytes, {held} MiB in"
            f" {TRACE_LIVE_SECONDS} seconds; Tempo has {room} for them"
            f" ({LIVE_SHARE:.0%} of {tempo.memory_mib})",
            remedy="keep fewer, or give Tempo more memory",
        )


# The last version whose image has busybox, with which its health is checked. It went with 2.9.3, for a fault
# in it (https://github.com/grafana/tempo/pull/7410); Tempo 3 can check itself, but not run in one piece.
LAST_TEMPO = (2, 9, 2)


@check
def tempo_can_be_checked(tempo: Tempo) -> Iterator[Problem]:
    """A health command whose program is not there fails for ever, and ECS ends every task."""
    version = re.search(r":v?([0-9]+)\.([0-9]+)\.([0-9]+)", tempo.image)
    if version and tuple(map(int, version.groups())) > LAST_TEMPO:
        yield Problem(
            key="image",
            value=tempo.image,
            rule="has no busybox, without which nothing can check Tempo's health",
            remedy=f"write {'.'.join(map(str, LAST_TEMPO))} at most, or first take the health command "
            "out of components/observability/containers.py",
        )
