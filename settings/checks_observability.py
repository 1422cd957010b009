"""Rules about the observability services."""

import math
import re
from collections.abc import Iterator
from contextlib import suppress

from settings.fields import InvalidInput
from settings.models import Settings
from settings.observability import TRACE_LIVE_SECONDS, Observability, Program
from settings.problems import Problem
from settings.regions import FARGATE_SIZES

KEY = "mpac:observability"


def programs_have_a_size_of_fargate(settings: Settings) -> Iterator[Problem]:
    """ECS refuses a task definition of another size."""
    observability = settings.observability
    programs: dict[str, Program] = {
        f"{KEY}.{name}": getattr(observability, name)
        for name in ("alloy", "prometheus", "loki", "tempo", "grafana")
    }
    for key, program in {**programs, "mpac:pooler": settings.pooler}.items():
        with suppress(InvalidInput):
            sizes = FARGATE_SIZES[program.cpu]
            if program.memory_mib not in sizes:
                yield Problem(
                    key=f"{key}.memoryMib",
                    value=program.memory_mib,
                    rule=f"is no memory that Fargate has with {program.cpu} CPU units",
                    remedy=f"choose from {', '.join(map(str, sizes))}",
                )


def several_grafanas_share_a_database(settings: Settings) -> Iterator[Problem]:
    """Each would have its own users and sessions: every other click would sign out."""
    grafana = settings.observability.grafana
    if grafana.replicas > 1 and not grafana.in_database:
        yield Problem(
            key=f"{KEY}.grafana.replicas",
            value=grafana.replicas,
            rule="needs a database: without one each task would have its own sessions",
            remedy=f"write 1, or set {KEY}.grafana.inDatabase",
        )


def a_stand_by_grafana_has_no_database(settings: Settings) -> Iterator[Problem]:
    """The database of a stand-by cannot be written to until it is promoted; Grafana would not start."""
    if settings.upstream and settings.observability.grafana.in_database:
        yield Problem(
            key=f"{KEY}.grafana.inDatabase",
            value=True,
            rule=f"needs a database to write to, and that of {settings.upstream.stack} is only followed here",
            remedy="write false, and replicas: 1",
        )


def who_reaches_grafana_signs_in(settings: Settings) -> Iterator[Problem]:
    """A password that many people share is nobody's."""
    if settings.grafana_admin_cidrs and not settings.observability.grafana.single_sign_on:
        yield Problem(
            key="mpac:grafanaAdminCidrs",
            value=list(settings.grafana_admin_cidrs),
            rule="opens Grafana, and people have no sign-in of their own",
            remedy=f"give {KEY}.grafana.singleSignOn, or leave Grafana closed",
        )


def sign_on_has_its_secret_in_the_region(settings: Settings) -> Iterator[Problem]:
    """ECS reads secrets of its own region."""
    single_sign_on = settings.observability.grafana.single_sign_on
    region = single_sign_on.client_secret_arn.split(":")[3] if single_sign_on else settings.region
    if region != settings.region:
        yield Problem(
            key=f"{KEY}.grafana.singleSignOn.clientSecretArn",
            value=region,
            rule=f"is not the region of the stack ({settings.region})",
            remedy="name a secret, or a replica of one, in that region",
        )


# Of an OpenTelemetry Collector, which Alloy is made of:
# https://help.splunk.com/splunk-observability-cloud/manage-data/splunk-distribution-of-the-opentelemetry-collector/get-started-with-the-splunk-distribution-of-the-opentelemetry-collector/collector-requirements/sizing-and-scaling
SPANS_PER_VCPU = 15_000
LOGS_PER_VCPU = 10_000
# What scaling aims at; the requirements' figure for every service.
BUSY_SHARE = 0.6
# Of Tempo's memory, for live traces: beside them lie the block that is written and queries.
LIVE_SHARE = 0.25


