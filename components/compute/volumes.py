"""Volumes of a task."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .permissions import Permission


@dataclass(frozen=True, kw_only=True)
class EfsVolume:
    """An access point of an EFS file system, mounted over TLS with the task role; the role is let in.

    Attributes:
        name: Name within the task.
        file_system_id: Id of the file system.
        file_system_arn: Its ARN.
        access_point_id: Id of the access point, which sets user, group and root directory.
        access_point_arn: Its ARN.
    """

    name: str
    file_system_id: pulumi.Input[str]
    file_system_arn: pulumi.Input[str]
    access_point_id: pulumi.Input[str]
    access_point_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class EmptyVolume:
    """A directory that the containers of one task share, and that ends with it.

    Attributes:
        name: Name within the task.
    """

    name: str


def mount_permission(volume: EfsVolume) -> Permission:
    """Allow mounting an access point, and writing through it alone."""
    return Permission(
        sid="Mount" + "".join(filter(str.isalnum, volume.name.title())),
        actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        resources=[volume.file_system_arn],
        conditions={
            "StringEquals": {"elasticfilesystem:AccessPointArn": volume.access_point_arn},
            "Bool": {"aws:SecureTransport": "true"},
        },
    )


def volume_args(volume: EfsVolume | EmptyVolume) -> aws.ecs.TaskDefinitionVolumeArgs:
    """Write a volume as the provider takes it."""
    if isinstance(volume, EmptyVolume):
        return aws.ecs.TaskDefinitionVolumeArgs(name=volume.name)
    return aws.ecs.TaskDefinitionVolumeArgs(
        name=volume.name,
        efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
            file_system_id=volume.file_system_id,
            transit_encryption="ENABLED",
            authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                access_point_id=volume.access_point_id, iam="ENABLED"
            ),
        ),
    )
