"""The task that prepares the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.compute import Container, FargateTask, FargateTaskArgs, SecretValue
from components.pooler.configuration import DATABASE, certificate_authority, password_variable


@dataclass(frozen=True, kw_only=True)
class DatabaseSetupArgs:
    """Inputs of `DatabaseSetup`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the stack.
        region: The region of the stack's provider.
        peer_region: The region whose database the task may be pointed at; None for none.
        image: Image with `psql`.
        address: Host name of the database that takes writes.
        database_port: Its TCP port.
        master: Secret of the master user, with `username` and `password`.
        roles: Secret of each role, by name.
        secrets_key_arn: KMS key of all these.
        log_retention_days: Days that logs are kept, one of those that CloudWatch Logs takes.
        logs_key_arn: KMS key of the logs.
        protect: Whether Pulumi refuses to delete the logs.
    """

    environment: str
    account_id: str
    region: str
    peer_region: str | None = None
    image: pulumi.Input[str]
    address: pulumi.Input[str]
    database_port: int
    master: pulumi.Input[str]
    roles: Mapping[str, pulumi.Input[str]]
    secrets_key_arn: pulumi.Input[str]
    log_retention_days: int
    logs_key_arn: pulumi.Input[str]
    protect: bool


class DatabaseSetup(pulumi.ComponentResource):
    """A task that is run by hand: for databases, roles and grants after the first deployment.

    Creates the task `mpac-<environment>-database-setup`, which connects as the master user, checks RDS's
    certificate, runs `bootstrap.sql`, `grafana.sql` where Grafana has its state there, and sets the roles'
    passwords. It changes nothing that is right already and may be run again at any time. With a command in
    the place of its own it runs other SQL, on the other region's database too.

    Replaces nothing that holds data.

    Requirements: Database; AWS offers no API for what is inside of PostgreSQL.

    Attributes:
        task_definition_arn: What to run.
    """

    task_definition_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseSetupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:pooler:DatabaseSetup", name, None, opts)
        secrets = {
            password_variable(role): SecretValue(arn=arn, key_arn=args.secrets_key_arn, json_field="password")
            for role, arn in args.roles.items()
        }
        master = {
            f"PG{field.upper()}": SecretValue(
                arn=args.master, key_arn=args.secrets_key_arn, json_field=of_secret
            )
            for field, of_secret in (("user", "username"), ("password", "password"))
        }
        task = FargateTask(
            name,
            FargateTaskArgs(
                environment=args.environment,
                account_id=args.account_id,
                region=args.region,
                task_name="database-setup",
                cpu=256,
                memory_mib=512,
                containers=[
                    Container(
                        name="psql",
                        image=args.image,
                        environment={
                            "PGHOST": args.address,
                            "PGPORT": str(args.database_port),
                            "PGDATABASE": DATABASE,
                            "PGSSLMODE": "verify-full",
                            "PGSSLROOTCERT": "/tmp/rds.pem",  # noqa: S108  memory of the container alone
                            "DATABASE_CA": "".join(
                                certificate_authority(region)
                                for region in (args.region, args.peer_region)
                                if region
                            ),
                            "SQL": setup_sql(sorted(args.roles)),
                        },
                        secrets={**secrets, **master},
                        entry_point=["/bin/sh", "-ec"],
                        command=[setup_script(sorted(args.roles))],
                    )
                ],
                log_retention_days=args.log_retention_days,
                logs_key_arn=args.logs_key_arn,
                protect=args.protect,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.task_definition_arn = task.arn
        self.register_outputs({"taskDefinitionArn": self.task_definition_arn})


def setup_sql(roles: Sequence[str]) -> str:
    """Read what has to run for these roles."""
    files = ["bootstrap.sql", *(["grafana.sql"] if "grafana" in roles else [])]
    return "\n".join((Path(__file__).parent / file).read_text() for file in files)


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
