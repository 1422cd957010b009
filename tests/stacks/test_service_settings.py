"""What settings say of a service reaches its container and its roles."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.plan import Plan, read_configuration, record
from tests.iam import Request, allowed

ROOT = Path(__file__).parents[2]
REGION, ACCOUNT = "ap-northeast-1", "123456789012"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:acquirer-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/jwt/key"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/payments"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
GIVEN = {
    "environment": {"LOG_LEVEL": "info"},
    "secrets": {
        "ACQUIRER_KEY": {"arn": SECRET, "field": "key", "keyArn": KEY},
        "JWT_KEY": {"arn": PARAMETER},
    },
    "user": "1000:1000",
    "tmpfsMib": {"/run": 128, "/var/cache/app": 32},
    "permissions": {"SendOrders": {"actions": ["sqs:SendMessage"], "resources": [QUEUE]}},
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    given = read_configuration(ROOT, "staging")
    services = json.loads(given.values["mpac:services"])
    services["pgw"] |= GIVEN
    return record("staging", replace(given, values={**given.values, "mpac:services": json.dumps(services)}))


def inputs(plan: Plan, type_: str, name: str) -> Any:  # noqa: ANN401
    (found,) = (each.inputs for each in plan.resources if (each.type, each.name) == (type_, name))
    return found


def test_the_container_gets_what_is_asked_for(plan: Plan) -> None:
    task = inputs(plan, "aws:ecs/taskDefinition:TaskDefinition", "mpac-pgw")
    container = json.loads(task["containerDefinitions"])[0]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}
    assert (environment["LOG_LEVEL"], environment["PORT"]) == ("info", "8003")
    assert secrets["ACQUIRER_KEY"] == f"{SECRET}:key::"
    assert secrets["JWT_KEY"] == PARAMETER
    assert secrets.keys() > {"DATABASE_PASSWORD", "CACHE_PASSWORD"}
    assert container["user"] == "1000:1000"
    assert container["readonlyRootFilesystem"] is True
    tmpfs = {each["containerPath"]: each["size"] for each in container["linuxParameters"]["tmpfs"]}
    assert tmpfs == {"/run": 128, "/var/cache/app": 32}


def test_roles_get_what_is_asked_for_and_of_that_service_alone(plan: Plan) -> None:
    def policy(name: str) -> list[Any]:
        document = inputs(plan, "aws:iam/rolePolicy:RolePolicy", name)["policy"]
        return [json.loads(document)]

    decrypt = Request(
        "kms:Decrypt",
        KEY,
        {
            "kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": SECRET,
        },
    )
    read = [
        Request("secretsmanager:GetSecretValue", SECRET),
        Request("ssm:GetParameters", PARAMETER),
        decrypt,
    ]
    send = Request("sqs:SendMessage", QUEUE)
    for request in read:
        assert allowed(policy("mpac-pgw-execution"), request), request
        assert not allowed(policy("mpac-pgw"), request), request
        assert not allowed(policy("svc-portal-execution"), request), request
    assert allowed(policy("mpac-pgw"), send)
    assert not allowed(policy("mpac-pgw"), Request("sqs:SendMessage", f"{QUEUE}-2"))
    assert not allowed(policy("svc-portal"), send)
