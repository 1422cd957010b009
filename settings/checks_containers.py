"""Rules about the containers of the application services."""

from collections.abc import Iterator
from contextlib import suppress

from settings.fields import InvalidInput
from settings.models import Settings
from settings.problems import Problem
from settings.services import running_services


def secrets_lie_beside_their_service(settings: Settings) -> Iterator[Problem]:
    """ECS reads secrets at every start: those of another region fail with it, when they are needed most."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            for name, secret in service.secrets.items():
                arns = {"arn": secret.arn} | ({"keyArn": secret.key_arn} if secret.key_arn else {})
                for setting, arn in arns.items():
                    region, account = arn.split(":")[3:5]
                    if (region, account) != (settings.region, settings.account_id):
                        yield Problem(
                            key=f"{key}.secrets.{name}.{setting}",
                            value=arn,
                            rule=f"lies in {region} of account {account}",
                            remedy=f"name what is in {settings.region} of {settings.account_id}; a stand-by "
                            "has replicas",
                        )


def fields_are_of_secrets(settings: Settings) -> Iterator[Problem]:
    """ECS takes a field of Secrets Manager's secrets only."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            for name, secret in service.secrets.items():
                if secret.field and ":ssm:" in secret.arn:
                    yield Problem(
                        key=f"{key}.secrets.{name}.field",
                        value=secret.field,
                        rule="does not go with a parameter of SSM",
                        remedy="leave it out, or keep the value in Secrets Manager",
                    )


def variables_have_one_value(settings: Settings) -> Iterator[Problem]:
    """ECS refuses a container with a variable and a secret of one name."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            for name in sorted(service.secrets.keys() & service.environment.keys()):
                yield Problem(
                    key=f"{key}.secrets.{name}",
                    rule=f"is a variable of {key}.environment too",
                    remedy="take one of the two away",
                )


def memory_holds_what_is_written_to_it(settings: Settings) -> Iterator[Problem]:
    """Files in memory count as the task's: one that fills more than half of it leaves too little to run."""
    for key, service in running_services(settings.services):
        with suppress(InvalidInput):
            if (mib := sum(service.tmpfs_mib.values())) > service.memory_mib // 2:
                yield Problem(
                    key=f"{key}.tmpfsMib",
                    value=dict(service.tmpfs_mib),
                    rule=f"takes {mib} MiB, more than half of {key}.memoryMib ({service.memory_mib})",
                    remedy="give the task more memory, or the paths less",
                )


CONTAINER_CHECKS = (
    secrets_lie_beside_their_service,
    fields_are_of_secrets,
    variables_have_one_value,
    memory_holds_what_is_written_to_it,
)
