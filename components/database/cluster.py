"""A PostgreSQL instance with its replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass, Standby
from ..monitoring.alarm import notify_of_events
from ..problems import Problem, SettingsError
from ..regions import zone_suffix
from ..secrets.generated import GeneratedSecret, GeneratedSecretArgs
from ..section import verify
from ..snapshots.final import final_snapshot_name
from .alarms import event_pattern
from .instance import COPY_TIMEOUTS, PORT, Common, instance
from .monitoring import monitoring_role
from .parameters import apply_method, parameters
from .settings import DatabaseSettings


@dataclass(frozen=True, kw_only=True)
class Primary:
    """The instance takes writes.

    Attributes:
        replica_zones: Zone of each read replica, of which there are as many as the settings say.
    """

    replica_zones: Sequence[str] = ()


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
        context: Who and where. A cross-region replica needs a key of databases. With a region that stands by,
            a primary's password and backups are copied there.
        settings: Version, class, storage, connections, backups, windows. A replica takes over the storage of
            its primary, and takes no fewer connections.
        role: Whether the cluster takes writes or follows another, and what belongs to that.
        subnet_ids: Subnets in three zones.
        security_group_id: Security group of every instance.
        backup_tags: Tags by which a backup plan finds the first instance while it takes writes.
    """

    context: Context
    settings: DatabaseSettings = field(default_factory=DatabaseSettings)
    role: Primary | CrossRegionReplica = field(default_factory=Primary)
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    backup_tags: Mapping[str, str] = field(default_factory=dict)


