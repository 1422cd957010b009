"""What the observability services are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.compute import (
    Container,
    EfsVolume,
    FargateService,
    FargateServiceArgs,
    FargateTaskArgs,
    Permission,
    Scaling,
    ScrapeTarget,
    SecretValue,
)
from components.observability.args import ObsStackArgs, Program
from components.observability.configuration_files import ConfigurationFiles
from components.observability.file_system import ObsFileSystem, ObsFileSystemArgs
from components.secrets import GeneratedSecret, GeneratedSecretArgs
from components.storage import PrivateBucket, PrivateBucketArgs
from components.storage.lifecycle import Rule
from components.storage.policies import bucket_name

# What Loki and Tempo have not deleted by then they have forgotten.
BACKSTOP_DAYS = 7
ABORT_UPLOADS_AFTER_DAYS = 1


@dataclass(kw_only=True)
class Parts:
    """Makes parts with what they have in common.

    Attributes:
        args: Inputs of the stack.
        opts: Options of every part: the parent.
        configuration: Bucket of configuration files.
        file_systems: Those that were made, by program.
    """

    args: ObsStackArgs
    opts: pulumi.ResourceOptions
    configuration: PrivateBucket = field(init=False)
    file_systems: dict[str, ObsFileSystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.configuration = self.bucket("obs-config")

    def service(
        self,
        name: str,
        program: Program,
        container: Container,
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
    ) -> FargateService:
        """Run a program that gets its files first.

        Args:
            name: Last part of the service's name.
            program: Image and size.
            container: The main container.
            files: Its configuration files.
            tasks: Tasks, a number or as many as the load takes; None for the single writer of a volume.
            volume: What it writes to.
            permissions: What it may do beside reading its files.
            discovery_name: Host name of its own.
            registry_arn: Host name that it shares.
            scrape: Port of its metrics.
            zone: Number of the zone that it stays in; None for all zones.
            after: Replica that has to run first: of those that follow one another, one is down at a time.
        """
        args = self.args
        subnet_ids = args.subnet_ids
        if zone is not None:
            subnet_ids = [subnet_ids[zone % len(subnet_ids)]]
        return FargateService(
            name,
            FargateServiceArgs(
                task=FargateTaskArgs(
                    environment=args.environment,
                    account_id=args.account_id,
                    region=args.region,
                    task_name=name,
                    cpu=program.cpu,
                    memory_mib=program.memory_mib,
                    containers=files.prepare(container),
                    volumes=[files.volume, *([volume] if volume else [])],
                    permissions=[*permissions, *files.permissions],
                    log_retention_days=args.log_retention_days,
                    logs_key_arn=args.logs_key_arn,
                    protect=args.protect,
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
                alarm_topic_arn=args.alarm_topic_arn,
            ),
            self.opts,
        )

    def files(self, program: str, files: Mapping[str, pulumi.Input[str]]) -> ConfigurationFiles:
        """Upload a program's configuration files."""
        return ConfigurationFiles(
            f"{program}-files",
            program=program,
            files=files,
            bucket=self.configuration,
            region=self.args.region,
            copier_image=self.args.copier_image,
            opts=self.opts,
        )

    def volumes(self, program: str, directories: Sequence[str], user_id: int) -> dict[str, EfsVolume]:
        """Make a program's file system, and a volume for each directory."""
        args = self.args
        file_system = ObsFileSystem(
            program,
            ObsFileSystemArgs(
                environment=args.environment,
                purpose=program,
                directories=directories,
                user_id=user_id,
                subnet_ids=args.subnet_ids,
                security_group_id=args.files_security_group_id,
                throughput_mode=args.throughput_mode,
                infrequent_access_after_days=args.infrequent_access_after_days,
                key_arn=args.files_key_arn,
                backup_tags=args.backup_tags,
                alarm_topic_arn=args.alarm_topic_arn,
                protect=args.protect,
            ),
            self.opts,
        )
        self.file_systems[program] = file_system
        return file_system.volumes

    def bucket(self, kind: str, *, days: int | None = None) -> PrivateBucket:
        """Make a bucket; with `days`, whatever is some days older is deleted."""
        return PrivateBucket(
            kind,
            PrivateBucketArgs(
                bucket=bucket_name(kind, self.args.environment, self.args.name_suffix),
                versioned=False,
                lifecycle=[
                    Rule(
                        id="expire",
                        expire_after_days=days + BACKSTOP_DAYS if days else None,
                        abort_uploads_after_days=ABORT_UPLOADS_AFTER_DAYS,
                    )
                ],
                protect=self.args.protect,
            ),
            self.opts,
        )

    def secret(self, name: str, description: str) -> SecretValue:
        """Generate a password."""
        args = self.args
        generated = GeneratedSecret(
            name,
            GeneratedSecretArgs(
                secret_name=f"mpac/{args.environment}/{name}",
                description=f"{description} of mpac {args.environment}",
                region=args.region,
                key_arn=args.secrets_key_arn,
                protect=args.protect,
            ),
            self.opts,
        )
        return SecretValue(arn=generated.arn, key_arn=args.secrets_key_arn, json_field="password")
