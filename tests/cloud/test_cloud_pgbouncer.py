"""PgBouncer of the deployed stacks. Requirements: Database, "Connection Pooling"."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.cloud.conftest import Aws, Client

REGIONS = {"prod": "ap-northeast-1", "dr": "ap-northeast-3", "staging": "ap-northeast-1"}
TASKS = {"prod": 3, "dr": 2, "staging": 1}
ROLES = {"PORTAL", "SMARTTAB", "PGW", "REPORTING"}


@pytest.fixture(params=REGIONS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bouncer(aws: Aws, stack: str) -> Client:
    """The container of PgBouncer in the task definition."""
    ecs = aws("ecs", REGIONS[stack])
    definition = ecs.describe_task_definition(taskDefinition=f"mpac-{stack}-pgbouncer")["taskDefinition"]
    return next(each for each in definition["containerDefinitions"] if each["name"] == "pgbouncer")


@pytest.fixture
def ini(bouncer: Client) -> dict[str, str]:
    environment = {each["name"]: each["value"] for each in bouncer["environment"]}
    lines = (line.partition("=") for line in environment["PGBOUNCER_INI"].splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in lines}


def test_it_pools_with_the_requirements_figures(ini: dict[str, str]) -> None:
    assert (ini["max_client_conn"], ini["default_pool_size"], ini["pool_mode"]) == (
        "10000",
        "25",
        "transaction",
    )


def test_it_leads_to_the_stacks_own_instances(
    ini: dict[str, str], stack: str, outputs: Callable[[str], Mapping[str, Any]]
) -> None:
    database = outputs(stack)["database"]
    replicas = database["replicaAddresses"] or [database["address"]]
    assert ini["mpac"].startswith(f"host={database['address']} port=5432 dbname=mpac")
    assert ini["mpac_ro"].startswith(f"host={','.join(replicas)} port=5432 dbname=mpac")


def test_every_role_has_its_secret_in_the_stacks_region(bouncer: Client, stack: str) -> None:
    secrets = {each["name"]: each["valueFrom"] for each in bouncer["secrets"]}
    assert set(secrets) == {f"PASSWORD_{role}" for role in ROLES}
    for arn in secrets.values():
        assert arn.startswith(f"arn:aws:secretsmanager:{REGIONS[stack]}:")


def test_its_tasks_run_and_their_load_balancer_is_internal(aws: Aws, stack: str) -> None:
    (service,) = aws("ecs", REGIONS[stack]).describe_services(
        cluster=f"mpac-{stack}-cluster", services=[f"mpac-{stack}-pgbouncer"]
    )["services"]
    assert service["desiredCount"] == TASKS[stack]
    elb = aws("elbv2", REGIONS[stack])
    (balancer,) = elb.describe_load_balancers(Names=[f"mpac-{stack}-pgbouncer"])["LoadBalancers"]
    assert (balancer["Scheme"], balancer["Type"]) == ("internal", "network")
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert (listener["Port"], listener["Protocol"]) == (6432, "TCP")


def test_services_connect_through_it_with_roles_of_their_own(
    aws: Aws, stack: str, outputs: Callable[[str], Mapping[str, Any]]
) -> None:
    ecs = aws("ecs", REGIONS[stack])
    for service, role in (("svc-portal", "portal"), ("svc-smarttab", "smarttab"), ("mpac-pgw", "pgw")):
        definition = ecs.describe_task_definition(taskDefinition=f"mpac-{stack}-{service}")["taskDefinition"]
        (container,) = definition["containerDefinitions"]
        environment = {each["name"]: each["value"] for each in container["environment"]}
        assert environment["DATABASE_HOST"] == outputs(stack)["pgbouncer"]["host"]
        assert (environment["DATABASE_PORT"], environment["DATABASE_SSLMODE"]) == ("6432", "require")
        secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}
        assert f"/database-{role}-" in secrets["DATABASE_PASSWORD"]
