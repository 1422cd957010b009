"""PgBouncer, and what prepares the database for it and its users."""

from components.pooler.configuration import DATABASE, PORT, READ_ONLY, Pool
from components.pooler.pooler import PgBouncer, PgBouncerArgs
from components.pooler.roles import ROLES, SERVICES, DatabaseRolesArgs, database_roles
from components.pooler.setup import DatabaseSetup, DatabaseSetupArgs

__all__ = [
    "DATABASE",
    "PORT",
    "READ_ONLY",
    "ROLES",
    "SERVICES",
    "DatabaseRolesArgs",
    "DatabaseSetup",
    "DatabaseSetupArgs",
    "PgBouncer",
    "PgBouncerArgs",
    "Pool",
    "database_roles",
]
