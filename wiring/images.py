"""Images of others."""

import pulumi

from components.registry import Registry
from settings.images import docker_hub_path
from wiring.stack import Stack


def cached(stack: Stack, images: Registry, image: str) -> pulumi.Input[str]:
    """Name an image of Docker Hub by its cache where there is one."""
    cache, path = images.docker_hub_urls.get(stack.settings.region), docker_hub_path(image)
    return pulumi.Output.concat(cache, "/", path) if cache and path else image
