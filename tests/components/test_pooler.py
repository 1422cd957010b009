"""PgBouncer. Requirements: Database, "Connection Pooling"."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.compute import Cluster, ClusterArgs
from components.pooler import (
    DatabaseRolesArgs,
    DatabaseSetup,
    DatabaseSetupArgs,
    PgBouncer,
    PgBouncerArgs,
    Pool,
    database_roles,
)
from components.pooler.configuration import pgbouncer_ini
from components.pooler.setup import setup_script, setup_sql
from components.secrets import SecretReplica
from tests.components.recording import Registration, Secret, of_type, record
from tests.iam import as_list

ACCOUNT, TOKYO, OSAKA = "123456789012", "ap-northeast-1", "ap-northeast-3"
POOL = Pool(max_client_connections=10000, default_pool_size=25, max_prepared_statements=200)
SECRETS = {
    role: f"arn:aws:secretsmanager:{TOKYO}:{ACCOUNT}:secret:mpac/prod/postgres/{role}-AbCdEf"
    for role in ("portal", "smarttab", "pgw", "reporting")
}
COMMON: Mapping[str, Any] = {
    "environment": "prod",
    "account_id": ACCOUNT,
    "region": TOKYO,
    "address": "primary",
    "database_port": 5432,
    "roles": SECRETS,
    "secrets_key_arn": "secrets-key",
    "log_retention_days": 30,
    "logs_key_arn": "logs-key",
    "protect": True,
}


def cluster() -> Cluster:
    return Cluster(
        "cluster",
        ClusterArgs(
            environment="prod",
            account_id=ACCOUNT,
            region=TOKYO,
            vpc_id="vpc",
            alarm_topic_arn="topic",
            logs_key_arn="logs-key",
            protect=True,
        ),
    )


def deploy(common: Mapping[str, Any]) -> list[Registration]:
    def bouncer() -> None:
        PgBouncer(
            "pgbouncer",
            PgBouncerArgs(
                **common,
                vpc_id="vpc",
                subnet_ids=["private-a", "private-c", "private-d"],
                after=[],
                security_group_id="sg-pgbouncer",
                cluster=cluster(),
                image="edoburu/pgbouncer:v1.25.2-p0",
                tools_image="postgres:17.6",
                cpu=1024,
                memory_mib=2048,
                tasks=3,
                pool=POOL,
                replica_addresses=["replica-a", "replica-c"],
                alarm_topic_arn="topic",
            ),
        )

    return record(bouncer)


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(COMMON)


def containers(found: list[Registration], task: str) -> dict[str, dict[str, Any]]:
    definition = of_type(found, "aws:ecs/taskDefinition:TaskDefinition")[task]
    return {each["name"]: each for each in json.loads(definition.inputs["containerDefinitions"])}


def settings_of(ini: str) -> dict[str, str]:
    lines = (line.partition("=") for line in ini.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in lines}


def test_it_pools_by_transaction_with_the_requirements_figures() -> None:
    found = settings_of(pgbouncer_ini(POOL, address="db", replica_addresses=[], port=5432))
    assert found["max_client_conn"] == "10000"
    assert found["default_pool_size"] == "25"
    assert found["pool_mode"] == "transaction"
    assert int(found["max_prepared_statements"]) > 0


def test_it_asks_clients_and_server_for_tls_and_scram() -> None:
    found = settings_of(pgbouncer_ini(POOL, address="db", replica_addresses=[], port=5432))
    assert (found["client_tls_sslmode"], found["server_tls_sslmode"]) == ("require", "verify-full")
    assert found["auth_type"] == "scram-sha-256"


def test_nobody_waits_for_a_server_that_is_gone() -> None:
    found = settings_of(pgbouncer_ini(POOL, address="db", replica_addresses=[], port=5432))
    # Unacknowledged for half of what a failover of RDS takes at least; milliseconds.
    assert found["tcp_user_timeout"] == "30000"
    # Seconds; clients are told before the load balancer gives up after 60.
    assert found["query_wait_timeout"] == "20"
    assert (found["server_connect_timeout"], found["server_login_retry"]) == ("5", "2")


@pytest.mark.parametrize(("replicas", "host"), [(["one", "two"], "host=one,two"), ([], "host=db")])
def test_reports_go_to_the_replicas_where_there_are_any(replicas: list[str], host: str) -> None:
    found = settings_of(pgbouncer_ini(POOL, address="db", replica_addresses=replicas, port=5432))
    assert found["mpac"].split() == ["host=db", "port=5432", "dbname=mpac"]
    assert found["mpac_ro"].split()[:3] == [host, "port=5432", "dbname=mpac"]


def test_its_load_balancer_is_reached_from_inside_only(prod: list[Registration]) -> None:
    balancer = of_type(prod, "aws:lb/loadBalancer:LoadBalancer")["pgbouncer"]
    assert (balancer.inputs["internal"], balancer.inputs["loadBalancerType"]) == (True, "network")
    assert balancer.inputs["securityGroups"] == ["sg-pgbouncer"]
    assert balancer.inputs["enableDeletionProtection"] is True
    assert balancer.protect
    listener = of_type(prod, "aws:lb/listener:Listener")["pgbouncer"].inputs
    assert (listener["port"], listener["protocol"]) == (6432, "TCP")
    group = of_type(prod, "aws:lb/targetGroup:TargetGroup")["pgbouncer"].inputs
    assert (group["port"], group["targetType"], group["healthCheck"]["protocol"]) == (6432, "ip", "TCP")


def test_three_tasks_run_in_three_zones(prod: list[Registration]) -> None:
    service = of_type(prod, "aws:ecs/service:Service")["pgbouncer"].inputs
    assert service["desiredCount"] == 3
    assert service["networkConfiguration"]["subnets"] == ["private-a", "private-c", "private-d"]
    assert service["availabilityZoneRebalancing"] == "ENABLED"


def test_passwords_come_from_secrets_and_are_in_no_file(prod: list[Registration]) -> None:
    bouncer = containers(prod, "pgbouncer")["pgbouncer"]
    assert {each["name"]: each["valueFrom"] for each in bouncer["secrets"]} == {
        f"PASSWORD_{role.upper()}": f"{arn}:password::" for role, arn in SECRETS.items()
    }
    assert {each["name"] for each in bouncer["environment"]} == {"DATABASE_CA", "PGBOUNCER_INI"}


def test_it_reads_what_it_may_and_nothing_else(prod: list[Registration]) -> None:
    policies = of_type(prod, "aws:iam/rolePolicy:RolePolicy")
    assert "pgbouncer" not in policies  # the program itself needs nothing of AWS
    statements = json.loads(policies["pgbouncer-execution"].inputs["policy"])["Statement"]
    read = [each for each in statements if "secretsmanager:GetSecretValue" in each["Action"]]
    assert sorted(arn for each in read for arn in as_list(each["Resource"])) == sorted(SECRETS.values())


def test_it_waits_for_its_certificate_and_runs_without_rights(prod: list[Registration]) -> None:
    found = containers(prod, "pgbouncer")
    assert found["pgbouncer"]["dependsOn"] == [{"containerName": "certificate", "condition": "SUCCESS"}]
    assert found["pgbouncer"]["user"] == "70:70"
    assert found["certificate"]["essential"] is False
    for each in found.values():
        assert each["readonlyRootFilesystem"] is True
        assert each["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_people_are_told_when_tasks_are_missing_or_busy(prod: list[Registration]) -> None:
    alarms = of_type(prod, "aws:cloudwatch/metricAlarm:MetricAlarm")
    found = {each.inputs["name"]: each.inputs for each in alarms.values()}
    assert found["mpac-prod-pgbouncer-cpu"]["threshold"] == 70
    healthy = next(each for name, each in found.items() if name.startswith("mpac-prod-pgbouncer-healthy"))
    assert (healthy["comparisonOperator"], healthy["threshold"]) == ("LessThanThreshold", 3)


def test_each_role_has_a_secret_of_its_own_in_both_regions() -> None:
    args = DatabaseRolesArgs(
        environment="prod",
        region=TOKYO,
        key_arn="secrets-key",
        replica=SecretReplica(region=OSAKA, key_arn="osaka-key"),
        grafana=True,
        protect=True,
    )
    made = record(lambda: database_roles(args, pulumi.ResourceOptions()))
    secrets = of_type(made, "aws:secretsmanager/secret:Secret").values()
    assert {each.inputs["name"] for each in secrets} == {
        f"mpac/prod/postgres/{role}" for role in ("portal", "smarttab", "pgw", "reporting", "grafana")
    }
    for each in secrets:
        assert each.inputs["replicas"] == [{"region": OSAKA, "kmsKeyId": "osaka-key"}]
    values = [
        each.inputs["secretString"]
        for each in of_type(made, "aws:secretsmanager/secretVersion:SecretVersion").values()
    ]
    assert len(values) == 5
    assert all(isinstance(value, Secret) for value in values)


def test_the_setup_checks_the_server_and_has_the_master_from_its_secret() -> None:
    args = DatabaseSetupArgs(**COMMON, image="postgres:17.6", master="master-secret")
    psql = containers(record(lambda: DatabaseSetup("database-setup", args)), "database-setup")["psql"]
    environment = {each["name"]: each["value"] for each in psql["environment"]}
    assert environment["PGSSLMODE"] == "verify-full"
    assert (environment["PGHOST"], environment["PGDATABASE"]) == ("primary", "mpac")
    secrets = {each["name"]: each["valueFrom"] for each in psql["secrets"]}
    assert secrets["PGUSER"] == "master-secret:username::"
    assert secrets["PGPASSWORD"] == "master-secret:password::"
    assert environment["SQL"] == setup_sql(list(SECRETS))


def test_the_setup_knows_the_certificates_of_both_regions() -> None:
    args = DatabaseSetupArgs(**COMMON, image="postgres:17.6", master="master-secret", peer_region=OSAKA)
    psql = containers(record(lambda: DatabaseSetup("database-setup", args)), "database-setup")["psql"]
    (trusted,) = (each["value"] for each in psql["environment"] if each["name"] == "DATABASE_CA")
    assert trusted.count("BEGIN CERTIFICATE") == 2


def test_roles_in_another_order_make_no_other_revision() -> None:
    turned = {**COMMON, "roles": dict(reversed(SECRETS.items()))}
    assert containers(deploy(COMMON), "pgbouncer") == containers(deploy(turned), "pgbouncer")


def test_grafana_has_its_database_only_where_it_uses_one() -> None:
    assert "CREATE DATABASE grafana" in setup_sql(["portal", "grafana"])
    assert "grafana" not in setup_sql(["portal"])
    assert "\\password grafana" not in setup_script(["portal"])


def test_clients_that_wait_or_are_turned_away_are_told_of(prod: list[Registration]) -> None:
    filters = of_type(prod, "aws:cloudwatch/logMetricFilter:LogMetricFilter")
    made = {
        each.inputs["metricTransformation"]["name"]: each.inputs["metricTransformation"]["namespace"]
        for each in filters.values()
    }
    assert made == {"Wait": "MPAC/PgBouncer/prod", "TurnedAway": "MPAC/PgBouncer/prod"}
    assert {each.inputs["logGroupName"] for each in filters.values()} == {"/mpac/prod/pgbouncer"}
    alarms = of_type(prod, "aws:cloudwatch/metricAlarm:MetricAlarm")
    waiting, turned_away = alarms["pgbouncer-wait"].inputs, alarms["pgbouncer-turned-away"].inputs
    for found in (waiting, turned_away):
        assert found["namespace"] == made[found["metricName"]]
        assert found["alarmActions"] == ["topic"]
    # 50 ms, a tenth of what 19 of 20 answers may take.
    assert (waiting["threshold"], waiting["statistic"]) == (50_000, "Maximum")
    assert (turned_away["threshold"], turned_away["statistic"]) == (0, "Sum")