def collectors_needed(observability: Observability) -> tuple[float, int]:
    """Return the vCPU that the load takes of collectors, and the tasks that scaling makes of them."""
    load, alloy = observability.load, observability.alloy
    vcpu = load.spans_per_second / SPANS_PER_VCPU + load.logs_per_second / LOGS_PER_VCPU
    return vcpu, math.ceil(vcpu / BUSY_SHARE / (alloy.cpu / 1024))


def collectors_bear_the_load(settings: Settings) -> Iterator[Problem]:
    """Scaling stops at the most tasks; what they cannot take is refused, and lost when services give up."""
    load, alloy = settings.observability.load, settings.observability.alloy
    with suppress(InvalidInput):
        if alloy.min_tasks > alloy.max_tasks:
            yield Problem(
                key=f"{KEY}.alloy.minTasks",
                value=alloy.min_tasks,
                rule=f"is more than {KEY}.alloy.maxTasks ({alloy.max_tasks})",
                remedy="give fewer, or raise the other",
            )
        vcpu, needed = collectors_needed(settings.observability)
        if alloy.max_tasks < needed:
            yield Problem(
                key=f"{KEY}.alloy.maxTasks",
                value=alloy.max_tasks,
                rule=f"is too few for {load.requests_per_second} requests a second: "
                f"{load.spans_per_second} spans / {SPANS_PER_VCPU} + {load.logs_per_second} logs"
                f" / {LOGS_PER_VCPU} = {vcpu:.1f} vCPU, {BUSY_SHARE:.0%} of {needed} tasks",
                remedy=f"allow {needed}, give each more CPU, or correct {KEY}.load by what was measured",
            )


def live_traces_fit_tempo(settings: Settings) -> Iterator[Problem]:
    """Every replica holds every live trace, for each takes every write."""
    load, tempo = settings.observability.load, settings.observability.tempo
    with suppress(InvalidInput):
        held = math.ceil(load.stored_trace_bytes_per_second * TRACE_LIVE_SECONDS / 2**20)
        room = int(tempo.memory_mib * LIVE_SHARE)
        if held > room:
            yield Problem(
                key=f"{KEY}.load.tracesPercent",
                value=load.traces_percent,
                rule=f"keeps {load.stored_traces_per_second:g} traces a second of"
                f" {load.spans_per_request} spans of {load.span_bytes} bytes, {held} MiB in"
                f" {TRACE_LIVE_SECONDS} seconds; Tempo has {room} for them"
                f" ({LIVE_SHARE:.0%} of {tempo.memory_mib})",
                remedy="keep fewer, or give Tempo more memory",
            )


# The last version whose image has busybox, with which its health is asked for. It went with 2.9.3, for a
# fault in it (https://github.com/grafana/tempo/pull/7410); Tempo 3 can ask itself, but not run in one piece.
LAST_TEMPO = (2, 9, 2)


def tempo_can_be_asked_for_its_health(settings: Settings) -> Iterator[Problem]:
    """A health command whose program is not there fails for ever, and ECS ends every task."""
    tempo = settings.observability.tempo
    with suppress(InvalidInput):
        version = re.search(r":v?([0-9]+)\.([0-9]+)\.([0-9]+)", tempo.image)
        if version and tuple(map(int, version.groups())) > LAST_TEMPO:
            yield Problem(
                key=f"{KEY}.tempo.image",
                value=tempo.image,
                rule="has no busybox, without which nothing can ask Tempo for its health",
                remedy=f"write {'.'.join(map(str, LAST_TEMPO))} at most, or first take the health command "
                "out of components/observability/containers.py",
            )


OBSERVABILITY_CHECKS = (
    tempo_can_be_asked_for_its_health,
    collectors_bear_the_load,
    live_traces_fit_tempo,
    programs_have_a_size_of_fargate,
    several_grafanas_share_a_database,
    a_stand_by_grafana_has_no_database,
    who_reaches_grafana_signs_in,
    sign_on_has_its_secret_in_the_region,
)
