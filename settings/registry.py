"""Rules about the registry of images."""

from collections.abc import Iterator

from pydantic.alias_generators import to_camel

from components.problems import Problem
from components.registry.docker_hub import docker_hub_path
from components.section import Section, check
from settings.stack import Settings


@check
def replication_has_a_destination(settings: Settings) -> Iterator[Problem]:
    """Nothing can be replicated to nowhere, and a standby, which has no such region, owns nothing."""
    if settings.registry.replicate and not settings.replica_region:
        yield Problem(
            key="mpac:registry.replicate",
            value=True,
            rule="needs mpac:replicaRegion",
            remedy="leave it out here; it belongs to the stack whose images are replicated",
        )


@check
def docker_hub_secrets_can_be_read(settings: Settings) -> Iterator[Problem]:
    """ECR reads one secret in each region, in its own account."""
    taken: dict[str, int] = {}
    for index, arn in enumerate(settings.registry.docker_hub_secret_arns):
        if arn is None:
            continue
        region, account = arn.split(":")[3:5]
        regions = [known for known in (settings.region, settings.replica_region) if known]
        rule = remedy = ""
        if region not in regions:
            rule, remedy = f"is in {region}", f"name a secret in {' or '.join(regions)}"
        elif account != settings.account_id:
            rule, remedy = "is of another account", f"name a secret of {settings.account_id}"
        elif taken.setdefault(region, index) != index:
            rule, remedy = f"is the second one in {region}", "name one for each region"
        if rule:
            yield Problem(
                key=f"mpac:registry.dockerHubSecretArns[{index}]", value=arn, rule=rule, remedy=remedy
            )


@check
def images_do_not_hang_on_docker_hub(settings: Settings) -> Iterator[Problem]:
    """Docker Hub limits pulls per address, and every task of a zone has the address of its NAT gateway.

    A task that cannot pull does not start, be it for a failover: https://docs.docker.com/docker-hub/usage/
    """
    regions = {arn.split(":")[3] for arn in settings.registry.docker_hub_secret_arns if arn}
    if not settings.protect or settings.region in regions:
        return
    images = [
        *_images(settings.observability, "mpac:observability"),
        *_images(settings.pgbouncer, "mpac:pgbouncer"),
    ]
    direct = [key for key, image in images if docker_hub_path(image)]
    if direct:
        yield Problem(
            key="mpac:registry.dockerHubSecretArns",
            value=list(settings.registry.docker_hub_secret_arns),
            rule=f"names no secret in {settings.region}, and these images come from Docker Hub at every "
            f"start of a task: {', '.join(direct)}",
            remedy="name a secret for ECR's cache of Docker Hub, or copies of the images in a registry of "
            "your own, by digest",
        )


def _images(section: Section, key: str) -> Iterator[tuple[str, str]]:
    """Yield every image that a section names, with its key."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _images(value, f"{key}.{to_camel(name)}")
        elif name.endswith("image"):
            yield f"{key}.{to_camel(name)}", value
