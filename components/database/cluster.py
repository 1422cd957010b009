"""A PostgreSQL instance with its replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.database.alarms import InstanceLimits, instance_alarms
from components.database.parameters import (
    apply_method,
    event_pattern,
    monitoring_delivery,
    monitoring_trust,
    parameters,
)
from components.monitoring import notify_of_events
from components.secrets import GeneratedSecret, GeneratedSecretArgs, SecretReplica
from components.snapshots import final_snapshot_name

PORT = 5432
# Not RDS's or PostgreSQL's default name, which attackers try first.
MASTER_USER = "mpac_admin"
DATABASE = "mpac"
LOG_EXPORTS = ("postgresql", "upgrade")
# Replicas, copies of backups, final snapshots and larger storage take as long as there is data, many hours at
# terabytes. The provider gives up after 50 to 80 minutes, and a replica that it gave up on has no parameter
# group, for PostgreSQL's take that only once they are there (resourceInstanceCreate).
COPY_TIMEOUTS = pulumi.CustomTimeouts(create="24h", update="24h", delete="24h")


@dataclass(frozen=True, kw_only=True)
class StandByRegion:
    """Where a primary keeps a second set of backups and of its password.

    Attributes:
        region: The region.
        key_arn: KMS key in that region for the backups.
        secrets_key_arn: KMS key in that region for the password.
    """

    region: str
    key_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Primary:
    """The instance takes writes.

    Attributes:
        secrets_key_arn: KMS key of the master password.
        replica_zones: Zone of each read replica.
        stand_by: A second region to be ready in.
    """

    secrets_key_arn: pulumi.Input[str]
    replica_zones: Sequence[str] = ()
    stand_by: StandByRegion | None = None


@dataclass(frozen=True, kw_only=True)
class CrossRegionReplica:
    """The instance follows one in another region, or did so until it was promoted.

    Attributes:
        source_arn: ARN of the primary.
        promoted: Whether it was promoted. Set it when RDS has done so and the state was refreshed: to take
            away the source of an instance that has one is to promote it.
    """

    source_arn: pulumi.Input[str]
    promoted: bool = False


@dataclass(frozen=True, kw_only=True)
class PostgresClusterArgs:
    """Inputs of `PostgresCluster`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the instances.
        region: The region of the stack's provider.
        role: Whether the cluster takes writes or follows another, and what belongs to that.
        subnet_ids: Subnets in three zones.
        security_group_id: Security group of every instance.
        key_arn: KMS key of storage, backups and Performance Insights, in the same region.
        logs_key_arn: KMS key of the log groups.
        topic_arn: SNS topic of the alarms.
        version: Major version of PostgreSQL, such as `17`.
        upgrade_from: The former major version, in the one update that raises it, which is made at once; None
            in every other.
        instance_class: Class of every instance.
        multi_az: Whether the first instance has a synchronous stand-by in a second zone.
        storage_gib: Storage in GiB, 100 to 65,536. A replica takes over its primary's.
        max_storage_gib: What the storage may grow to by itself, at least a tenth more.
        iops: Provisioned operations per second, 1,000 to 256,000 and at most 1,000 per GiB.
        max_connections: Connections that each instance takes; of a replica no fewer than of its primary.
        backup_window: Half an hour or more, daily, in UTC: `hh:mm-hh:mm`.
        backup_retention_days: Days, 1 to 35, to which any point in time can be restored.
        maintenance_window: Of the first instance, half an hour or more, weekly, in UTC:
            `ddd:hh:mm-ddd:hh:mm`.
        replica_maintenance_windows: The same of each read replica.
        log_retention_days: Days that the log groups keep, one of those that CloudWatch Logs takes.
        backup_tags: Tags by which a backup plan finds the first instance while it takes writes.
        protect: Whether Pulumi and RDS refuse to delete instances, and a deleted primary leaves a snapshot
            and its backups behind.
    """

    environment: str
    account_id: str
    region: str
    role: Primary | CrossRegionReplica
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    version: str
    upgrade_from: str | None = None
    instance_class: str
    multi_az: bool
    storage_gib: int
    max_storage_gib: int
    iops: int
    max_connections: int
    backup_window: str
    backup_retention_days: int
    maintenance_window: str
    replica_maintenance_windows: Sequence[str] = ()
    log_retention_days: int
    backup_tags: Mapping[str, str]
    protect: bool


class PostgresCluster(pulumi.ComponentResource):
    """A PostgreSQL database on RDS: a primary with read replicas, or a replica of a primary elsewhere.

    Creates the instance `mpac-<environment>-postgres` on io2 storage that grows by itself, and for each
    replica zone a read replica `mpac-<environment>-postgres-<zone>`. All have TLS and SCRAM enforced by a
    parameter group, encrypted storage, enhanced monitoring, Performance Insights, their logs in encrypted log
    groups, and alarms. The events of all go to the topic. A primary also gets a generated master password in
    Secrets Manager and, with a stand-by region, a copy of that and a replication of its automated backups
    there. A cross-region replica keeps backups from the start: turning them on later restarts an instance.

    Events come by EventBridge and not by an RDS event subscription, which would have to be let into the topic
    and its key as one more service.

    Replaces an instance: another environment, key or subnet group; a replica also by another zone. An
    instance is promoted, never replaced, when it loses its source.

    Another major version makes a second parameter group. RDS upgrades a primary only where `upgrade_from`
    allows it, and its read replicas with it; those get the new group by the next update, and the former group
    stays until then: an instance that is being upgraded cannot be modified.

    Requirements: Database, "RDS PostgreSQL", "Backup Strategy" and "Read Replicas".

    Attributes:
        arn: ARN of the first instance.
        identifier: Identifier of the first instance.
        version: Major version that the first instance has.
        address: Host name of the first instance.
        replica_addresses: Host name of each read replica.
        port: Port of all instances.
        parameter_group_name: Parameter group of the version.
        secret: The master password; None of a cross-region replica.
        takes_writes: Whether the first instance does; a cross-region replica only once it was promoted.
    """

    arn: pulumi.Output[str]
    identifier: str
    version: pulumi.Output[str]
    address: pulumi.Output[str]
    replica_addresses: list[pulumi.Output[str]]
    port: int
    parameter_group_name: pulumi.Output[str]
    secret: GeneratedSecret | None
    takes_writes: bool

    def __init__(
        self, name: str, args: PostgresClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:database:PostgresCluster", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.identifier = f"mpac-{args.environment}-postgres"
        self.port = PORT
        role = args.role
        self.takes_writes = isinstance(role, Primary) or role.promoted
        self._backup_tags = args.backup_tags if self.takes_writes else {}
        zones = role.replica_zones if isinstance(role, Primary) else ()
        replicas = {f"{self.identifier}-{_suffix(zone)}": zone for zone in zones}
        self._arns = [
            f"arn:aws:rds:{args.region}:{args.account_id}:db:{identifier}"
            for identifier in (self.identifier, *replicas)
        ]
        self._subnet_group = aws.rds.SubnetGroup(
            name,
            name=self.identifier,
            description=f"PostgreSQL of mpac {args.environment}",
            subnet_ids=args.subnet_ids,
            opts=self._child,
        )
        self._parameter_group = self._parameters(args.version)
        if args.upgrade_from:
            self._parameters(args.upgrade_from)
        self.parameter_group_name = self._parameter_group.name
        self._monitoring_role, self._monitoring_policy = self._monitoring()

        if isinstance(role, Primary):
            self.secret = self._secret(role)
            first = self._primary(self.secret)
            if role.stand_by:
                self._replicate_backups(first, role.stand_by)
        else:
            self.secret = None
            first = self._cross_region_replica(role)
        self.replica_addresses = [
            self._read_replica(identifier, zone, window, first).address
            for (identifier, zone), window in zip(
                replicas.items(), args.replica_maintenance_windows, strict=True
            )
        ]
        notify_of_events(
            f"{name}-events",
            rule_name=f"{self.identifier}-events",
            description=f"What happens to the databases of mpac {args.environment}",
            pattern=event_pattern(self._arns),
            topic_arn=args.topic_arn,
            opts=self._child,
        )

        self.arn = first.arn
        # What runs, not what is wanted: an upgrade that RDS has called off leaves the former one.
        self.version = first.engine_version_actual.apply(lambda actual: actual.partition(".")[0])
        self.address = first.address
        self.register_outputs(
            {"arn": self.arn, "address": self.address, "replicaAddresses": self.replica_addresses}
        )

    def _parameters(self, version: str) -> aws.rds.ParameterGroup:
        args = self._args
        return aws.rds.ParameterGroup(
            f"{self._name}-{version}",
            # A group belongs to one major version: an upgrade needs the old and the new one at once.
            name=f"{self.identifier}{version}",
            family=f"postgres{version}",
            description=f"PostgreSQL {version} of mpac {args.environment}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=apply_method(key))
                for key, value in parameters(version, args.max_connections).items()
            ],
            opts=self._child,
        )

    def _monitoring(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-monitoring",
            name=f"{self.identifier}-monitoring",
            description=f"Enhanced monitoring of the databases of mpac {args.environment}",
            assume_role_policy=monitoring_trust(args.account_id, self._arns),
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-monitoring",
            name="write-enhanced-monitoring-logs",
            role=role.name,
            policy=monitoring_delivery(args.account_id, args.region),
            opts=self._child,
        )
        return role, policy

    def _secret(self, role: Primary) -> GeneratedSecret:
        args = self._args
        return GeneratedSecret(
            f"{self._name}-master",
            GeneratedSecretArgs(
                secret_name=f"mpac/{args.environment}/postgres/master",
                description=f"Master user of PostgreSQL of mpac {args.environment}",
                region=args.region,
                key_arn=role.secrets_key_arn,
                replica=(
                    SecretReplica(region=role.stand_by.region, key_arn=role.stand_by.secrets_key_arn)
                    if role.stand_by
                    else None
                ),
                further_fields={"username": MASTER_USER},
                protect=args.protect,
            ),
            self._child,
        )

    def _primary(self, secret: GeneratedSecret) -> aws.rds.Instance:
        args = self._args
        return self._instance(
            self._name,
            self.identifier,
            is_replica=False,
            tags=self._backup_tags,
            engine="postgres",
            # The newest minor version, which RDS then keeps up to date.
            engine_version=args.version,
            # Else RDS charges for a version that its makers no longer support, without a word.
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            db_name=DATABASE,
            username=MASTER_USER,
            # A password that RDS manages itself excludes read replicas.
            password=secret.password,
            allocated_storage=args.storage_gib,
            db_subnet_group_name=self._subnet_group.name,
            kms_key_id=args.key_arn,
            multi_az=args.multi_az,
            maintenance_window=args.maintenance_window,
            backup_window=args.backup_window,
            backup_retention_period=args.backup_retention_days,
            delete_automated_backups=not args.protect,
            skip_final_snapshot=not args.protect,
            final_snapshot_identifier=self._final_snapshot() if args.protect else None,
        )

    def _cross_region_replica(self, role: CrossRegionReplica) -> aws.rds.Instance:
        args = self._args
        return self._instance(
            self._name,
            self.identifier,
            is_replica=not role.promoted,
            tags=self._backup_tags,
            replicate_source_db=None if role.promoted else role.source_arn,
            db_subnet_group_name=self._subnet_group.name,
            kms_key_id=args.key_arn,
            multi_az=args.multi_az,
            maintenance_window=args.maintenance_window,
            backup_window=args.backup_window,
            backup_retention_period=args.backup_retention_days,
            delete_automated_backups=not args.protect,
            # RDS takes none of a replica, and refuses to delete it with one.
            skip_final_snapshot=not (args.protect and role.promoted),
            final_snapshot_identifier=self._final_snapshot() if args.protect and role.promoted else None,
        )

    def _final_snapshot(self) -> pulumi.Output[str]:
        return final_snapshot_name(self._name, self.identifier, key_arn=self._args.key_arn, opts=self._child)

    def _read_replica(
        self, identifier: str, zone: str, window: str, primary: aws.rds.Instance
    ) -> aws.rds.Instance:
        return self._instance(
            f"{self._name}-{_suffix(zone)}",
            identifier,
            is_replica=True,
            # Key and subnet group are the primary's.
            replicate_source_db=primary.identifier,
            availability_zone=zone,
            multi_az=False,
            maintenance_window=window,
            backup_retention_period=0,
            skip_final_snapshot=True,
        )

    def _instance(self, name: str, identifier: str, *, is_replica: bool, **inputs: Any) -> aws.rds.Instance:  # noqa: ANN401  inputs of any type
        """Create an instance with what all have in common, its log groups and its alarms."""
        args = self._args
        upgrades = args.upgrade_from is not None and not is_replica
        log_groups = [
            aws.cloudwatch.LogGroup(
                f"{name}-{export}",
                # RDS writes to this name, and would make a group without key and retention.
                name=f"/aws/rds/instance/{identifier}/{export}",
                retention_in_days=args.log_retention_days,
                kms_key_id=args.logs_key_arn,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            for export in LOG_EXPORTS
        ]
        instance = aws.rds.Instance(
            name,
            identifier=identifier,
            instance_class=args.instance_class,
            storage_type="io2",
            iops=args.iops,
            max_allocated_storage=args.max_storage_gib,
            storage_encrypted=True,
            port=PORT,
            vpc_security_group_ids=[args.security_group_id],
            publicly_accessible=False,
            parameter_group_name=self._parameter_group.name,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            iam_database_authentication_enabled=True,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=upgrades,
            # An upgrade in a maintenance window would come when nobody watches it.
            apply_immediately=upgrades,
            copy_tags_to_snapshot=True,
            deletion_protection=args.protect,
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS),
            monitoring_interval=60,
            monitoring_role_arn=self._monitoring_role.arn,
            database_insights_mode="standard",
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key_arn,
            performance_insights_retention_period=7,
            **inputs,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[*log_groups, self._monitoring_policy],
                custom_timeouts=COPY_TIMEOUTS,
                # Read at creation only; RDS may tell none of an instance that began as a replica.
                ignore_changes=[
                    "dbName",
                    *(["parameterGroupName"] if args.upgrade_from and is_replica else []),
                ],
            ),
        )
        instance_alarms(
            name,
            identifier,
            InstanceLimits(
                max_connections=args.max_connections, storage_gib=args.storage_gib, iops=args.iops
            ),
            is_replica=is_replica,
            topic_arn=args.topic_arn,
            opts=self._child,
        )
        return instance

    def _replicate_backups(self, primary: aws.rds.Instance, stand_by: StandByRegion) -> None:
        aws.rds.InstanceAutomatedBackupsReplication(
            self._name,
            region=stand_by.region,
            source_db_instance_arn=primary.arn,
            kms_key_id=stand_by.key_arn,
            retention_period=self._args.backup_retention_days,
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._args.protect, custom_timeouts=COPY_TIMEOUTS
            ),
        )


def _suffix(zone: str) -> str:
    """Shorten a zone such as ap-northeast-1a to 1a."""
    return zone.rpartition("-")[2]
