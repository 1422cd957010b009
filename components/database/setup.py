"""The task that prepares the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from ..compute.containers import Container
from ..compute.permissions import SecretValue
from ..compute.settings import ComputeSettings
from ..compute.task import FargateTask, FargateTaskArgs
from ..context import Context, DataClass
from ..section import verify
from .authority import certificate_authority
from .instance import PORT
from .roles import password_variable


@dataclass(frozen=True, kw_only=True)
class DatabaseSetupArgs:
    """Inputs of `DatabaseSetup`.

    Attributes:
        context: Who and where.
        compute: How long logs are kept.
        peer_region: The region whose database the task may be pointed at; None for none.
        image: Image with `psql`.
        address: Host name of the database that takes writes.
        database_port: Its TCP port.
        master: ARN of the secret of the master user, with `username` and `password`.
        services: Services that have a role and a schema of their own, at least one.
        roles: ARN of the secret of each role, by name: of the services, `reporting` and, where Grafana has
            its state in the database, `grafana`.
    """

    context: Context
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    peer_region: str | None = None
    image: pulumi.Input[str]
    address: pulumi.Input[str]
    database_port: int = PORT
    master: pulumi.Input[str]
    services: Sequence[str]
    roles: Mapping[str, pulumi.Input[str]]


class DatabaseSetup(pulumi.ComponentResource):
    """A task that is run by hand: for databases, roles and grants after the first deployment.

    Creates the task `<prefix>-<environment>-<name>`, which connects as the master user to the database
    `<prefix>`, checks RDS's certificate, runs `bootstrap.sql`, `grafana.sql` where Grafana has its state
    there, and sets the roles' passwords. It changes nothing that is right already and may be run again at any
    time. With a command in the place of its own it runs other SQL, on the other region's database too.

    Replaces nothing that holds data.

    Requirements: Database; AWS offers no API for what is inside of PostgreSQL.

    Attributes:
        task_definition_arn: What to run.
    """

    task_definition_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseSetupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:database:DatabaseSetup", name, None, opts)
        verify(f"DatabaseSetup {name}", args.compute)
        context, roles = args.context, sorted(args.roles)

        def secret(arn: pulumi.Input[str], json_field: str) -> SecretValue:
            return SecretValue(arn=arn, key_arn=context.key_arn(DataClass.SECRETS), json_field=json_field)

        task = FargateTask(
            name,
            FargateTaskArgs(
                context=context,
                cpu=256,
                memory_mib=512,
                containers=[
                    Container(
                        name="psql",
                        image=args.image,
                        environment={
                            "PGHOST": args.address,
                            "PGPORT": str(args.database_port),
                            "PGDATABASE": context.prefix,
                            "PGSSLMODE": "verify-full",
                            "PGSSLROOTCERT": "/tmp/rds.pem",  # noqa: S108  memory of the container alone
                            "DATABASE_CA": "".join(
                                certificate_authority(region)
                                for region in (context.region, args.peer_region)
                                if region
                            ),
                            "SQL": setup_sql(args.services, grafana="grafana" in roles),
                        },
                        secrets={
                            "PGUSER": secret(args.master, "username"),
                            "PGPASSWORD": secret(args.master, "password"),
                            **{
                                password_variable(role): secret(args.roles[role], "password")
                                for role in roles
                            },
                        },
                        entry_point=["/bin/sh", "-ec"],
                        command=[setup_script(roles)],
                    )
                ],
                log_retention_days=args.compute.log_retention_days,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.task_definition_arn = task.arn
        self.register_outputs({"taskDefinitionArn": self.task_definition_arn})


def setup_sql(services: Sequence[str], *, grafana: bool = False) -> str:
    """Write what has to run for these services, and for Grafana where it has its state in the database.

    Lines of `bootstrap.sql` with `{service}` are there once for each service.
    """
    directory = Path(__file__).parent
    quoted = ", ".join(f"'{service}'" for service in services)
    lines = [
        line.format(service=service, services=", ".join(services), quoted=quoted)
        for line in (directory / "bootstrap.sql").read_text().splitlines(keepends=True)
        for service in (services if "{service}" in line else services[:1])
    ]
    bootstrap = "".join(lines)
    return f"{bootstrap}\n{(directory / 'grafana.sql').read_text()}" if grafana else bootstrap


def setup_script(roles: Sequence[str]) -> str:
    r"""Write a shell script that runs the SQL and sets the passwords.

    `\password` reads a password twice from where there is no terminal, as in a task.
    """
    passwords = "\n".join(
        f"""printf '%s\\n%s\\n' "${password_variable(role)}" "${password_variable(role)}" |"""
        f""" psql --no-psqlrc --quiet --command '\\password {role}'"""
        for role in roles
    )
    return f"""\
umask 077
printf '%s' "$DATABASE_CA" > "$PGSSLROOTCERT"
printf '%s' "$SQL" | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file -
{passwords}
echo 'Roles, schemas and grants are in place.'
"""
