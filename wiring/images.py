"""Images of others."""

from components.registry import Registry
from wiring.stack import Stack


def cached(stack: Stack, images: Registry, image: str) -> str:
    """Name an image of Docker Hub by its cache where there is one; those of other registries have a dot."""
    cache = images.docker_hub_urls.get(stack.settings.region)
    return f"{cache}/{image}" if cache and "." not in image.partition("/")[0] else image
