"""Name what the cache's engine has come to: `python -m operations.cache_versions STACK`.

AWS raises no minor version of it by itself, so nobody would know of a newer one. Where AWS has raised one
all the same (see ADR 14), updates fail until the setting follows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import click

from components.problems import SettingsError
from settings.loading import load
from settings.stack import Settings
from settings.stack_files import read_stack_file, stack_files

KEY = "mpac:cache.engineVersion"


def findings(settings: Settings, client: Any) -> Iterator[str]:  # noqa: ANN401  boto3 ships no types
    """Say what there is to do about the version of a stack's cache.

    Args:
        settings: The stack's.
        client: ElastiCache in its region.
    """
    cache, group = settings.cache, f"mpac-{settings.environment}-cache"
    wanted = _parts(cache.engine_version)
    nodes = client.get_paginator("describe_cache_clusters").paginate()
    running = {
        _parts(node["EngineVersion"])
        for page in nodes
        for node in page["CacheClusters"]
        if node.get("ReplicationGroupId") == group
    }
    if running and (highest := max(running)) > wanted:
        yield f"AWS has raised {group} to {_text(highest)}: {_write(highest)} before the next update"
        wanted = highest
    pages = client.get_paginator("describe_cache_engine_versions").paginate(Engine=cache.engine)
    offered = {_parts(each["EngineVersion"]) for page in pages for each in page["CacheEngineVersions"]}
    newest = max((each for each in offered if each[0] == wanted[0]), default=wanted)
    if newest > wanted:
        yield f"ElastiCache offers {cache.engine} {_text(newest)}: try it in staging, then {_write(newest)}"


def _parts(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _write(version: tuple[int, int]) -> str:
    return f"write {KEY}: '{_text(version)}'"


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Name newer minor versions of the cache's engine in STACK; ends with status 1 if there are any."""
    files = stack_files(Path.cwd())
    if stack not in files:
        raise click.UsageError(f"{stack!r} is none of {', '.join(files)}")
    try:
        settings = load(stack, read_stack_file(files[stack]))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    found = list(findings(settings, boto3.client("elasticache", region_name=settings.region)))
    for line in found:
        click.echo(line)
    if found:
        raise SystemExit(1)
    click.echo(f"The cache of {stack} has the newest minor version of its engine.")


if __name__ == "__main__":
    main()
