"""The tag of an image that the deployment builds: a hash of what it is built from."""

import hashlib
import os
from pathlib import Path

from docker.utils.build import exclude_paths

TAG_LENGTH = 20


def content_tag(context: Path, dockerfile: str, platform: str) -> str:
    """Return the tag of what a build context holds: other content, another tag.

    Where a tag is not given, awsx takes a hash of the names of context and Dockerfile, which an immutable
    repository refuses at the second build (`createUniqueImageName` in its awsx/ecr/image.ts). The hash must
    change whenever the builder would build again, so it covers what that one hashes (`hashBuildContext` in
    pulumi-docker-build's provider/internal/context.go): path, mode and content of every file that is not
    ignored, links followed, and the Dockerfile even where it is ignored.

    Args:
        context: Directory that is built.
        dockerfile: The file that says how, relative to the context.
        platform: Operating system and architecture that it is built for.

    Raises:
        FileNotFoundError: Context or Dockerfile is not there.
    """
    recipe = context / dockerfile
    if not recipe.is_file():
        raise FileNotFoundError(f"{recipe} is no file: look at the build's context and dockerfile")
    digest = hashlib.sha256(f"{platform}\0{recipe.read_text()}\0".encode())
    for name in sorted(exclude_paths(str(context), _ignored(context, dockerfile), dockerfile)):
        path = context / name
        if path.is_dir() and not path.is_symlink():
            continue
        digest.update(f"{name}\0{path.lstat().st_mode:o}\0".encode())
        if path.is_symlink():
            digest.update(os.fsencode(path.readlink()))
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:TAG_LENGTH]


def _ignored(context: Path, dockerfile: str) -> list[str]:
    """Return patterns to ignore; a file of the Dockerfile's own goes before that of the context.

    https://docs.docker.com/build/concepts/context/#filename-and-location
    """
    for candidate in (context / f"{dockerfile}.dockerignore", context / ".dockerignore"):
        if candidate.is_file():
            lines = (line.strip() for line in candidate.read_text().splitlines())
            return [line for line in lines if line and not line.startswith("#")]
    return []
