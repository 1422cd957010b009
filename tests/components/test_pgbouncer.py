"""PgBouncer. Requirements: Database, "Connection Pooling"."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.compute.cluster import Cluster, ClusterArgs
from components.context import Context
from components.database.roles import DatabaseRolesArgs, database_roles
from components.database.setup import DatabaseSetup, DatabaseSetupArgs, setup_script, setup_sql
from components.pgbouncer.cluster import PgBouncer, PgBouncerArgs
from components.pgbouncer.configuration import pgbouncer_ini
from components.pgbouncer.settings import PgBouncerSettings
from components.problems import SettingsError
from tests.components.contexts import ACCOUNT, CONTEXT, OSAKA, PLAIN, TOKYO
from tests.components.recording import Registration, Secret, of_type, record, repeated_names
from tests.iam import as_list

SECRETS = {
    role: f"arn:aws:secretsmanager:{TOKYO}:{ACCOUNT}:secret:mpac/prod/database-{role}-AbCdEf"
    for role in ("portal", "smarttab", "pgw", "reporting")
}
DEFAULTS = PgBouncerSettings()
SERVICES = ("portal", "smarttab", "pgw")
SETUP = DatabaseSetupArgs(
    context=CONTEXT,
    image="postgres:17.6",
    address="primary",
    master="master-secret",
    services=SERVICES,
    roles=SECRETS,
)


def deploy(
    *names: str, context: Context = CONTEXT, settings: PgBouncerSettings = DEFAULTS, turned: bool = False
) -> list[Registration]:
    def program() -> None:
        cluster = Cluster("cluster", ClusterArgs(context=context, vpc_id="vpc"))
        for name in names or ("pgbouncer",):
            PgBouncer(
                name,
                PgBouncerArgs(
                    context=context,
                    settings=settings,
                    vpc_id="vpc",
                    subnet_ids=["private-a", "private-c", "private-d"],
                    security_group_id="sg-pgbouncer",
                    cluster=cluster,
                    address="primary",
                    replica_addresses=["replica-a", "replica-c"],
                    roles=dict(reversed(SECRETS.items())) if turned else SECRETS,
                ),
            )

    return record(program)


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy()


def containers(found: list[Registration], task: str) -> dict[str, dict[str, Any]]:
    definition = of_type(found, "aws:ecs/taskDefinition:TaskDefinition")[task]
    return {each["name"]: each for each in json.loads(definition.inputs["containerDefinitions"])}


def ini(*replicas: str) -> str:
    return pgbouncer_ini(
        PgBouncerSettings(), database="mpac", address="db", replica_addresses=replicas, port=5432
    )


def settings_of(ini: str) -> dict[str, str]:
    lines = (line.partition("=") for line in ini.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in lines}


def test_it_pools_by_transaction_with_the_requirements_figures() -> None:
    found = settings_of(ini())
    assert found["max_client_conn"] == "10000"
    assert found["default_pool_size"] == "25"
    assert found["pool_mode"] == "transaction"
    assert int(found["max_prepared_statements"]) > 0


def test_it_asks_clients_and_server_for_tls_and_scram() -> None:
    found = settings_of(ini())
    assert (found["client_tls_sslmode"], found["server_tls_sslmode"]) == ("require", "verify-full")
    assert found["auth_type"] == "scram-sha-256"


def test_nobody_waits_for_a_server_that_is_gone() -> None:
    found = settings_of(ini())
    # Unacknowledged for half of what a failover of RDS takes at least; milliseconds.
    assert found["tcp_user_timeout"] == "30000"
    # Seconds; clients get an error before the load balancer gives up after 60.
    assert found["query_wait_timeout"] == "20"
    assert (found["server_connect_timeout"], found["server_login_retry"]) == ("5", "2")


@pytest.mark.parametrize(("replicas", "host"), [(["one", "two"], "host=one,two"), ([], "host=db")])
def test_reports_go_to_the_replicas_where_there_are_any(replicas: list[str], host: str) -> None:
    found = settings_of(ini(*replicas))
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


def test_people_are_notified_when_tasks_are_missing_or_busy(prod: list[Registration]) -> None:
    alarms = of_type(prod, "aws:cloudwatch/metricAlarm:MetricAlarm")
    found = {each.inputs["name"]: each.inputs for each in alarms.values()}
    assert found["mpac-prod-pgbouncer-cpu"]["threshold"] == 70
    healthy = next(each for name, each in found.items() if name.startswith("mpac-prod-pgbouncer-healthy"))
    assert (healthy["comparisonOperator"], healthy["threshold"]) == ("LessThanThreshold", 3)


def test_each_role_has_a_secret_of_its_own_in_both_regions() -> None:
    args = DatabaseRolesArgs(context=CONTEXT, services=SERVICES, grafana=True)
    made = record(lambda: database_roles("database", args, pulumi.ResourceOptions()))
    secrets = of_type(made, "aws:secretsmanager/secret:Secret").values()
    assert {each.inputs["name"] for each in secrets} == {
        f"mpac/prod/database-{role}" for role in ("portal", "smarttab", "pgw", "reporting", "grafana")
    }
    for each in secrets:
        assert each.inputs["replicas"] == [
            {"region": OSAKA, "kmsKeyId": f"arn:aws:kms:{OSAKA}:{ACCOUNT}:key/secrets"}
        ]
    values = [
        each.inputs["secretString"]
        for each in of_type(made, "aws:secretsmanager/secretVersion:SecretVersion").values()
    ]
    assert len(values) == 5
    assert all(isinstance(value, Secret) for value in values)


def test_the_setup_checks_the_server_and_has_the_master_from_its_secret() -> None:
    psql = containers(record(lambda: DatabaseSetup("database-setup", SETUP)), "database-setup")["psql"]
    environment = {each["name"]: each["value"] for each in psql["environment"]}
    assert environment["PGSSLMODE"] == "verify-full"
    assert (environment["PGHOST"], environment["PGDATABASE"]) == ("primary", "mpac")
    secrets = {each["name"]: each["valueFrom"] for each in psql["secrets"]}
    assert secrets["PGUSER"] == "master-secret:username::"
    assert secrets["PGPASSWORD"] == "master-secret:password::"
    assert environment["SQL"] == setup_sql(SERVICES)


def test_the_setup_knows_the_certificates_of_both_regions() -> None:
    args = replace(SETUP, peer_region=OSAKA)
    psql = containers(record(lambda: DatabaseSetup("database-setup", args)), "database-setup")["psql"]
    (trusted,) = (each["value"] for each in psql["environment"] if each["name"] == "DATABASE_CA")
    assert trusted.count("BEGIN CERTIFICATE") == 2


def test_roles_in_another_order_make_no_other_revision() -> None:
    turned = deploy(turned=True)
    assert containers(deploy(), "pgbouncer") == containers(turned, "pgbouncer")


def test_each_service_has_a_schema_of_its_own_that_reports_read() -> None:
    sql = setup_sql(["portal", "orders"])
    assert "unnest(ARRAY['portal', 'orders', 'reporting'])" in sql
    for service in ("portal", "orders"):
        assert sql.count(f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {service};\n") == 1
        assert sql.count(f"DEFAULT PRIVILEGES FOR ROLE {service} IN SCHEMA {service} GRANT SELECT") == 1
    assert "GRANT USAGE ON SCHEMA portal, orders TO reporting;" in sql
    assert "pgw" not in sql


def test_grafana_has_its_database_only_where_it_uses_one() -> None:
    assert "CREATE DATABASE grafana" in setup_sql(["portal"], grafana=True)
    assert "grafana" not in setup_sql(["portal"])
    assert "\\password grafana" not in setup_script(["portal"])


def test_people_are_notified_of_clients_that_wait_or_are_turned_away(prod: list[Registration]) -> None:
    filters = of_type(prod, "aws:cloudwatch/logMetricFilter:LogMetricFilter")
    made = {
        each.inputs["metricTransformation"]["name"]: each.inputs["metricTransformation"]["namespace"]
        for each in filters.values()
    }
    assert made == {"Wait": "mpac/prod/pgbouncer", "TurnedAway": "mpac/prod/pgbouncer"}
    assert {each.inputs["logGroupName"] for each in filters.values()} == {"/mpac/prod/pgbouncer"}
    alarms = of_type(prod, "aws:cloudwatch/metricAlarm:MetricAlarm")
    waiting, turned_away = alarms["pgbouncer-wait"].inputs, alarms["pgbouncer-turned-away"].inputs
    for found in (waiting, turned_away):
        assert found["namespace"] == made[found["metricName"]]
        assert found["alarmActions"] == ["arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"]
    # 50 ms, a tenth of the p95 latency that services may have.
    assert (waiting["threshold"], waiting["statistic"]) == (50_000, "Maximum")
    assert (turned_away["threshold"], turned_away["statistic"]) == (0, "Sum")


def test_two_stand_side_by_side() -> None:
    graph = deploy("pgbouncer", "reports-pgbouncer")
    assert repeated_names(graph) == []
    filters = of_type(graph, "aws:cloudwatch/logMetricFilter:LogMetricFilter").values()
    assert len({each.inputs["metricTransformation"]["namespace"] for each in filters}) == 2


def test_another_program_has_names_of_its_own_and_needs_no_keys() -> None:
    graph = deploy(context=PLAIN)
    assert "mpac" not in json.dumps([each.inputs for each in graph]).replace("mpac/prod/database-", "")
    found = containers(graph, "pgbouncer")["pgbouncer"]
    (written,) = (each["value"] for each in found["environment"] if each["name"] == "PGBOUNCER_INI")
    assert {"acme", "acme_ro"} <= settings_of(written).keys()
    policy = of_type(graph, "aws:iam/rolePolicy:RolePolicy")["pgbouncer-execution"].inputs["policy"]
    assert "kms:" not in policy
    (component,) = of_type(graph, "mpac:pgbouncer:PgBouncer").values()
    assert component.outputs["port"] == 6432


def test_a_size_that_fargate_does_not_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="PgBouncer pgbouncer: 1 problem"):
        deploy(settings=PgBouncerSettings(memory_mib=1024))


def test_the_setup_grants_in_the_database_that_it_is_connected_to() -> None:
    sql = setup_sql(["portal"])
    assert sql.count('ON DATABASE :"DBNAME"') == 2
    assert "mpac" not in sql
