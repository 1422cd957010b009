"""Rules about the application services that their own settings cannot tell."""

from collections.abc import Iterator
from contextlib import suppress

from components.problems import Problem
from components.section import InvalidInput, check
from settings.stack import Settings


@check
def a_standby_builds_nothing(settings: Settings) -> Iterator[Problem]:
    """The repositories of a standby get what its primary pushes; their tags cannot be pushed again."""
    for name, service in settings.services.enabled().items():
        with suppress(InvalidInput):
            if settings.primary_stack and service.build:
                yield Problem(
                    key=f"mpac:services.{name}.build",
                    rule="has no place here: the images of the primary stack are replicated to this one",
                    remedy=f"give the tag of its image as mpac:services.{name}.image",
                )


@check
def secrets_are_beside_their_service(settings: Settings) -> Iterator[Problem]:
    """ECS reads secrets at every start: those of another region fail with it, when they are needed most."""
    for service_name, service in settings.services.enabled().items():
        with suppress(InvalidInput):
            for name, secret in service.secrets.items():
                arns = {"arn": secret.arn} | ({"keyArn": secret.key_arn} if secret.key_arn else {})
                for setting, arn in arns.items():
                    region, account = arn.split(":")[3:5]
                    if (region, account) != (settings.region, settings.account_id):
                        yield Problem(
                            key=f"mpac:services.{service_name}.secrets.{name}.{setting}",
                            value=arn,
                            rule=f"is in {region} of account {account}",
                            remedy=f"name what is in {settings.region} of {settings.account_id}; a standby "
                            "has replicas",
                        )


@check
def websockets_have_their_service(settings: Settings) -> Iterator[Problem]:
    """A load balancer without targets answers nobody."""
    if settings.nlb.enabled and not settings.services.smarttab.enabled:
        yield Problem(
            key="mpac:nlb.enabled",
            value=True,
            rule="leads to mpac:services.smarttab, which is off",
            remedy="turn both on, or both off",
        )
