"""What the image of a service finds in its container. `docs/service-contract.md` is the contract in full."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from ..problems import Problem
from ..section import Section, check, refusal

# What the platform gives every service, and beginnings of what it and ECS's agent give.
RESERVED_NAMES = frozenset(
    {"ENVIRONMENT", "PORT", "OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"}
)
RESERVED_PREFIXES = ("AWS_", "BUCKET_", "CACHE_", "DATABASE_", "ECS_")


def _own_name(value: str) -> str:
    if value in RESERVED_NAMES or value.startswith(RESERVED_PREFIXES):
        raise refusal("is given by the platform", "choose another name for the variable")
    return value


VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,127}$"), AfterValidator(_own_name)]
VariableValue = Annotated[str, Field(min_length=1, max_length=4096)]
# ECS takes both: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
# Without its last six characters, a policy would let in other secrets of the same beginning.
SecretOrParameterArn = Annotated[
    str,
    Field(
        pattern=r"^arn:aws:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}"
        r"|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[\w/.-]+)$"
    ),
]
KeyArn = Annotated[str, Field(pattern=r"^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[\w-]+$")]
# Never root, whose number is 0.
User = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,9}(:[1-9][0-9]{0,9})?|image)$")]
MountPath = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_.-]+)+$")]
TmpfsMib = Annotated[int, Field(ge=1, le=30720)]
Sid = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{1,63}$")]
# In full: what a wildcard allows grows with AWS.
IamAction = Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$")]
ResourceArn = Annotated[str, Field(pattern=r"^arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s?]*[^\s?*:/][^\s?]*$")]


class ServiceSecret(Section):
    """A secret that a container gets as an environment variable when it starts."""

    arn: SecretOrParameterArn
    """the ARN of a secret in Secrets Manager, with its last six characters, or of a parameter in SSM"""
    field: Annotated[str, Field(pattern=r"^[\w.-]{1,128}$")] | None = None
    """the field of a secret that is JSON; none for all of it"""
    key_arn: KeyArn | None = None
    """the ARN of the KMS key that it is encrypted with; none where that is AWS's own"""


class ServicePermission(Section):
    """What the program may do in AWS beyond what the platform lets it do."""

    actions: Annotated[tuple[IamAction, ...], Field(min_length=1)]
    """actions in full, such as sqs:SendMessage"""
    resources: Annotated[tuple[ResourceArn, ...], Field(min_length=1)]
    """ARNs of what it may do them with"""


class ServiceContainer(Section):
    """The settings of a service's container."""

    environment: Mapping[VariableName, VariableValue] = {}
    """variables of its own by name, in upper case, with values that are no secrets"""
    secrets: Mapping[VariableName, ServiceSecret] = {}
    """variables by name with the arn, and if need be field and keyArn, of a secret each"""
    user: User = "65534:65534"
    """the number of a user, and of a group after a colon, neither 0; or image for the image's own user, which
    needs an exemption from ecs-not-root"""
    read_only_root: bool = True
    """true to keep the root file system read-only; false needs an exemption from ecs-read-only"""
    tmpfs_mib: Mapping[MountPath, TmpfsMib] = {"/tmp": 64}  # noqa: S108  in the container
    """paths that can be written to, each with MiB from 1 to 30720 of the task's memory"""
    permissions: Mapping[Sid, ServicePermission] = {}
    """by a name such as SendOrders, the actions and resources that the task role is allowed beside its own"""


@check
def fields_are_of_secrets(container: ServiceContainer) -> Iterator[Problem]:
    """ECS takes a field of Secrets Manager's secrets only."""
    for name, secret in container.secrets.items():
        if secret.field and ":ssm:" in secret.arn:
            yield Problem(
                key=f"secrets.{name}.field",
                value=secret.field,
                rule="does not go with a parameter of SSM",
                remedy="leave it out, or keep the value in Secrets Manager",
            )


@check
def variables_have_one_value(container: ServiceContainer) -> Iterator[Problem]:
    """ECS refuses a container with a variable and a secret of one name."""
    for name in sorted(container.secrets.keys() & container.environment.keys()):
        yield Problem(
            key=f"secrets.{name}",
            rule="is a variable of environment too",
            remedy="take one of the two away",
        )
