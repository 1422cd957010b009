"""Settings of the registry of images."""

from typing import Annotated

from pydantic import Field

from ..field_types import Distinct
from ..section import Section

# ECR reads no secret of another name.
RegistrySecretArn = Annotated[
    str,
    Field(pattern=r"^arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:ecr-pullthroughcache/[\w/+=.@-]+$"),
]


class RegistrySettings(Section):
    """Images of the services."""

    # Lifecycle rules of ECR count so far.
    kept_images: Annotated[int, Field(ge=10, le=1000)] = 100
    """images from 10 to 1000 of each repository that are kept, the newest first"""
    replicate: bool = False
    """true in the one stack of its account and region that sets what ECR replicates"""
    docker_hub_secret_arns: Annotated[tuple[RegistrySecretArn, ...], Distinct] = ()
    """for each region that caches images of Docker Hub, the ARN of a secret there named
    ecr-pullthroughcache/..., with username and accessToken, under AWS's own key for Secrets Manager"""
