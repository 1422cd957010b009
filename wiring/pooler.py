"""Who opens the database, and through what."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.compute import Cluster, SecretValue
from components.database import PostgresCluster
from components.encryption import DataClass
from components.monitoring import AlarmTopic
from components.network import SecurityGroups, Tier, Vpc
from components.observability import GrafanaDatabase
from components.pooler import (
    DATABASE,
    READ_ONLY,
    SERVICES,
    DatabaseRolesArgs,
    DatabaseSetup,
    DatabaseSetupArgs,
    PgBouncer,
    PgBouncerArgs,
    Pool,
    database_roles,
)
from components.registry import Registry
from components.secrets import SecretReplica
from wiring.images import cached
from wiring.stack import Stack


@dataclass(frozen=True, kw_only=True)
class RoleSecrets:
    """The secret of each role in PostgreSQL.

    Attributes:
        arns: ARN in the stack's own region, by role.
        replica_arns: ARN in the region that stands by, by role; empty where none does.
    """

    arns: Mapping[str, pulumi.Input[str]]
    replica_arns: Mapping[str, pulumi.Input[str]]


def role_secrets(stack: Stack) -> RoleSecrets:
    """The stack's own, or the copies of the upstream's: a replica has the roles of its primary."""
    settings = stack.settings
    if stack.contract:
        return RoleSecrets(arns=stack.contract.database.role_secret_arns, replica_arns={})
    replica_key_arn = stack.replica_key_arn(DataClass.SECRETS)
    roles = database_roles(
        DatabaseRolesArgs(
            environment=settings.environment,
            region=settings.region,
            key_arn=stack.key_arn(DataClass.SECRETS),
            replica=(
                SecretReplica(region=settings.replica_region, key_arn=replica_key_arn)
                if settings.replica_region and replica_key_arn
                else None
            ),
            grafana=settings.observability.grafana.in_database,
            protect=settings.protect,
        ),
        stack.opts,
    )
    return RoleSecrets(
        arns={role: secret.arn for role, secret in roles.items()},
        replica_arns={role: secret.replica_arn for role, secret in roles.items() if secret.replica_arn},
    )


def pooler(
    stack: Stack,
    *,
    vpc: Vpc,
    groups: SecurityGroups,
    alarms: AlarmTopic,
    ecs: Cluster,
    images: Registry,
    postgres: PostgresCluster,
    roles: RoleSecrets,
) -> PgBouncer:
    """PgBouncer in front of the stack's own instances."""
    settings = stack.settings
    given = settings.pooler
    return PgBouncer(
        "pgbouncer",
        PgBouncerArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            vpc_id=vpc.vpc_id,
            subnet_ids=vpc.private_subnet_ids,
            after=[vpc, groups],
            security_group_id=groups.ids[Tier.PGBOUNCER],
            cluster=ecs,
            image=cached(stack, images, given.image),
            tools_image=cached(stack, images, given.tools_image),
            cpu=given.cpu,
            memory_mib=given.memory_mib,
            tasks=given.tasks,
            pool=Pool(
                max_client_connections=given.max_client_connections,
                default_pool_size=given.default_pool_size,
                max_prepared_statements=given.max_prepared_statements,
            ),
            address=postgres.address,
            replica_addresses=postgres.replica_addresses,
            database_port=postgres.port,
            roles={role: arn for role, arn in roles.arns.items() if role != "grafana"},
            secrets_key_arn=stack.key_arn(DataClass.SECRETS),
            log_retention_days=settings.compute.log_retention_days,
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            alarm_topic_arn=alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )


def database_setup(
    stack: Stack, *, images: Registry, postgres: PostgresCluster, roles: RoleSecrets
) -> DatabaseSetup | None:
    """The task that prepares the database, and with which databases are compared after a failover.

    A replica has everything from its primary, the password of its master as well.
    """
    settings = stack.settings
    master: pulumi.Input[str]
    peer_region = settings.replica_region
    if postgres.secret:
        master = postgres.secret.arn
    elif stack.contract:
        master, peer_region = stack.contract.database.secret_arn, stack.contract.region
    else:
        return None
    return DatabaseSetup(
        "database-setup",
        DatabaseSetupArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            peer_region=peer_region,
            image=cached(stack, images, settings.pooler.tools_image),
            address=postgres.address,
            database_port=postgres.port,
            master=master,
            roles=roles.arns,
            secrets_key_arn=stack.key_arn(DataClass.SECRETS),
            log_retention_days=settings.compute.log_retention_days,
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            protect=settings.protect,
        ),
        stack.opts,
    )


def database_environment(bouncer: PgBouncer) -> Mapping[str, pulumi.Input[str]]:
    """What services find the database by."""
    return {
        "DATABASE_HOST": bouncer.host,
        "DATABASE_PORT": str(bouncer.port),
        "DATABASE_NAME": DATABASE,
        "DATABASE_READ_NAME": READ_ONLY,
        "DATABASE_SSLMODE": "require",
    }


def database_secrets(stack: Stack, roles: RoleSecrets) -> Mapping[str, Mapping[str, SecretValue]]:
    """What each service opens the database with: a role of its own."""
    key_arn = stack.key_arn(DataClass.SECRETS)
    return {
        service: {
            f"DATABASE_{field.upper()}": SecretValue(
                arn=roles.arns[service], key_arn=key_arn, json_field=field
            )
            for field in ("username", "password")
        }
        for service in SERVICES
    }


def grafana_database(stack: Stack, postgres: PostgresCluster, roles: RoleSecrets) -> GrafanaDatabase | None:
    """Where Grafana keeps its state, if it does so in the database."""
    if "grafana" not in roles.arns or not stack.settings.observability.grafana.in_database:
        return None
    return GrafanaDatabase(
        host=postgres.address,
        port=postgres.port,
        password=SecretValue(
            arn=roles.arns["grafana"], key_arn=stack.key_arn(DataClass.SECRETS), json_field="password"
        ),
    )
