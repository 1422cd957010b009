"""Repositories of images."""

from components.encryption import DataClass
from components.registry import Registry, RegistryArgs, RegistryReplica
from wiring.stack import Stack


def registry(stack: Stack) -> Registry:
    """Repositories of images, and their copies."""
    settings = stack.settings
    key_arn = stack.replica_key_arn(DataClass.REGISTRY)
    return Registry(
        "registry",
        RegistryArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            repositories=settings.repositories,
            kept_images=settings.registry.kept_images,
            key_arn=stack.key_arn(DataClass.REGISTRY),
            replica=(
                RegistryReplica(region=settings.replica_region, key_arn=key_arn)
                if settings.replica_region and key_arn and settings.registry.replicate
                else None
            ),
            docker_hub_secret_arns=settings.registry.docker_hub_secret_arns,
            protect=settings.protect,
        ),
        stack.opts,
    )
