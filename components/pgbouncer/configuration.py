"""PgBouncer's files, and the script that puts them where it reads them. No password is in any of them."""

from collections.abc import Sequence

from ..database.roles import password_variable
from .settings import PgBouncerSettings

PORT = 6432
DIRECTORY = "/run/pgbouncer"
CERTIFICATE_DIRECTORY = "/run/pgbouncer-certificate"


def read_only(database: str) -> str:
    """Name the database that leads to the read replicas."""
    return f"{database}_ro"


def pgbouncer_ini(
    settings: PgBouncerSettings, *, database: str, address: str, replica_addresses: Sequence[str], port: int
) -> str:
    """Write PgBouncer's configuration.

    Args:
        settings: How connections are shared.
        database: Name of the database, for clients as in PostgreSQL.
        address: Host name of the database that takes writes.
        replica_addresses: Host names of its read replicas; without any, reads go to the first.
        port: TCP port of all of them.
    """
    readers = ",".join(replica_addresses or [address])
    no_writes = "connect_query='SET default_transaction_read_only = on'"
    return f"""\
[databases]
{database} = host={address} port={port} dbname={database}
{read_only(database)} = host={readers} port={port} dbname={database} {no_writes}

[pgbouncer]
listen_addr = *
listen_port = {PORT}
unix_socket_dir =
pool_mode = transaction
max_client_conn = {settings.max_client_connections}
default_pool_size = {settings.default_pool_size}
max_prepared_statements = {settings.max_prepared_statements}

auth_type = scram-sha-256
auth_file = {DIRECTORY}/userlist.txt

client_tls_sslmode = require
client_tls_key_file = {CERTIFICATE_DIRECTORY}/tls.key
client_tls_cert_file = {CERTIFICATE_DIRECTORY}/tls.crt
server_tls_sslmode = verify-full
server_tls_ca_file = {DIRECTORY}/rds.pem

; JDBC sets it on every connection; a pool cannot keep it.
ignore_startup_parameters = extra_float_digits
; The load balancer forgets connections that are silent for 350 seconds.
tcp_keepalive = 1
tcp_keepidle = 60
tcp_keepintvl = 30
; Keepalives find out about connections with nothing under way. Data that nobody acknowledges is sent again
; for a quarter of an hour (tcp_retries2 in ip-sysctl.rst). In milliseconds: shorter than a failover of RDS,
; which takes 60 seconds or more, and long enough for a peer that does not read for a while.
tcp_user_timeout = 30000
; A new connection to an address where nobody answers is given up, and tried again, while clients still wait.
server_connect_timeout = 5
server_login_retry = 2
; Who waits longer for a connection is told so, well before the load balancer gives up on a silent answer.
query_wait_timeout = 20
; A failover of the database gives its name another address.
dns_max_ttl = 5
; Thousands of clients a second would fill the logs; errors are logged all the same.
log_connections = 0
log_disconnections = 0
"""


def start_script(roles: Sequence[str]) -> str:
    """Write a shell script that lays out the files and becomes PgBouncer."""
    users = "\n".join(
        f"""printf '"%s" "%s"\\n' {role} "${password_variable(role)}" >> {DIRECTORY}/userlist.txt"""
        for role in roles
    )
    return f"""\
umask 077
printf '%s' "$PGBOUNCER_INI" > {DIRECTORY}/pgbouncer.ini
printf '%s' "$DATABASE_CA" > {DIRECTORY}/rds.pem
: > {DIRECTORY}/userlist.txt
{users}
exec pgbouncer {DIRECTORY}/pgbouncer.ini
"""


def certificate_script(host: str) -> str:
    """Write a shell script that makes a task's own key and certificate.

    Clients encrypt with it (`sslmode=require`); whom they reach is decided by the private network. The script
    runs as root, who alone can write to the volume, and without the right to give files away: others may
    read, and there are none in the task but PgBouncer.
    """
    return f"""\
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \\
  -subj /CN={host} -keyout {CERTIFICATE_DIRECTORY}/tls.key -out {CERTIFICATE_DIRECTORY}/tls.crt
chmod 0444 {CERTIFICATE_DIRECTORY}/tls.key {CERTIFICATE_DIRECTORY}/tls.crt
"""
