"""Checks of the observability services against the rest of a stack."""

from collections.abc import Iterator

from components.problems import Problem
from components.section import check
from settings.stack import Settings

KEY = "mpac:observability"


@check
def a_standby_grafana_has_no_database(settings: Settings) -> Iterator[Problem]:
    """The database of a standby cannot be written to until it is promoted; Grafana would not start."""
    if settings.primary_stack and settings.observability.grafana.in_database:
        yield Problem(
            key=f"{KEY}.grafana.inDatabase",
            value=True,
            rule="needs a database to write to, and that of "
            f"{settings.primary_stack.stack} is only followed here",
            remedy="write false, and replicas: 1",
        )


@check
def who_reaches_grafana_signs_in(settings: Settings) -> Iterator[Problem]:
    """A password that many people share is nobody's."""
    if settings.grafana_admin_cidrs and not settings.observability.grafana.single_sign_on:
        yield Problem(
            key="mpac:grafanaAdminCidrs",
            value=list(settings.grafana_admin_cidrs),
            rule="opens Grafana, and people have no sign-in of their own",
            remedy=f"give {KEY}.grafana.singleSignOn, or leave Grafana closed",
        )


@check
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
