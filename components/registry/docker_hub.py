"""Names of images, by Docker's own grammar."""

# https://github.com/distribution/reference/blob/main/normalize.go: `splitDockerDomain`
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def docker_hub_path(image: str) -> str | None:
    """Return path and tag of an image that Docker Hub has; None for one of another registry.

    What stands before the first slash is a host only with a dot or a port in it, or as `localhost`. Images
    without a path are Docker's official ones, below `library/`, which ECR's cache wants written out:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working.html
    """
    first, slash, rest = image.partition("/")
    host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    if host and first not in _DOCKER_HUB:
        return None
    path = rest if host else image
    return path if "/" in path else f"library/{path}"
