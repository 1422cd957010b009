"""A program of the observability services, as a service on Fargate."""

from collections.abc import Sequence

import pulumi

from ..compute.attachments import ScrapeTarget
from ..compute.containers import Container
from ..compute.permissions import Permission
from ..compute.scaling import Scaling
from ..compute.service import FargateService, FargateServiceArgs
from ..compute.settings import Program
from ..compute.task import FargateTaskArgs
from ..compute.volumes import EfsVolume
from .args import ObsStackArgs
from .configuration_files import ConfigurationFiles


def obs_service(
    name: str,
    program: Program,
    container: Container,
    args: ObsStackArgs,
    *,
    files: ConfigurationFiles,
    tasks: Scaling | int | None = None,
    volume: EfsVolume | None = None,
    permissions: Sequence[Permission] = (),
    discovery_name: str | None = None,
    registry_arn: pulumi.Input[str] | None = None,
    scrape: int | None = None,
    zone: int | None = None,
    after: FargateService | None = None,
    opts: pulumi.ResourceOptions,
) -> FargateService:
    """Run a program that gets its files first.

    Args:
        name: Name of the service.
        program: Its size.
        container: The main container.
        args: Inputs of the stack.
        files: Its configuration files.
        tasks: Tasks, a number or as many as the load takes; None for the single writer of a volume.
        volume: What it writes to.
        permissions: What it may do beside reading its files.
        discovery_name: Host name of its own.
        registry_arn: Host name that it shares.
        scrape: Port of its metrics.
        zone: Number of the zone that it stays in; None for all zones.
        after: Replica that has to run first: of those that follow one another, one is down at a time.
        opts: Options, with the parent.
    """
    subnet_ids = args.subnet_ids
    if zone is not None:
        subnet_ids = [subnet_ids[zone % len(subnet_ids)]]
    return FargateService(
        name,
        FargateServiceArgs(
            context=args.context,
            task=FargateTaskArgs(
                context=args.context,
                cpu=program.cpu,
                memory_mib=program.memory_mib,
                containers=files.prepare(container),
                volumes=[files.volume, *([volume] if volume else [])],
                permissions=[*permissions, *files.permissions],
                log_retention_days=args.compute.log_retention_days,
            ),
            cluster=args.cluster,
            subnet_ids=subnet_ids,
            security_group_ids=[args.security_group_id],
            scaling=tasks or 1,
            minimum_healthy_percent=0 if tasks is None else 100,
            maximum_percent=100 if tasks is None else 200,
            discovery_name=discovery_name,
            registry_arn=registry_arn,
            scrape=ScrapeTarget(port=scrape) if scrape else None,
            after=[*args.after, *([after] if after else [])],
        ),
        opts,
    )
