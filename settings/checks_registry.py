"""Rules about the registry of images."""

from collections.abc import Iterator

from settings.models import Settings
from settings.problems import Problem


def replication_has_a_destination(settings: Settings) -> Iterator[Problem]:
    """Nothing can be replicated to nowhere, and a stand-by owns nothing to replicate."""
    if settings.registry.replicate and not (settings.replica_region and settings.repositories):
        yield Problem(
            key="mpac:registry.replicate",
            value=True,
            rule="needs mpac:replicaRegion and repositories of the stack's own",
            remedy="leave it out here; it belongs to the stack whose images are replicated",
        )


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
            rule, remedy = f"lies in {region}", f"name a secret in {' or '.join(regions)}"
        elif account != settings.account_id:
            rule, remedy = "is of another account", f"name a secret of {settings.account_id}"
        elif taken.setdefault(region, index) != index:
            rule, remedy = f"is the second one in {region}", "name one for each region"
        if rule:
            yield Problem(
                key=f"mpac:registry.dockerHubSecretArns[{index}]", value=arn, rule=rule, remedy=remedy
            )
