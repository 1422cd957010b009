"""A task that Fargate can run: definition, roles and log group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..section import verify
from .containers import Container, container_definitions
from .permissions import Permission
from .policies import exec_permissions, execution_policy, task_policy, task_trust
from .settings import TaskSize
from .volumes import EfsVolume, EmptyVolume, mount_permission, volume_args


@dataclass(frozen=True, kw_only=True)
class FargateTaskArgs:
    """Inputs of `FargateTask`.

    Attributes:
        context: Who and where.
        cpu: CPU units, 1024 to a vCPU; with `memory_mib` one of Fargate's sizes.
        memory_mib: Memory in MiB, which the containers share.
        architecture: Of the images.
        containers: Containers, the main one first.
        volumes: Volumes that containers mount.
        permissions: What the programs may do; the task role has nothing else.
        log_retention_days: Days that logs are kept, one of those that CloudWatch Logs takes.
        exec_log_group_name: `Cluster.exec_log_group_name`, for a task in whose containers ECS Exec can open
            shells. Its agent needs a root file system that it can write to, and its sessions are logged by
            the cluster. None for no shells.
    """

    context: Context
    cpu: int
    memory_mib: int
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    containers: Sequence[Container]
    volumes: Sequence[EfsVolume | EmptyVolume] = ()
    permissions: Sequence[Permission] = ()
    log_retention_days: int = 30
    exec_log_group_name: str | None = None


class FargateTask(pulumi.ComponentResource):
    """A task definition with its roles and log group, for a service or to be run once.

    Creates a revision of the task definition `<prefix>-<environment>-<name>`, the role of the same name with
    the given permissions and nothing else, the role `...-execution` that ECS pulls images, reads secrets and
    writes logs with (`components.compute.policies`), and the encrypted log group
    `/<prefix>/<environment>/<name>`.

    Replaces the revision: any change of it. Old ones stay in ECS, also when the task is taken away: they cost
    nothing, and a failed deployment goes back to one. Replaces the log group, whose logs are lost, and the
    roles: another name.

    Requirements: Compute, "ECS Fargate" and "ECS Task Volume Configuration".

    Attributes:
        arn: ARN of the task definition's revision.
        task_role_arn: ARN of the role of the programs.
        execution_role_arn: ARN of the role that ECS starts the task with.
        log_group_name: Name of the log group, `/<prefix>/<environment>/<name>`.
    """

    arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FargateTaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:compute:FargateTask", name, None, opts)
        verify(f"FargateTask {name}", TaskSize(cpu=args.cpu, memory_mib=args.memory_mib))
        context = args.context
        full_name, log_group_name = context.name(name), f"/{context.path(name)}"
        logs_arn = f"arn:aws:logs:{context.region}:{context.account_id}:log-group:"

        log_group = aws.cloudwatch.LogGroup(
            name,
            name=log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        permissions = [
            *args.permissions,
            *(mount_permission(each) for each in args.volumes if isinstance(each, EfsVolume)),
            *(exec_permissions(logs_arn + args.exec_log_group_name) if args.exec_log_group_name else []),
        ]
        task_role, task_policies = self._role(
            name,
            f"Task role of {name}",
            context,
            {"task-permissions": pulumi.Output.json_dumps(task_policy(permissions))} if permissions else {},
        )
        execution_role, execution_policies = self._role(
            f"{name}-execution",
            f"Task execution role of {name}",
            context,
            {"pull-images-read-secrets-write-logs": _execution_policy(args, logs_arn + log_group_name)},
        )
        definition = aws.ecs.TaskDefinition(
            name,
            family=full_name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu),
            memory=str(args.memory_mib),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture=args.architecture
            ),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=pulumi.Output.json_dumps(
                container_definitions(
                    args.containers,
                    memory_mib=args.memory_mib,
                    log_group=log_group_name,
                    region=context.region,
                    writable_root=args.exec_log_group_name is not None,
                )
            ),
            volumes=[volume_args(volume) for volume in args.volumes],
            tags={"Name": full_name},
            # A failed deployment goes back to an older revision, which must be able to start tasks then. The
            # provider would deregister it when it is replaced.
            skip_destroy=True,
            # A task that starts before its roles may do anything fails, and a deployment may fail with it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[log_group, *task_policies, *execution_policies]
            ),
        )

        self.arn = definition.arn
        self.task_role_arn = task_role.arn
        self.execution_role_arn = execution_role.arn
        self.log_group_name = log_group.name
        self.register_outputs(
            {
                "arn": self.arn,
                "taskRoleArn": self.task_role_arn,
                "executionRoleArn": self.execution_role_arn,
                "logGroupName": self.log_group_name,
            }
        )

    def _role(
        self,
        name: str,
        purpose: str,
        context: Context,
        policies: Mapping[str, pulumi.Input[str]],
    ) -> tuple[aws.iam.Role, list[aws.iam.RolePolicy]]:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=context.name(name),
            description=f"{purpose} of {context.title}",
            assume_role_policy=json.dumps(task_trust(context.account_id, context.region)),
            opts=child,
        )
        return role, [
            aws.iam.RolePolicy(name, name=policy_name, role=role.name, policy=policy, opts=child)
            for policy_name, policy in policies.items()
        ]


def _execution_policy(args: FargateTaskArgs, log_group_arn: str) -> pulumi.Output[str]:
    secrets = [secret for container in args.containers for secret in container.secrets.values()]

    def write(needs: list[list[str]]) -> str:
        images, secret_arns, key_arns = needs
        return json.dumps(
            execution_policy(
                images=images,
                secrets=zip(secret_arns, key_arns, strict=True),
                log_group_arn=log_group_arn,
                region=args.context.region,
            )
        )

    return pulumi.Output.all(
        pulumi.Output.all(*(container.image for container in args.containers)),
        pulumi.Output.all(*(secret.arn for secret in secrets)),
        pulumi.Output.all(*(secret.key_arn for secret in secrets)),
    ).apply(write)
