"""Who opens the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ..context import Context
from ..secrets.generated import GeneratedSecret, GeneratedSecretArgs

# Each service writes in a schema of its own; this role reads all of them.
READER = "reporting"


@dataclass(frozen=True, kw_only=True)
class DatabaseRolesArgs:
    """Inputs of `database_roles`.

    Attributes:
        context: Who and where. With a region that stands by, the secrets are copied there.
        services: Services that connect to the database.
        grafana: Whether Grafana keeps its state in the database.
    """

    context: Context
    services: Sequence[str]
    grafana: bool = False


def database_roles(
    name: str, args: DatabaseRolesArgs, opts: pulumi.ResourceOptions
) -> Mapping[str, GeneratedSecret]:
    """Create a generated password for each role: the secret `<prefix>/<environment>/<name>-<role>`."""
    return {
        role: GeneratedSecret(
            f"{name}-{role}",
            GeneratedSecretArgs(
                context=args.context,
                description=f"Role {role} in PostgreSQL of {args.context.title}",
                further_fields={"username": role},
            ),
            opts,
        )
        for role in (*args.services, READER, *(["grafana"] if args.grafana else []))
    }


def password_variable(role: str) -> str:
    """Name the environment variable of a role's password."""
    return f"PASSWORD_{role.upper()}"
