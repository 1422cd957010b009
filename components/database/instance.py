"""An instance of PostgreSQL, with its log groups and its alarms."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from .alarms import instance_alarms
from .settings import DatabaseSettings

PORT = 5432
LOG_EXPORTS = ("postgresql", "upgrade")
# Replicas, copies of backups, final snapshots and larger storage take as long as there is data, many hours at
# terabytes. The provider gives up after 50 to 80 minutes, and a replica that it gave up on has no parameter
# group, for PostgreSQL's take that only once they are there (resourceInstanceCreate).
COPY_TIMEOUTS = pulumi.CustomTimeouts(create="24h", update="24h", delete="24h")


@dataclass(frozen=True, kw_only=True)
class Common:
    """What all instances of a cluster have in common.

    Attributes:
        context: Who and where.
        settings: Class, storage, logs.
        security_group_id: Their security group.
        parameter_group_name: Their parameter group.
        monitoring_role: What enhanced monitoring assumes.
        monitoring_policy: The role's policy, which is there before the instances.
        parent: The cluster.
    """

    context: Context
    settings: DatabaseSettings
    security_group_id: pulumi.Input[str]
    parameter_group_name: pulumi.Input[str]
    monitoring_role: aws.iam.Role
    monitoring_policy: aws.iam.RolePolicy
    parent: pulumi.Resource


def instance(name: str, common: Common, *, is_replica: bool, **inputs: Any) -> aws.rds.Instance:  # noqa: ANN401  inputs of any type
    """Create the instance `<prefix>-<environment>-<name>`.

    Args:
        name: Name of the resource.
        common: What it has in common with the others.
        is_replica: Whether it follows another.
        inputs: What it has of its own.
    """
    context, settings = common.context, common.settings
    child = pulumi.ResourceOptions(parent=common.parent)
    identifier = context.name(name)
    upgrades = settings.upgrade_from is not None and not is_replica
    log_groups = [
        aws.cloudwatch.LogGroup(
            f"{name}-{export}",
            # RDS writes to this name, and would make a group without key and retention.
            name=f"/aws/rds/instance/{identifier}/{export}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=common.parent, protect=context.protect),
        )
        for export in LOG_EXPORTS
    ]
    created = aws.rds.Instance(
        name,
        identifier=identifier,
        instance_class=settings.instance_class,
        storage_type="io2",
        iops=settings.iops,
        max_allocated_storage=settings.max_allocated_storage_gib,
        storage_encrypted=True,
        port=PORT,
        vpc_security_group_ids=[common.security_group_id],
        publicly_accessible=False,
        parameter_group_name=common.parameter_group_name,
        ca_cert_identifier="rds-ca-rsa2048-g1",
        iam_database_authentication_enabled=True,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=upgrades,
        # An upgrade in a maintenance window would come when nobody watches it.
        apply_immediately=upgrades,
        copy_tags_to_snapshot=True,
        deletion_protection=context.protect,
        enabled_cloudwatch_logs_exports=list(LOG_EXPORTS),
        monitoring_interval=60,
        monitoring_role_arn=common.monitoring_role.arn,
        database_insights_mode="standard",
        performance_insights_enabled=True,
        performance_insights_kms_key_id=context.key_arn(DataClass.DATABASE),
        performance_insights_retention_period=7,
        **inputs,
        opts=pulumi.ResourceOptions(
            parent=common.parent,
            protect=context.protect,
            depends_on=[*log_groups, common.monitoring_policy],
            custom_timeouts=COPY_TIMEOUTS,
            # Read at creation only; RDS may report none of an instance that began as a replica.
            ignore_changes=[
                "dbName",
                *(["parameterGroupName"] if settings.upgrade_from and is_replica else []),
            ],
        ),
    )
    instance_alarms(
        name,
        identifier,
        settings,
        is_replica=is_replica,
        topic_arn=context.alarm_topic_arn,
        opts=child,
    )
    return created
