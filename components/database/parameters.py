"""Parameters of PostgreSQL."""

from collections.abc import Mapping
from typing import Literal

# Read by PostgreSQL when it starts; RDS refuses to apply them at once.
_STATIC = frozenset({"max_connections", "shared_preload_libraries"})
# Set to what RDS sets them to anyhow, so that they stay if RDS changes its mind. It does not register a value
# that is there already, and answers that it waits for a reboot: "immediate" would be a change forever
# (https://github.com/hashicorp/terraform-provider-aws/issues/39252).
_AS_BY_DEFAULT = frozenset(
    {
        "log_autovacuum_min_duration",
        "log_parameter_max_length_on_error",
        "password_encryption",
        "rds.force_ssl",
    }
)

# Up to version 17 a switch; from 18 on the list of what it stood for:
# https://www.postgresql.org/docs/18/runtime-config-logging.html#GUC-LOG-CONNECTIONS
_LAST_WITH_A_SWITCH = 17
_CONNECTIONS_LOGGED = "receipt,authentication,authorization"


def parameters(version: str, max_connections: int) -> Mapping[str, str]:
    """Return what differs from RDS's defaults of a major version, or must not follow them if they change."""
    return {
        # Connections are encrypted, and passwords never leave as MD5.
        "rds.force_ssl": "1",
        "password_encryption": "scram-sha-256",
        "rds.accepted_password_auth_method": "scram",
        # A replica that allows fewer connections than its primary stops replaying. RDS's default grows with
        # the memory of the class, so instances of different sizes would differ.
        "max_connections": str(max_connections),
        # A long report on a replica is not cancelled by the vacuum of the primary, and need not hold up the
        # replay either, whose lag has to stay below a second.
        "hot_standby_feedback": "1",
        # A session that forgot its transaction keeps rows locked and vacuum from working. In milliseconds.
        "idle_in_transaction_session_timeout": "300000",
        "shared_preload_libraries": "pg_stat_statements",
        "log_connections": "1" if int(version) <= _LAST_WITH_A_SWITCH else _CONNECTIONS_LOGGED,
        "log_disconnections": "1",
        "log_lock_waits": "1",
        "log_statement": "ddl",
        # Statements are logged without the values bound to them, and errors without the row that they are
        # about: neither cards nor persons get into a log.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",
        # In milliseconds and kB.
        "log_min_duration_statement": "1000",
        "log_autovacuum_min_duration": "10000",
        "log_temp_files": "10240",
    }


def apply_method(name: str) -> Literal["immediate", "pending-reboot"]:
    """Tell when RDS applies a parameter; a static one waits for a reboot that somebody asks for."""
    return "pending-reboot" if name in _STATIC | _AS_BY_DEFAULT else "immediate"
