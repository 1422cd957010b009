"""Rules about the observability services."""

from collections.abc import Iterator
from contextlib import suppress

from settings.fields import InvalidInput
from settings.models import Settings
from settings.observability import Program
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


OBSERVABILITY_CHECKS = (
    programs_have_a_size_of_fargate,
    several_grafanas_share_a_database,
    a_stand_by_grafana_has_no_database,
    who_reaches_grafana_signs_in,
    sign_on_has_its_secret_in_the_region,
)
