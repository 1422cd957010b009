"""Managed Prometheus and its refusals."""

from typing import Any

import pytest
import yaml

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Client, Refused

INVALID, CONFLICT = "ValidationException", "ConflictException"
TOPIC = f"arn:aws:sns:{TOKYO}:{ACCOUNT}:alarms"
RULES = b"groups: [{name: services, rules: [{alert: Down, expr: up == 0}]}]"


@pytest.fixture
def amp(aws: Aws) -> Client:
    return aws("amp")


@pytest.fixture
def workspace(amp: Client) -> str:
    return str(amp.create_workspace(alias="metrics")["workspaceId"])


def definition(**changes: Any) -> bytes:  # noqa: ANN401
    config: dict[str, Any] = {
        "route": {"receiver": "alarms"},
        "receivers": [{"name": "alarms", "sns_configs": [{"topic_arn": TOPIC, "sigv4": {"region": TOKYO}}]}],
    }
    return yaml.safe_dump({"alertmanager_config": yaml.safe_dump(config | changes)}).encode()


def test_an_alertmanager_is_read_back_changed_and_taken_away(
    amp: Client, workspace: str, refused: Refused
) -> None:
    for call, data in (
        (amp.create_alert_manager_definition, definition()),
        (amp.put_alert_manager_definition, definition(templates=[])),
    ):
        call(workspaceId=workspace, data=data)
        found = amp.describe_alert_manager_definition(workspaceId=workspace)["alertManagerDefinition"]
        assert (found["data"], found["status"]["statusCode"]) == (data, "ACTIVE")
    amp.delete_alert_manager_definition(workspaceId=workspace)
    with refused("ResourceNotFoundException"):
        amp.describe_alert_manager_definition(workspaceId=workspace)


def test_a_workspace_has_one_alertmanager(amp: Client, workspace: str, refused: Refused) -> None:
    amp.create_alert_manager_definition(workspaceId=workspace, data=definition())
    with refused(CONFLICT):
        amp.create_alert_manager_definition(workspaceId=workspace, data=definition())


@pytest.mark.parametrize(
    "data",
    [
        b"route: {receiver: alarms}",
        b": no yaml: [",
        definition(route=None),
        definition(route={"receiver": "nobody"}),
        definition(receivers=[{"name": "alarms", "email_configs": [{"to": "a@example.com"}]}]),
        definition(receivers=[{"name": "alarms", "sns_configs": [{"topic_arn": TOPIC}]}]),
    ],
    ids=["not wrapped", "no YAML", "no route", "unknown receiver", "e-mail", "no region"],
)
def test_an_alertmanager_that_cannot_be_is_refused(
    amp: Client, workspace: str, refused: Refused, data: bytes
) -> None:
    with refused(INVALID):
        amp.create_alert_manager_definition(workspaceId=workspace, data=data)


def test_rules_are_read_back_once(amp: Client, workspace: str, refused: Refused) -> None:
    amp.create_rule_groups_namespace(workspaceId=workspace, name="services", data=RULES)
    found = amp.describe_rule_groups_namespace(workspaceId=workspace, name="services")
    assert found["ruleGroupsNamespace"]["data"] == RULES
    with refused(CONFLICT):
        amp.create_rule_groups_namespace(workspaceId=workspace, name="services", data=RULES)


@pytest.mark.parametrize(
    "data",
    [
        b"rules: []",
        b"groups: [{rules: [{alert: Down, expr: up == 0}]}]",
        b"groups: [{name: services, rules: [{alert: Down}]}]",
        b"groups: [{name: services, rules: [{alert: Down, record: down, expr: up == 0}]}]",
    ],
    ids=["no groups", "no name", "no expression", "both kinds"],
)
def test_rules_that_cannot_be_are_refused(amp: Client, workspace: str, refused: Refused, data: bytes) -> None:
    with refused(INVALID):
        amp.create_rule_groups_namespace(workspaceId=workspace, name="bad", data=data)


def test_logs_go_to_a_group_of_the_region(aws: Aws, amp: Client, workspace: str, refused: Refused) -> None:
    group = "/aws/vendedlogs/prometheus/test"
    aws("logs").create_log_group(logGroupName=group)
    for arn in (
        f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:{group}",
        f"arn:aws:logs:{OSAKA}:{ACCOUNT}:log-group:{group}:*",
        f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:/aws/vendedlogs/other:*",
    ):
        with refused(INVALID):
            amp.create_logging_configuration(workspaceId=workspace, logGroupArn=arn)
    arn = f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:{group}:*"
    amp.create_logging_configuration(workspaceId=workspace, logGroupArn=arn)
    found = amp.describe_logging_configuration(workspaceId=workspace)["loggingConfiguration"]
    assert found["logGroupArn"] == arn
