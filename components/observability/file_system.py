"""A file system of the observability services."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from ..compute.volumes import EfsVolume
from ..context import Context, DataClass
from ..iam import document
from ..monitoring.alarm import Metric, alarm
from ..section import verify
from .settings import FileSystems

# Below it a burst ends within hours: the credits of a full day of writing a megabyte each second.
LEAST_BURST_CREDIT = 86_400 * 2**20


@dataclass(frozen=True, kw_only=True)
class ObsFileSystemArgs:
    """Inputs of `ObsFileSystem`.

    Attributes:
        context: Who and where.
        settings: Throughput, and when files move to cheaper storage.
        purpose: Program whose files these are: `prometheus`.
        directories: A directory of the file system for each writer.
        user_id: User and group of every file, whoever writes it.
        subnet_ids: A subnet of each zone in which tasks run.
        security_group_id: Security group of the mount targets.
        backup_tags: Tags by which a backup plan finds it.
    """

    context: Context
    settings: FileSystems = field(default_factory=FileSystems)
    purpose: str
    directories: Sequence[str]
    user_id: int
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    backup_tags: Mapping[str, str] = field(default_factory=dict)


class ObsFileSystem(pulumi.ComponentResource):
    """An encrypted EFS file system that is mounted through access points alone.

    Creates the file system `<prefix>-<environment>-<name>`, in General Purpose mode, a mount target per
    subnet, an access point per directory, which sets user and group and makes the directory, and a policy
    that refuses mounts without TLS, without an access point, or as root. EFS's own backups are off: a backup
    plan takes them, by tag. Alarms on operations, and on burst credits where there are any.

    Replaces the file system, whose files are lost: its name or key. Replaces an access point: its directory
    or user; the files stay.

    Requirements: Storage, "Elastic File System".

    Attributes:
        id: Id of the file system.
        arn: ARN of the file system.
        volumes: For each directory, the volume by which a task mounts it; known when it can be mounted in
            every zone.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    volumes: dict[str, EfsVolume]

    def __init__(
        self, name: str, args: ObsFileSystemArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:observability:ObsFileSystem", name, None, opts)
        verify(f"ObsFileSystem {name}", args.settings)
        full_name = args.context.name(name)
        child = pulumi.ResourceOptions(parent=self)

        file_system = aws.efs.FileSystem(
            name,
            # An attempt that was cut short finds its file system by the token.
            creation_token=full_name,
            performance_mode="generalPurpose",
            throughput_mode=args.settings.throughput_mode,
            encrypted=True,
            kms_key_id=args.context.key_arn(DataClass.FILES),
            lifecycle_policies=[
                aws.efs.FileSystemLifecyclePolicyArgs(
                    transition_to_ia=f"AFTER_{args.settings.infrequent_access_after_days}_DAYS"
                ),
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            tags={"Name": full_name, **args.backup_tags},
            opts=pulumi.ResourceOptions(parent=self, protect=args.context.protect),
        )
        aws.efs.BackupPolicy(
            name,
            file_system_id=file_system.id,
            backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(status="DISABLED"),
            opts=child,
        )
        policy = aws.efs.FileSystemPolicy(
            name,
            file_system_id=file_system.id,
            policy=file_system.arn.apply(lambda arn: json.dumps(file_system_policy(arn))),
            opts=child,
        )
        targets = [
            aws.efs.MountTarget(
                f"{name}-{number}",
                file_system_id=file_system.id,
                subnet_id=subnet_id,
                security_groups=[args.security_group_id],
                opts=child,
            )
            for number, subnet_id in enumerate(args.subnet_ids)
        ]
        self._watch(name, full_name, file_system, args)

        self.id = pulumi.Output.all(file_system.id, policy.id, *(target.id for target in targets)).apply(
            lambda ids: str(ids[0])
        )
        self.arn = file_system.arn
        self.volumes = {directory: self._volume(name, directory, args) for directory in args.directories}
        self.register_outputs({"id": self.id, "arn": self.arn})

    def _volume(self, name: str, directory: str, args: ObsFileSystemArgs) -> EfsVolume:
        point = aws.efs.AccessPoint(
            f"{name}-{directory}",
            file_system_id=self.id,
            posix_user=aws.efs.AccessPointPosixUserArgs(uid=args.user_id, gid=args.user_id),
            root_directory=aws.efs.AccessPointRootDirectoryArgs(
                path=f"/{directory}",
                creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=args.user_id, owner_gid=args.user_id, permissions="0750"
                ),
            ),
            tags={"Name": args.context.name(f"{name}-{directory}")},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return EfsVolume(
            name=args.purpose,
            file_system_id=self.id,
            file_system_arn=self.arn,
            access_point_id=point.id,
            access_point_arn=point.arn,
        )

    def _watch(
        self, name: str, full_name: str, file_system: aws.efs.FileSystem, args: ObsFileSystemArgs
    ) -> None:
        def metric(metric_name: str) -> Metric:
            return Metric(namespace="AWS/EFS", name=metric_name, dimensions={"FileSystemId": file_system.id})

        child = pulumi.ResourceOptions(parent=self)
        alarm(
            f"{name}-operations",
            metric("PercentIOLimit"),
            alarm_name=f"{full_name}-operations",
            description=f"{full_name} does over 90 percent of the operations that General Purpose mode can: "
            f"{args.purpose} waits for its files.",
            above=90,
            minutes=15,
            topic_arn=args.context.alarm_topic_arn,
            opts=child,
        )
        if args.settings.throughput_mode == "bursting":
            alarm(
                f"{name}-burst-credits",
                metric("BurstCreditBalance"),
                alarm_name=f"{full_name}-burst-credits",
                description=f"{full_name} is about to be slowed down to what its size allows: set its "
                "throughput mode to elastic.",
                below=LEAST_BURST_CREDIT,
                minutes=15,
                topic_arn=args.context.alarm_topic_arn,
                opts=child,
            )


def file_system_policy(arn: str) -> dict[str, Any]:
    """Refuse what gets around the access points; who may use those is said by the roles of the tasks.

    A file system without any policy lets everybody in who reaches a mount target.
    """
    refused = {
        "RefusePlainText": (["*"], {"Bool": {"aws:SecureTransport": "false"}}),
        "RefuseRoot": (["elasticfilesystem:ClientRootAccess"], None),
        "RefuseMountsWithoutAccessPoint": (
            ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            {"Null": {"elasticfilesystem:AccessPointArn": "true"}},
        ),
    }
    return document(
        [
            {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": arn}
            | ({"Condition": condition} if condition else {})
            for sid, (actions, condition) in refused.items()
        ]
    )
