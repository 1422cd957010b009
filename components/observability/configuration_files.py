"""Configuration files of tasks: kept in a bucket, copied into each task before it starts."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from ..compute.containers import Container, Mount
from ..compute.permissions import Permission
from ..compute.volumes import EmptyVolume
from ..storage.bucket import PrivateBucket
from .configuration.topology import CONFIGURATION_PATH

VOLUME = "configuration"
# The AWS CLI, which is a program in Python, and the 64 MiB of `/tmp`.
COPIER_MIB = 256
UNKNOWN = re.compile(r"<unknown: [^<>]+>")


class ConfigurationFiles(pulumi.ComponentResource):
    """The configuration files of one program.

    Creates an object per file under `<program>/<hash of all of them>/`. The path is in the definition of the
    task: other files make another revision, which is deployed, and until that has worked the old files stay.

    Replaces an object: any change of any file of the program.

    Requirements: Compute, "Observability Services".

    Attributes:
        volume: Volume for them in a task.
        permissions: What the task's role needs to get them.
    """

    volume: EmptyVolume
    permissions: list[Permission]

    def __init__(
        self,
        name: str,
        *,
        program: str,
        files: Mapping[str, pulumi.Input[str]],
        bucket: PrivateBucket,
        region: str,
        copier_image: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Upload the files.

        Args:
            name: Name of the component.
            program: Name of the program.
            files: Text of each file, by its path.
            bucket: Bucket of all configuration.
            region: Region of the bucket.
            copier_image: Image with AWS's command line.
            opts: Options.
        """
        super().__init__("mpac:observability:ConfigurationFiles", name, None, opts)
        hashed = pulumi.Output.json_dumps(dict(files)).apply(digest)
        directory = pulumi.Output.concat(program, "/", hashed, "/")
        objects = [
            aws.s3.BucketObjectv2(
                f"{name}-{path}",
                bucket=bucket.name,
                key=pulumi.Output.concat(directory, path),
                content=text,
                content_type="text/plain; charset=utf-8",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for path, text in sorted(files.items())
        ]
        uploaded = pulumi.Output.all(directory, *(each.id for each in objects)).apply(
            lambda known: str(known[0])
        )

        self.volume = EmptyVolume(name=VOLUME)
        self.permissions = [
            Permission(
                sid="ReadConfiguration",
                actions=["s3:GetObject"],
                resources=[pulumi.Output.concat(bucket.arn, f"/{program}/*")],
            ),
            Permission(
                sid="ListConfiguration",
                actions=["s3:ListBucket"],
                resources=[bucket.arn],
                conditions={"StringLike": {"s3:prefix": f"{program}/*"}},
            ),
        ]
        self._copier = Container(
            name=VOLUME,
            image=copier_image,
            command=[
                *("s3", "cp", "--recursive", "--no-progress"),
                # Known when all files are there.
                pulumi.Output.concat("s3://", bucket.name, "/", uploaded),
                CONFIGURATION_PATH,
            ],
            environment={"AWS_REGION": region, "HOME": "/tmp"},  # noqa: S108  its only writable path
            # The volume belongs to root.
            user="0:0",
            mounts=[Mount(volume=VOLUME, path=CONFIGURATION_PATH)],
            essential=False,
            memory_mib=COPIER_MIB,
        )
        self.register_outputs({"directory": uploaded})

    def prepare(self, main: Container) -> list[Container]:
        """List the containers of a task whose main one starts when it has its files, and only reads them."""
        mount = Mount(volume=VOLUME, path=CONFIGURATION_PATH, read_only=True)
        return [
            replace(main, mounts=[*main.mounts, mount], after={VOLUME: "SUCCESS"}),
            self._copier,
        ]


def memory_of_main(task_mib: int) -> int:
    """Tell what of a task's memory its main container has."""
    return task_mib - COPIER_MIB


def digest(files: str) -> str:
    """Name a set of files, given as JSON, by what is in them.

    A recorded plan names what is not known yet within the text; then the name is not known either.
    """
    if unknown := UNKNOWN.search(files):
        return unknown[0]
    return hashlib.sha256(json.dumps(json.loads(files), sort_keys=True).encode()).hexdigest()[:12]