class PostgresCluster(pulumi.ComponentResource):
    """A PostgreSQL database on RDS: a primary with read replicas, or a replica of a primary elsewhere.

    Creates the instance `<prefix>-<environment>-<name>` on io2 storage that grows by itself, and for each
    replica zone a read replica `<prefix>-<environment>-<name>-<zone>`. All have TLS and SCRAM enforced by a
    parameter group, encrypted storage, enhanced monitoring, Performance Insights, their logs in encrypted log
    groups, and alarms. The events of all go to the topic. A primary has the database `<prefix>` and the
    master user `<prefix>_admin`, with a generated password in the secret
    `<prefix>/<environment>/<name>-master`; with a standby region, a copy of that and a replication of its
    automated backups are there. A cross-region replica keeps backups from the start: turning them on later
    restarts an instance.

    Events come by EventBridge and not by an RDS event subscription, which would have to be let into the topic
    and its key as one more service.

    Replaces an instance: another prefix, environment, name, key or subnet group; a replica also by another
    zone. An instance is promoted, never replaced, when it loses its source.

    Another major version makes a second parameter group. RDS upgrades a primary only where `upgrade_from`
    allows it, and its read replicas with it; those get the new group by the next update, and the former group
    stays until then: an instance that is being upgraded cannot be modified.

    Requirements: Database, "RDS PostgreSQL", "Backup Strategy" and "Read Replicas".

    Attributes:
        arn: ARN of the first instance.
        identifier: Identifier of the first instance, and name of its subnet group.
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
        context, settings, role = args.context, args.settings, args.role
        verify(f"PostgresCluster {name}", settings)
        zones = role.replica_zones if isinstance(role, Primary) else ()
        _verify_role(f"PostgresCluster {name}", args, zones)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.identifier = context.name(name)
        self.port = PORT
        self.takes_writes = isinstance(role, Primary) or role.promoted
        replicas = {f"{name}-{zone_suffix(zone)}": zone for zone in zones}
        arns = [
            f"arn:aws:rds:{context.region}:{context.account_id}:db:{context.name(each)}"
            for each in (name, *replicas)
        ]
        self._subnet_group = aws.rds.SubnetGroup(
            name,
            name=self.identifier,
            description=f"PostgreSQL of {context.title}",
            subnet_ids=args.subnet_ids,
            opts=self._child,
        )
        self.parameter_group_name = self._parameters(settings.version)
        if settings.upgrade_from:
            self._parameters(settings.upgrade_from)
        monitored_by, monitoring_policy = monitoring_role(f"{name}-monitoring", context, arns, self._child)
        common = Common(
            context=context,
            settings=settings,
            security_group_id=args.security_group_id,
            parameter_group_name=self.parameter_group_name,
            monitoring_role=monitored_by,
            monitoring_policy=monitoring_policy,
            parent=self,
        )

        if isinstance(role, Primary):
            self.secret = GeneratedSecret(
                f"{name}-master",
                GeneratedSecretArgs(
                    context=context,
                    description=f"Master user of PostgreSQL of {context.title}",
                    further_fields={"username": _master_user(context)},
                ),
                self._child,
            )
            first = instance(name, common, is_replica=False, **self._first(), **self._new(self.secret))
            if context.standby:
                self._replicate_backups(first, context.standby)
        else:
            self.secret = None
            first = instance(
                name,
                common,
                is_replica=not role.promoted,
                replicate_source_db=None if role.promoted else role.source_arn,
                **self._first(),
            )
        self.replica_addresses = [
            instance(
                replica,
                common,
                is_replica=True,
                # Key and subnet group are the primary's.
                replicate_source_db=first.identifier,
                availability_zone=zone,
                multi_az=False,
                maintenance_window=window,
                backup_retention_period=0,
                skip_final_snapshot=True,
            ).address
            for (replica, zone), window in zip(
                replicas.items(), settings.replica_maintenance_windows, strict=True
            )
        ]
        notify_of_events(
            f"{name}-events",
            rule_name=context.name(f"{name}-events"),
            description=f"What happens to the databases of {context.title}",
            pattern=event_pattern(arns),
            topic_arn=context.alarm_topic_arn,
            opts=self._child,
        )

        self.arn = first.arn
        # What runs, not what is wanted: an upgrade that RDS has called off leaves the former one.
        self.version = first.engine_version_actual.apply(lambda actual: actual.partition(".")[0])
        self.address = first.address
        self.register_outputs(
            {"arn": self.arn, "address": self.address, "replicaAddresses": self.replica_addresses}
        )

    def _parameters(self, version: str) -> pulumi.Output[str]:
        context, settings = self._args.context, self._args.settings
        # A group belongs to one major version: an upgrade needs the old and the new one at once.
        name = f"{self._name}-{version}"
        return aws.rds.ParameterGroup(
            name,
            name=context.name(name),
            family=f"postgres{version}",
            description=f"PostgreSQL {version} of {context.title}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method=apply_method(key))
                for key, value in parameters(version, settings.max_connections).items()
            ],
            opts=self._child,
        ).name

    def _first(self) -> dict[str, Any]:
        """What the first instance has, whether it follows another or not."""
        context, settings = self._args.context, self._args.settings
        # RDS takes no final snapshot of a replica, and refuses to delete it with one.
        final_snapshot = context.protect and self.takes_writes
        return {
            "db_subnet_group_name": self._subnet_group.name,
            "kms_key_id": context.key_arn(DataClass.DATABASE),
            "multi_az": settings.multi_az,
            "maintenance_window": settings.maintenance_window,
            "backup_window": settings.backup_window,
            "backup_retention_period": settings.backup_retention_days,
            "delete_automated_backups": not context.protect,
            "skip_final_snapshot": not final_snapshot,
            "final_snapshot_identifier": (
                final_snapshot_name(
                    self._name,
                    self.identifier,
                    key_arn=context.key_arn(DataClass.DATABASE),
                    opts=self._child,
                )
                if final_snapshot
                else None
            ),
            "tags": self._args.backup_tags if self.takes_writes else {},
        }

    def _new(self, secret: GeneratedSecret) -> dict[str, Any]:
        """What an instance has that follows none and did not begin as a replica."""
        context, settings = self._args.context, self._args.settings
        return {
            "engine": "postgres",
            # The newest minor version, which RDS then keeps up to date.
            "engine_version": settings.version,
            # Else RDS charges for a version that its makers no longer support, without a word.
            "engine_lifecycle_support": "open-source-rds-extended-support-disabled",
            "db_name": context.prefix,
            "username": _master_user(context),
            # A password that RDS manages itself excludes read replicas.
            "password": secret.password,
            "allocated_storage": settings.allocated_storage_gib,
        }

    def _replicate_backups(self, primary: aws.rds.Instance, standby: Standby) -> None:
        aws.rds.InstanceAutomatedBackupsReplication(
            self._name,
            region=standby.region,
            source_db_instance_arn=primary.arn,
            kms_key_id=standby.key_arns.get(DataClass.DATABASE),
            retention_period=self._args.settings.backup_retention_days,
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._args.context.protect, custom_timeouts=COPY_TIMEOUTS
            ),
        )


def _verify_role(component: str, args: PostgresClusterArgs, zones: Sequence[str]) -> None:
    if len(zones) != args.settings.read_replicas:
        problem = Problem(
            key="readReplicas",
            value=args.settings.read_replicas,
            rule=f"is not the number of zones that are given for them ({len(zones)})",
            remedy="name a zone for each; a cross-region replica has none, for it is a replica itself",
        )
        raise SettingsError(component, [problem])
    # What is encrypted is copied to another region with a key of that region only ("KmsKeyId" of
    # CreateDBInstanceReadReplica and of StartDBInstanceAutomatedBackupsReplication).
    keys = [] if isinstance(args.role, Primary) else [args.context.key_arn(DataClass.DATABASE)]
    if args.context.standby and isinstance(args.role, Primary):
        keys.append(args.context.standby.key_arns.get(DataClass.DATABASE))
    if None in keys:
        raise ValueError(f"{component} needs a key of databases in the region that copies go to.")


def _master_user(context: Context) -> str:
    """Not RDS's or PostgreSQL's default name, which attackers try first."""
    return f"{context.prefix}_admin"
