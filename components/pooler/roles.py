"""Who opens the database."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.secrets import GeneratedSecret, GeneratedSecretArgs, SecretReplica

# Each service writes in a schema of its own; `reporting` reads all of them.
SERVICES = ("portal", "smarttab", "pgw")
READER = "reporting"
ROLES = (*SERVICES, READER)


@dataclass(frozen=True, kw_only=True)
class DatabaseRolesArgs:
    """Inputs of `database_roles`.

    Attributes:
        environment: Part of every name.
        region: The region of the stack's provider.
        key_arn: KMS key of the secrets.
        replica: Copy of the secrets in another region.
        grafana: Whether Grafana keeps its state in the database.
        protect: Whether Pulumi refuses to delete the secrets.
    """

    environment: str
    region: str
    key_arn: pulumi.Input[str]
    replica: SecretReplica | None
    grafana: bool
    protect: bool


def database_roles(args: DatabaseRolesArgs, opts: pulumi.ResourceOptions) -> Mapping[str, GeneratedSecret]:
    """Create a generated password for each role: the secret `mpac/<environment>/postgres/<role>`."""
    return {
        role: GeneratedSecret(
            f"database-{role}",
            GeneratedSecretArgs(
                secret_name=f"mpac/{args.environment}/postgres/{role}",
                description=f"Role {role} in PostgreSQL of mpac {args.environment}",
                region=args.region,
                key_arn=args.key_arn,
                replica=args.replica,
                further_fields={"username": role},
                protect=args.protect,
            ),
            opts,
        )
        for role in (*ROLES, *(["grafana"] if args.grafana else []))
    }
