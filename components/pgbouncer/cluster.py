"""PgBouncer on Fargate behind an internal load balancer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..compute.attachments import TargetGroup
from ..compute.cluster import Cluster
from ..compute.containers import Container, Mount
from ..compute.permissions import SecretValue
from ..compute.service import FargateService, FargateServiceArgs
from ..compute.settings import ComputeSettings
from ..compute.task import FargateTaskArgs
from ..compute.volumes import EmptyVolume
from ..context import Context, DataClass
from ..database.authority import certificate_authority
from ..database.instance import PORT as POSTGRES_PORT
from ..database.roles import password_variable
from ..monitoring.alarm import Metric, alarm
from ..section import verify
from .alarms import waiting_alarms
from .configuration import (
    CERTIFICATE_DIRECTORY,
    DIRECTORY,
    PORT,
    certificate_script,
    pgbouncer_ini,
    read_only,
    start_script,
)
from .settings import PgBouncerSettings

CONTAINER = "pgbouncer"
# The user `postgres` of the image.
USER = "70:70"
DRAIN_SECONDS = 120
# A shell and OpenSSL, and the 64 MiB of `/tmp`.
CERTIFICATE_MIB = 128
# PgBouncer has one thread: at 100 percent of a vCPU clients wait, whatever the task has.
CPU_ALARM_PERCENT = 70


@dataclass(frozen=True, kw_only=True)
class PgBouncerArgs:
    """Inputs of `PgBouncer`.

    Attributes:
        context: Who and where.
        settings: Size and number of tasks, and how each shares connections.
        compute: How long logs are kept.
        vpc_id: The network.
        subnet_ids: Private subnets of load balancer and tasks.
        after: What is there before tasks start: the network and its security groups.
        security_group_id: Group of load balancer and tasks. A load balancer that has none at its creation can
            never get one.
        cluster: Cluster of the tasks.
        image: Image of PgBouncer, with a shell; by default as the settings name it.
        tools_image: Image with OpenSSL; by default as the settings name it.
        address: Host name of the database that takes writes.
        replica_addresses: Host names of its read replicas.
        database_port: TCP port of all of them.
        roles: ARN of the secret of each role that may connect, by name.
    """

    context: Context
    settings: PgBouncerSettings = field(default_factory=PgBouncerSettings)
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    after: Sequence[pulumi.Resource] = ()
    security_group_id: pulumi.Input[str]
    cluster: Cluster
    image: pulumi.Input[str] | None = None
    tools_image: pulumi.Input[str] | None = None
    address: pulumi.Input[str]
    replica_addresses: Sequence[pulumi.Input[str]] = ()
    database_port: int = POSTGRES_PORT
    roles: Mapping[str, pulumi.Input[str]]


class PgBouncer(pulumi.ComponentResource):
    """Shares connections to PostgreSQL among clients, transaction by transaction.

    Creates the internal network load balancer `<prefix>-<environment>-<name>` on port 6432, its target group
    and the service `<prefix>-<environment>-<name>`. Clients connect with TLS and SCRAM to the database
    `<prefix>`, or to `<prefix>_ro` for the read replicas, in transactions that cannot write. What a session
    keeps beyond a transaction, such as `SET`, `LISTEN` and advisory locks, does not work.

    Alarms notify of a busy thread, of clients that wait for a connection, and of those turned away.

    Each task makes itself a key and a certificate when it starts, checks the one of RDS, and gets the
    passwords of the roles from ECS; a changed password needs a new deployment.

    Replaces the load balancer: its name, network or subnets' scheme. Everything else is changed in place.

    Requirements: Database, "Connection Pooling".

    Attributes:
        host: Name that clients connect to.
        port: TCP port, 6432.
        database: Name of the database for clients that write.
        read_only_database: Name of the database for those that only read.
        service: The service.
    """

    host: pulumi.Output[str]
    port: int
    database: str
    read_only_database: str
    service: FargateService

    def __init__(self, name: str, args: PgBouncerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:pgbouncer:PgBouncer", name, None, opts)
        verify(f"PgBouncer {name}", args.settings, args.compute)
        self._child = pulumi.ResourceOptions(parent=self)
        self._full_name = args.context.name(name)
        load_balancer, target_group = self._load_balancer(name, args)
        self.host = load_balancer.dns_name
        self.port = PORT
        self.database = args.context.prefix
        self.read_only_database = read_only(self.database)
        self.service = FargateService(
            name,
            FargateServiceArgs(
                task=self._task(args),
                cluster=args.cluster,
                subnet_ids=args.subnet_ids,
                security_group_ids=[args.security_group_id],
                scaling=args.settings.tasks,
                target_groups=[target_group],
                after=args.after,
                context=args.context,
            ),
            self._child,
        )
        alarm(
            f"{name}-cpu",
            Metric(
                namespace="AWS/ECS",
                name="CPUUtilization",
                dimensions={"ClusterName": args.cluster.name, "ServiceName": self._full_name},
                statistic="Maximum",
            ),
            alarm_name=f"{self._full_name}-cpu",
            description="A PgBouncer nears what its one thread can do: run more tasks.",
            above=CPU_ALARM_PERCENT,
            minutes=5,
            missing="notBreaching",
            topic_arn=args.context.alarm_topic_arn,
            opts=self._child,
        )
        waiting_alarms(
            name,
            self._full_name,
            namespace=args.context.path(name),
            log_group_name=self.service.log_group_name,
            topic_arn=args.context.alarm_topic_arn,
            opts=self._child,
        )
        self.register_outputs({"host": self.host, "port": self.port})

    def _load_balancer(self, name: str, args: PgBouncerArgs) -> tuple[aws.lb.LoadBalancer, TargetGroup]:
        load_balancer = aws.lb.LoadBalancer(
            name,
            name=self._full_name,
            load_balancer_type="network",
            internal=True,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            ip_address_type="ipv4",
            # Else a client whose zone has no healthy task would reach none.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.context.protect,
            tags={"Name": self._full_name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.context.protect),
        )
        group = aws.lb.TargetGroup(
            name,
            name=f"{self._full_name}-{PORT}",
            target_type="ip",
            protocol="TCP",
            port=PORT,
            vpc_id=args.vpc_id,
            # Tasks see the load balancer's addresses, which their security group lets in.
            preserve_client_ip="false",
            deregistration_delay=DRAIN_SECONDS,
            # A client's connection is closed when its task goes, and it connects to another.
            connection_termination=True,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol="TCP",
                port="traffic-port",
                interval=10,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=2,
            ),
            tags={"Name": f"{self._full_name}-{PORT}"},
            opts=self._child,
        )
        listener = aws.lb.Listener(
            name,
            load_balancer_arn=load_balancer.arn,
            port=PORT,
            # PostgreSQL begins in the open and then asks for TLS, which PgBouncer itself must answer.
            protocol="TCP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=group.arn)],
            tags={"Name": self._full_name},
            opts=self._child,
        )
        return load_balancer, TargetGroup(
            # Known when the listener uses it: ECS refuses a group that nobody uses.
            arn=pulumi.Output.all(group.arn, listener.arn).apply(lambda arns: str(arns[0])),
            arn_suffix=group.arn_suffix,
            load_balancer_arn_suffix=load_balancer.arn_suffix,
            kind="network",
            port=PORT,
        )

    def _task(self, args: PgBouncerArgs) -> FargateTaskArgs:
        settings = args.settings
        addresses = pulumi.Output.all(args.address, *args.replica_addresses)
        certificate = Mount(volume="certificate", path=CERTIFICATE_DIRECTORY)
        return FargateTaskArgs(
            context=args.context,
            cpu=settings.cpu,
            memory_mib=settings.memory_mib,
            volumes=[EmptyVolume(name="certificate")],
            containers=[
                Container(
                    name=CONTAINER,
                    image=args.image or settings.image,
                    ports=[PORT],
                    environment={
                        "DATABASE_CA": certificate_authority(args.context.region),
                        "PGBOUNCER_INI": addresses.apply(
                            lambda known: pgbouncer_ini(
                                settings,
                                database=self.database,
                                address=known[0],
                                replica_addresses=known[1:],
                                port=args.database_port,
                            )
                        ),
                    },
                    secrets={
                        password_variable(role): SecretValue(
                            arn=arn, key_arn=args.context.key_arn(DataClass.SECRETS), json_field="password"
                        )
                        for role, arn in args.roles.items()
                    },
                    entry_point=["/bin/sh", "-ec"],
                    # Those of a contract come in any order, and another one would be another revision.
                    command=[start_script(sorted(args.roles))],
                    user=USER,
                    mounts=[Mount(volume="certificate", path=CERTIFICATE_DIRECTORY, read_only=True)],
                    tmpfs_mib={DIRECTORY: 1},
                    after={"certificate": "SUCCESS"},
                    stop_seconds=DRAIN_SECONDS,
                ),
                Container(
                    name="certificate",
                    image=args.tools_image or settings.tools_image,
                    entry_point=["/bin/sh", "-ec"],
                    command=[certificate_script(self._full_name)],
                    user="0:0",  # the volume is root's
                    mounts=[certificate],
                    essential=False,
                    memory_mib=CERTIFICATE_MIB,
                ),
            ],
            log_retention_days=args.compute.log_retention_days,
        )
