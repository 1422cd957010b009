"""Backups and budgets as deployed. Requirements: Backup Strategy; Elastic File System, "Backup"."""

import pytest

from tests.cloud.conftest import Aws, Client

TOKYO, OSAKA, ACCOUNT = "ap-northeast-1", "ap-northeast-3", "123456789012"
COPIES = f"arn:aws:backup:{OSAKA}:{ACCOUNT}:backup-vault:mpac-prod-backup-copies"
REGIONS = {"prod": TOKYO, "dr": OSAKA, "staging": TOKYO}
PLANS = {"prod": {"daily", "weekly"}, "dr": {"daily"}, "staging": {"daily", "weekly"}}


def plans(backup: Client, stack: str) -> dict[str, Client]:
    return {
        each["BackupPlanName"].rpartition("-")[2]: backup.get_backup_plan(BackupPlanId=each["BackupPlanId"])[
            "BackupPlan"
        ]["Rules"][0]
        for each in backup.list_backup_plans()["BackupPlansList"]
        if each["BackupPlanName"].startswith(f"mpac-{stack}-")
    }


@pytest.mark.parametrize("stack", REGIONS)
def test_file_systems_are_backed_up_daily_for_14_days(aws: Aws, stack: str) -> None:
    found = plans(aws("backup", REGIONS[stack]), stack)
    assert set(found) == PLANS[stack]
    assert found["daily"]["Lifecycle"]["DeleteAfterDays"] == 14
    assert found["daily"]["ScheduleExpression"] == "cron(0 17 * * ? *)"


def test_the_database_is_copied_to_osaka_weekly(aws: Aws) -> None:
    weekly = plans(aws("backup", TOKYO), "prod")["weekly"]
    assert weekly["ScheduleExpression"] == "cron(0 20 ? * SAT *)"
    (copy,) = weekly["CopyActions"]
    assert copy["DestinationBackupVaultArn"] == COPIES
    assert copy["Lifecycle"]["DeleteAfterDays"] == 30


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("mpac-prod-backups", TOKYO),
        ("mpac-prod-backup-copies", OSAKA),
        ("mpac-dr-backups", OSAKA),
        ("mpac-staging-backups", TOKYO),
    ],
)
def test_vaults_are_locked_and_have_keys_of_their_region(aws: Aws, name: str, region: str) -> None:
    vault = aws("backup", region).describe_backup_vault(BackupVaultName=name)
    assert vault["Locked"] is True
    assert vault["MinRetentionDays"] == 14
    assert vault["EncryptionKeyArn"].startswith(f"arn:aws:kms:{region}:{ACCOUNT}:key/")


@pytest.mark.parametrize("stack", REGIONS)
def test_what_is_backed_up_has_the_tag(aws: Aws, stack: str) -> None:
    systems = aws("efs", REGIONS[stack]).describe_file_systems()["FileSystems"]
    own = [each for each in systems if each.get("Name", "").startswith(f"mpac-{stack}-obs-")]
    assert len(own) == 4
    for each in own:
        assert {"Key": "Backup", "Value": "daily"} in each["Tags"]
    (database,) = aws("rds", REGIONS[stack]).describe_db_instances(
        DBInstanceIdentifier=f"mpac-{stack}-database"
    )["DBInstances"]
    weekly = {"Key": "Backup", "Value": "weekly"} in database["TagList"]
    assert weekly is ("weekly" in PLANS[stack])


@pytest.mark.parametrize(
    ("stack", "types"), [("prod", {"database": "RDS", "files": "EFS"}), ("dr", {"files": "EFS"})]
)
def test_a_restore_of_each_type_is_tried_every_month(aws: Aws, stack: str, types: dict[str, str]) -> None:
    backup, plan = aws("backup", REGIONS[stack]), f"mpac_{stack}_restore_test"
    found = backup.get_restore_testing_plan(RestoreTestingPlanName=plan)["RestoreTestingPlan"]
    assert found["ScheduleExpression"] == "cron(0 22 ? * SUN#1 *)"
    for name, type_ in types.items():
        selection = backup.get_restore_testing_selection(
            RestoreTestingPlanName=plan, RestoreTestingSelectionName=name
        )
        assert selection["RestoreTestingSelection"]["ProtectedResourceType"] == type_


@pytest.mark.parametrize(("stack", "dollars"), [("prod", 40000), ("dr", 20000), ("staging", 3000)])
def test_each_stack_has_a_budget(aws: Aws, stack: str, dollars: int) -> None:
    budget = aws("budgets", TOKYO).describe_budget(AccountId=ACCOUNT, BudgetName=f"mpac-{stack}-budget")[
        "Budget"
    ]
    assert float(budget["BudgetLimit"]["Amount"]) == dollars
    assert budget["CostFilters"] == {"TagKeyValue": [f"user:Environment${stack}"]}
