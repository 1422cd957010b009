"""The SQL and the configuration of PgBouncer, by the real PostgreSQL and PgBouncer, through TLS."""

import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.database.authority import certificate_authority
from components.database.parameters import parameters
from components.database.roles import password_variable
from components.database.setup import setup_script, setup_sql
from components.pgbouncer.alarms import STATISTICS, TURNED_AWAY, WAIT_ALARM_MICROSECONDS
from components.pgbouncer.configuration import (
    CERTIFICATE_DIRECTORY,
    DIRECTORY,
    certificate_script,
    pgbouncer_ini,
    start_script,
)
from components.pgbouncer.settings import PgBouncerSettings
from tests.programs.conftest import Program, free_port, wait_for
from tests.programs.place import path
from tests.programs.relay import relay_to

SERVICES = ("portal", "smarttab", "pgw")
ROLES = (*SERVICES, "reporting", "grafana")
PASSWORDS = {role: f"{role}Secret1" for role in ROLES}
MASTER = {"PGUSER": "mpac_admin", "PGPASSWORD": "masterSecret1"}
SERVER = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{directory}/tls.crt'
ssl_key_file = '{directory}/tls.key'
password_encryption = 'scram-sha-256'
fsync = off
"""
# As RDS has it; but each statement is logged, which may have a password.
LOGGING = {
    name: value for name, value in parameters("17", max_connections=100).items() if name.startswith("log_")
} | {"log_statement": "all", "log_min_duration_statement": "0"}
# What rds.force_ssl does, and SCRAM alone.
ACCESS = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class Database:
    """A running PostgreSQL.

    Attributes:
        directory: With `tls.crt`, and the server's log in `postgres.log`.
        environment: How its master user connects.
    """

    directory: Path
    environment: dict[str, str]


def shell(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a container's script: in a session without terminal, as in a task."""
    return subprocess.run(
        ["/bin/sh", "-ec", script],
        env={"PATH": path("openssl", "pg_isready", "pgbench", "psql"), **environment},
        text=True,
        capture_output=True,
        check=False,
        start_new_session=True,
        timeout=30,  # clients wait for ever for a pool that lends nothing
    )


@pytest.fixture(scope="module")
def database(program: Program, as_nobody: list[str], directory: Path) -> Iterator[Database]:
    """PostgreSQL as RDS has it: TLS, SCRAM, and a master user who is no superuser."""
    shell(
        certificate_script("127.0.0.1")
        .replace(CERTIFICATE_DIRECTORY, str(directory))
        .replace("0444", "0600"),
        {},
    ).check_returncode()
    data = directory / "data"
    password = directory / "superuser"
    password.write_text("superSecret1")
    subprocess.run(
        [*as_nobody, program("initdb"), "--pgdata", data, "--username=rdsadmin", "--auth=scram-sha-256",
         "--pwfile", password],
        check=True, capture_output=True,
    )  # fmt: skip
    logging = "".join(f"{name} = '{value}'\n" for name, value in LOGGING.items())
    (data / "postgresql.auto.conf").write_text(SERVER.format(directory=directory) + logging)
    (data / "pg_hba.conf").write_text(ACCESS)
    port = free_port()
    with (directory / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [*as_nobody, program("postgres"), "-D", data, "-p", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        wait_for(port, server)
        # It listens before it lets anybody in.
        while shell(f"pg_isready --host=127.0.0.1 --port={port}", {}).returncode:
            assert server.poll() is None, "PostgreSQL has ended"
        address = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(directory / "root.pem"),
        }
        authority = (directory / "tls.crt").read_text()
        (directory / "root.pem").write_text(authority)
        create = "CREATE ROLE mpac_admin LOGIN CREATEDB CREATEROLE PASSWORD 'masterSecret1'"
        for sql, name in ((create, "postgres"), ("CREATE DATABASE mpac OWNER mpac_admin", "postgres")):
            superuser = {"PGUSER": "rdsadmin", "PGPASSWORD": "superSecret1", "PGDATABASE": name}
            ran = shell(f'psql --command "{sql}"', address | superuser)
            assert ran.returncode == 0, ran.stderr
        yield Database(directory, address | MASTER | {"PGDATABASE": "mpac", "DATABASE_CA": authority})
    finally:
        server.send_signal(signal.SIGINT)  # else it waits for clients
        server.wait()


@pytest.fixture(scope="module")
def prepared(database: Database) -> Database:
    """Prepared by the task, twice."""
    given = {password_variable(role): PASSWORDS[role] for role in ROLES}
    for _ in range(2):
        sql = setup_sql(SERVICES, grafana=True)
        ran = shell(setup_script(ROLES), database.environment | given | {"SQL": sql})
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.endswith("Roles, schemas and grants are in place.\n")
    return database


@contextmanager
def bouncer(
    prepared: Database, as_nobody: list[str], name: str, *, port: int, faster: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """PgBouncer, started by its own script, before a server on `port`; how its clients connect.

    Args:
        prepared: The database.
        as_nobody: What goes before the command.
        name: Its directory, with `pgbouncer.log`.
        port: Where it finds the server.
        faster: Lines of its configuration, and what stands there for the sake of a shorter test.
    """
    listen, directory = free_port(), prepared.directory / name
    directory.mkdir()
    ini = pgbouncer_ini(
        PgBouncerSettings(), database="mpac", address="127.0.0.1", replica_addresses=[], port=port
    )
    for line, instead in (faster or {}).items():
        assert f"\n{line}\n" in ini
        ini = ini.replace(f"\n{line}\n", f"\n{instead}\n")
    # Only what depends on the place: where files are and which port is free.
    placed = {
        DIRECTORY: str(directory),
        CERTIFICATE_DIRECTORY: str(prepared.directory),
        "listen_port = 6432": f"listen_port = {listen}",
        "listen_addr = *": "listen_addr = 127.0.0.1",
    }
    script = start_script(ROLES)
    for old, new in sorted(placed.items(), key=lambda each: -len(each[0])):
        ini, script = ini.replace(old, new), script.replace(old, new)
    process = subprocess.Popen(
        [*as_nobody, "/bin/sh", "-ec", script],
        env={
            "PATH": path("openssl", "pgbouncer"),
            "PGBOUNCER_INI": ini,
            "DATABASE_CA": prepared.environment["DATABASE_CA"],
            **{password_variable(role): PASSWORDS[role] for role in ROLES},
        },
        stdout=(directory / "pgbouncer.log").open("w"),
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(listen, process)
        yield {"PGHOST": "127.0.0.1", "PGPORT": str(listen), "PGSSLMODE": "require"}
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def pooled(prepared: Database, as_nobody: list[str]) -> Iterator[dict[str, str]]:
    """PgBouncer before the database; how its clients connect."""
    with bouncer(prepared, as_nobody, "run", port=int(prepared.environment["PGPORT"])) as clients:
        yield clients


def query(server: dict[str, str], role: str, database: str, sql: str) -> subprocess.CompletedProcess[str]:
    who = {"PGUSER": role, "PGPASSWORD": PASSWORDS[role], "PGDATABASE": database, "SQL": sql}
    # From a file, for what it has of statements must not become one transaction.
    return shell('printf "%s" "$SQL" | psql -Xqtf - --set ON_ERROR_STOP=1', server | who)


def test_no_log_of_the_server_has_a_password(prepared: Database) -> None:
    log = (prepared.directory / "postgres.log").read_text()
    assert 'ALTER USER "portal" PASSWORD \'SCRAM-SHA-256$' in log
    assert [password for password in PASSWORDS.values() if password in log] == []


def test_no_log_of_the_server_has_a_card(prepared: Database) -> None:
    made = "CREATE TABLE pgw.cards (number text PRIMARY KEY CHECK (length(number) = 16))"
    assert query(prepared.environment, "pgw", "mpac", made).returncode == 0
    insert = r"INSERT INTO pgw.cards VALUES ($1) \bind {number} \g"
    for number, error in (
        ("4111111111111111", ""),
        ("4111111111111111", "duplicate key value"),  # whose detail is the key
        ("41111111111111110", "violates check constraint"),  # whose detail is the row
    ):
        ran = query(prepared.environment, "pgw", "mpac", insert.format(number=number))
        assert error in ran.stderr
    log = (prepared.directory / "postgres.log").read_text()
    assert "INSERT INTO pgw.cards VALUES ($1)" in log
    assert "violates check constraint" in log
    assert "411111111111" not in log


def test_each_service_writes_in_its_own_schema_and_in_no_other(prepared: Database) -> None:
    made = query(prepared.environment, "portal", "mpac", "CREATE TABLE portal.own (id int)")
    assert made.returncode == 0, made.stderr
    for schema in ("smarttab", "pgw", "public"):
        refused = query(prepared.environment, "portal", "mpac", f"CREATE TABLE {schema}.other (id int)")
        assert "permission denied for schema" in refused.stderr
    assert (
        "permission denied"
        in query(prepared.environment, "smarttab", "mpac", "SELECT * FROM portal.own").stderr
    )


def test_reports_read_what_services_make_later_and_write_nothing(prepared: Database) -> None:
    query(
        prepared.environment,
        "pgw",
        "mpac",
        "CREATE TABLE pgw.later (id int); INSERT INTO pgw.later VALUES (7)",
    )
    assert query(prepared.environment, "reporting", "mpac", "SELECT id FROM pgw.later").stdout.strip() == "7"
    written = "SET default_transaction_read_only = off; INSERT INTO pgw.later VALUES (8)"
    assert "permission denied" in query(prepared.environment, "reporting", "mpac", written).stderr


def test_grafana_has_a_database_of_its_own(prepared: Database) -> None:
    assert query(prepared.environment, "grafana", "grafana", "CREATE TABLE state (id int)").returncode == 0
    assert "permission denied" in query(prepared.environment, "grafana", "mpac", "SELECT 1").stderr
    assert "permission denied" in query(prepared.environment, "portal", "grafana", "SELECT 1").stderr


def test_connections_are_shared_by_transaction(pooled: dict[str, str]) -> None:
    kept = query(pooled, "portal", "mpac", "BEGIN; SELECT pg_backend_pid(); SELECT pg_backend_pid(); COMMIT")
    first, second = kept.stdout.split()
    assert first == second
    # A second client is given the connection that the first one has left.
    assert query(pooled, "portal", "mpac", "SELECT pg_backend_pid()").stdout.strip() == first


def test_statements_prepared_by_clients_work(pooled: dict[str, str], prepared: Database) -> None:
    script = prepared.directory / "prepared.sql"
    script.write_text("SELECT :client_id + 41;\n")
    # More clients than the pool has connections: their statements move from one to another.
    arguments = f"--no-vacuum --protocol=prepared --client=40 --transactions=5 --file={script}"
    who = {"PGUSER": "portal", "PGPASSWORD": PASSWORDS["portal"], "PGDATABASE": "mpac"}
    ran = shell(f"pgbench {arguments}", pooled | who)
    assert "number of transactions actually processed: 200/200" in ran.stdout, ran.stderr


def test_the_way_to_the_replicas_writes_nothing(pooled: dict[str, str]) -> None:
    refused = query(pooled, "portal", "mpac_ro", "CREATE TABLE portal.never (id int)")
    assert "cannot execute CREATE TABLE in a read-only transaction" in refused.stderr
    assert query(pooled, "portal", "mpac_ro", "SELECT 1").stdout.strip() == "1"


def test_clients_and_server_are_spoken_to_through_tls_alone(
    pooled: dict[str, str], prepared: Database
) -> None:
    assert (
        query(
            pooled, "portal", "mpac", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).stdout.strip()
        == "t"
    )
    plain = query(pooled | {"PGSSLMODE": "disable"}, "portal", "mpac", "SELECT 1")
    assert "SSL required" in plain.stderr
    directly = query(prepared.environment | {"PGSSLMODE": "disable"}, "portal", "mpac", "SELECT 1")
    assert "no encryption" in directly.stderr


def test_a_wrong_password_and_an_unknown_role_are_refused(pooled: dict[str, str]) -> None:
    who = {"PGUSER": "portal", "PGPASSWORD": "wrong", "PGDATABASE": "mpac"}
    assert "SASL authentication failed" in shell("psql -c 'SELECT 1'", pooled | who).stderr
    who = {"PGUSER": "mpac_admin", "PGPASSWORD": "masterSecret1", "PGDATABASE": "mpac"}
    assert shell("psql -c 'SELECT 1'", pooled | who).returncode != 0


@pytest.mark.parametrize("region", ["ap-northeast-1", "ap-northeast-3"])
def test_the_authority_is_that_of_rds_in_the_region(program: Program, region: str) -> None:
    shown = subprocess.run(
        [program("openssl"), "x509", "-noout", "-subject", "-checkend", str(30 * 365 * 86400)],
        input=certificate_authority(region),
        text=True,
        capture_output=True,
        check=False,
    )
    assert f"Amazon RDS {region} Root CA RSA2048 G1" in shown.stdout
    assert shown.returncode == 0


def test_a_server_that_falls_silent_is_given_up_and_come_back_to(
    prepared: Database, as_nobody: list[str]
) -> None:
    faster = {"tcp_user_timeout = 30000": "tcp_user_timeout = 3000"}
    with (
        relay_to(int(prepared.environment["PGPORT"])) as relay,
        bouncer(prepared, as_nobody, "silent", port=relay.port, faster=faster) as clients,
    ):
        assert query(clients, "portal", "mpac", "SELECT 1").stdout.strip() == "1"
        relay.fall_silent()
        # What is sent on the open connection is never acknowledged: without tcp_user_timeout this hangs until
        # `shell` gives up.
        assert "server conn crashed" in query(clients, "portal", "mpac", "SELECT 1").stderr
        relay.answer_again()
        # After the rest of an attempt into the silence (server_connect_timeout) and server_login_retry.
        assert query(clients, "portal", "mpac", "SELECT 1").stdout.strip() == "1"


def extracted(pattern: str, line: str) -> dict[str, str] | None:
    """What a filter of CloudWatch Logs makes of a line; None if it does not match.

    What stands in quotes or brackets is one field, and an ellipsis at the beginning any number of them:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    fields = re.findall(r'\[[^]]*\]|"[^"]*"|\S+', line)
    first, *wanted = pattern.strip("[]").split(", ")
    assert first == "..."
    values: dict[str, str] = {}
    for condition, value in zip(reversed(wanted), reversed(fields), strict=False):
        name, _, literal = condition.partition("=")
        if literal and literal.strip('"') != value:
            return None
        values[name] = value
    return values if len(fields) >= len(wanted) else None


def test_clients_that_wait_and_clients_turned_away_are_in_its_log_as_the_alarms_read_it(
    prepared: Database, as_nobody: list[str]
) -> None:
    faster = {
        "default_pool_size = 25": "default_pool_size = 1",
        "query_wait_timeout = 20": "query_wait_timeout = 2",
        "log_connections = 0": "log_connections = 0\nstats_period = 1",
    }
    script = prepared.directory / "slow.sql"
    script.write_text("SELECT pg_sleep(1.5);\n")
    port = int(prepared.environment["PGPORT"])
    with bouncer(prepared, as_nobody, "crowded", port=port, faster=faster) as clients:
        who = {"PGUSER": "portal", "PGPASSWORD": PASSWORDS["portal"], "PGDATABASE": "mpac"}
        # One is served at once, one after 1.5 seconds, and two have waited too long by then.
        shell(f"pgbench --no-vacuum --client=4 --transactions=1 --file={script}", clients | who)
        log = prepared.directory / "crowded" / "pgbouncer.log"
        ended = time.monotonic() + 30
        waits = [0]
        while not max(waits) and time.monotonic() < ended:
            found = [extracted(STATISTICS, line) for line in log.read_text().splitlines()]
            waits = [0, *(int(values["wait"]) for values in found if values)]
    assert max(waits) > WAIT_ALARM_MICROSECONDS
    turned_away = [line for line in log.read_text().splitlines() if shlex.split(TURNED_AWAY)[0] in line]
    assert len(turned_away) == 2
