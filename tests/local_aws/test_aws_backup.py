"""AWS Backup and budgets."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import ACCOUNT, TOKYO, Aws, Client

VAULT = {"BackupVaultName": "backups"}
RULE: dict[str, Any] = {
    "RuleName": "daily",
    "TargetBackupVaultName": "backups",
    "ScheduleExpression": "cron(0 17 * * ? *)",
    "Lifecycle": {"DeleteAfterDays": 14},
}
TESTED = {"RestoreTestingPlanName": "restores"}


@pytest.fixture
def backup(aws: Aws) -> Client:
    return aws("backup")


@pytest.fixture(scope="module")
def vault(aws: Aws) -> str:
    made = aws("backup").create_backup_vault(**VAULT, BackupVaultTags={"Environment": "prod"})
    return str(made["BackupVaultArn"])


def test_tags_of_a_vault_are_read_back(backup: Client, vault: str) -> None:
    assert backup.list_tags(ResourceArn=vault)["Tags"] == {"Environment": "prod"}


def test_a_vaults_policy_is_read_back_and_taken_away(backup: Client, vault: str) -> None:
    del vault
    statement = {"Effect": "Deny", "Principal": "*", "Action": "backup:Delete*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    backup.put_backup_vault_access_policy(**VAULT, Policy=policy)
    assert backup.get_backup_vault_access_policy(**VAULT)["Policy"] == policy
    backup.delete_backup_vault_access_policy(**VAULT)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.get_backup_vault_access_policy(**VAULT)


def test_a_plan_is_changed_and_its_selections_are_listed(
    backup: Client, vault: str, backup_role: str
) -> None:
    del vault
    document = {"BackupPlanName": "p", "Rules": [RULE]}
    plan = {"BackupPlanId": backup.create_backup_plan(BackupPlan=document)["BackupPlanId"]}
    tags = [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "yes"}]
    given = {"SelectionName": "tagged", "IamRoleArn": backup_role, "ListOfTags": tags}
    selection = backup.create_backup_selection(**plan, BackupSelection=given)["SelectionId"]
    assert backup.get_backup_selection(**plan, SelectionId=selection)["BackupSelection"] == given
    (listed,) = backup.list_backup_selections(**plan)["BackupSelectionsList"]
    assert (listed["SelectionId"], listed["SelectionName"]) == (selection, "tagged")
    backup.update_backup_plan(
        **plan, BackupPlan={"BackupPlanName": "p", "Rules": [RULE | {"Lifecycle": {"DeleteAfterDays": 15}}]}
    )
    (rule,) = backup.get_backup_plan(**plan)["BackupPlan"]["Rules"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": 15}
    backup.delete_backup_selection(**plan, SelectionId=selection)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.get_backup_selection(**plan, SelectionId=selection)
    for _ in range(2):  # the name is free again
        backup.delete_backup_plan(**plan)
        plan = {"BackupPlanId": backup.create_backup_plan(BackupPlan=document)["BackupPlanId"]}


def test_a_restore_test_is_read_back_and_goes_after_its_selections(backup: Client, vault: str) -> None:
    plan = {
        "RecoveryPointSelection": {
            "Algorithm": "LATEST_WITHIN_WINDOW",
            "IncludeVaults": [vault],
            "RecoveryPointTypes": ["SNAPSHOT"],
        },
        "ScheduleExpression": "cron(0 22 ? * SUN#1 *)",
    }
    arn = backup.create_restore_testing_plan(RestoreTestingPlan=TESTED | plan, Tags={"a": "b"})[
        "RestoreTestingPlanArn"
    ]
    found = backup.get_restore_testing_plan(**TESTED)["RestoreTestingPlan"]
    assert found["ScheduleExpression"] == "cron(0 22 ? * SUN#1 *)"
    assert backup.list_tags(ResourceArn=arn)["Tags"] == {"a": "b"}
    named = {"RestoreTestingSelectionName": "database"}
    selection = {
        "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/restore",
        "ProtectedResourceType": "RDS",
        "ProtectedResourceArns": ["*"],
    }
    backup.create_restore_testing_selection(**TESTED, RestoreTestingSelection=named | selection)
    assert (
        backup.get_restore_testing_selection(**TESTED, **named)["RestoreTestingSelection"][
            "ProtectedResourceType"
        ]
        == "RDS"
    )
    with pytest.raises(ClientError, match="InvalidRequestException"):
        backup.delete_restore_testing_plan(**TESTED)
    backup.delete_restore_testing_selection(**TESTED, **named)
    backup.delete_restore_testing_plan(**TESTED)


def test_who_is_told_of_a_budget_is_read_back(aws: Aws) -> None:
    budgets = aws("budgets")
    owner = {"AccountId": ACCOUNT}
    notification = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
        "ThresholdType": "PERCENTAGE",
    }
    topic = {"SubscriptionType": "SNS", "Address": f"arn:aws:sns:{TOKYO}:{ACCOUNT}:alarms"}
    budget = {
        "BudgetName": "monthly",
        "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    budgets.create_budget(
        **owner,
        Budget=budget,
        NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": [topic]}],
        ResourceTags=[{"Key": "Environment", "Value": "prod"}],
    )
    named = owner | {"BudgetName": "monthly"}
    assert budgets.describe_subscribers_for_notification(**named, Notification=notification)[
        "Subscribers"
    ] == [topic]
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [
        {"Key": "Environment", "Value": "prod"}
    ]
    budgets.update_budget(**owner, NewBudget=budget | {"BudgetLimit": {"Amount": "200", "Unit": "USD"}})
    assert budgets.describe_budget(**named)["Budget"]["BudgetLimit"]["Amount"] in ("200", "200.0")
    budgets.delete_budget(**named)
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == []
