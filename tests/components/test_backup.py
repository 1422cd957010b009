"""Backups. Requirements: Database, "Backup Strategy"; Storage, "Elastic File System"."""

import json
from dataclasses import replace
from typing import Any

import pytest

from components.backup.plans import BackupPlans, BackupPlansArgs
from components.backup.restore_test import RestoredDatabase, RestoreTest, RestoreTestArgs
from components.backup.settings import BackupSettings
from components.backup.vault import BackupVault, BackupVaultArgs
from components.budgets.budget import MonthlyBudget, MonthlyBudgetArgs
from components.budgets.settings import BudgetSettings
from components.context import Context
from tests.components.contexts import ACCOUNT, CONTEXT, OSAKA, PLAIN, STAGING, TOKYO, VIRGINIA
from tests.components.recording import Registration, of_type, only, record, repeated_names
from tests.iam import Request, allowed

VAULT = f"arn:aws:backup:{TOKYO}:{ACCOUNT}:backup-vault:mpac-prod-backups"
COPIES = f"arn:aws:backup:{OSAKA}:{ACCOUNT}:backup-vault:mpac-prod-backup-copies"
KEY = f"arn:aws:kms:{TOKYO}:{ACCOUNT}:key/database"
DATABASES = f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:mpac-prod"
TOPIC = f"arn:aws:sns:{TOKYO}:{ACCOUNT}:mpac-prod-alarms"
PLANS = BackupPlansArgs(
    context=CONTEXT,
    vault_name="mpac-prod-backups",
    vault_arn=VAULT,
    copy_vault_arn=COPIES,
    database=True,
)


@pytest.fixture(scope="module")
def plans() -> list[Registration]:
    return record(lambda: BackupPlans("backups", PLANS))


def rule(plans: list[Registration], frequency: str) -> dict[str, Any]:
    (each,) = of_type(plans, "aws:backup/plan:Plan")[f"backups-{frequency}"].inputs["rules"]
    return dict(each)


def test_file_systems_are_kept_for_two_weeks_and_not_copied(plans: list[Registration]) -> None:
    daily = rule(plans, "daily")
    assert daily["schedule"] == "cron(0 17 * * ? *)"
    assert daily["lifecycle"] == {"deleteAfter": 14}
    assert "copyActions" not in daily


def test_the_database_is_copied_to_osaka_every_week(plans: list[Registration]) -> None:
    weekly = rule(plans, "weekly")
    assert weekly["schedule"] == "cron(0 20 ? * SAT *)"
    assert weekly["copyActions"] == [{"destinationVaultArn": COPIES, "lifecycle": {"deleteAfter": 30}}]


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_only_what_has_all_tags_is_backed_up(plans: list[Registration], frequency: str) -> None:
    selection = of_type(plans, "aws:backup/selection:Selection")[f"backups-{frequency}"].inputs
    assert selection["conditions"] == [
        {
            "stringEquals": [
                {"key": "aws:ResourceTag/Backup", "value": frequency},
                {"key": "aws:ResourceTag/Environment", "value": "prod"},
            ]
        }
    ]
    assert "selectionTags" not in selection  # of several of these one would do


@pytest.mark.parametrize(
    ("action", "resource", "may"),
    [
        ("rds:CreateDBSnapshot", f"{DATABASES}-database", True),
        ("rds:CreateDBSnapshot", f"{DATABASES}2-database", False),
        ("rds:DeleteDBInstance", f"{DATABASES}-database", False),
        ("rds:DeleteDBSnapshot", f"arn:aws:rds:{TOKYO}:{ACCOUNT}:snapshot:awsbackup:job-1", True),
        ("rds:DeleteDBSnapshot", f"arn:aws:rds:{TOKYO}:{ACCOUNT}:snapshot:mpac-prod-database-final", False),
        # What the weekly copy asks for: of the snapshot in Tokyo, not of the vault.
        ("backup:CopyFromBackupVault", f"arn:aws:rds:{TOKYO}:{ACCOUNT}:snapshot:awsbackup:job-1", True),
        ("backup:CopyFromBackupVault", f"arn:aws:rds:{OSAKA}:{ACCOUNT}:snapshot:awsbackup:job-1", False),
        ("rds:CopyDBSnapshot", f"arn:aws:rds:{OSAKA}:{ACCOUNT}:snapshot:awsbackup:copyjob-1", True),
        ("backup:CopyIntoBackupVault", COPIES, True),
        # Else no tagged file system is backed up.
        ("backup:TagResource", f"arn:aws:backup:{TOKYO}:{ACCOUNT}:recovery-point:1", True),
        ("backup:TagResource", f"arn:aws:backup:{OSAKA}:{ACCOUNT}:recovery-point:1", True),
        ("backup:TagResource", VAULT, False),
        ("backup:DeleteBackupVault", VAULT, False),
        ("kms:DescribeKey", KEY, True),
        ("kms:DescribeKey", KEY.replace("database", "secrets"), False),
        ("kms:Decrypt", KEY, False),
        ("iam:PassRole", "*", False),
    ],
)
def test_the_role_may_back_up_and_nothing_else(
    plans: list[Registration], action: str, resource: str, may: bool
) -> None:
    policy = json.loads(only(plans, "aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert allowed([policy], Request(action, resource)) is may


@pytest.mark.parametrize(
    ("region", "alias", "may"),
    [
        (TOKYO, "alias/aws/backup", True),
        (OSAKA, "alias/aws/backup", True),
        (OSAKA, "alias/mpac-prod-secrets", False),
    ],
)
def test_the_role_may_look_at_aws_backups_own_keys_as_a_copy_between_regions_asks(
    plans: list[Registration], region: str, alias: str, *, may: bool
) -> None:
    policy = json.loads(only(plans, "aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    key = f"arn:aws:kms:{region}:{ACCOUNT}:key/of-aws"
    assert allowed([policy], Request("kms:DescribeKey", key, {"kms:ResourceAliases": alias})) is may


def test_file_systems_of_other_environments_are_out_of_reach(plans: list[Registration]) -> None:
    policy = json.loads(only(plans, "aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    for environment, may in (("prod", True), ("staging", False)):
        request = Request(
            "elasticfilesystem:Backup",
            f"arn:aws:elasticfilesystem:{TOKYO}:{ACCOUNT}:file-system/fs-1",
            {"aws:ResourceTag/Environment": environment},
        )
        assert allowed([policy], request) is may


def test_people_are_notified_of_backups_and_copies_that_fail(plans: list[Registration]) -> None:
    pattern = json.loads(only(plans, "aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    assert {"Backup Job State Change", "Copy Job State Change"} <= {*pattern["detail-type"]}
    assert {"FAILED", "EXPIRED", "ABORTED"} <= {*pattern["detail"]["$or"][0]["state"]}
    assert pattern["detail"]["iamRoleArn"] == [f"arn:aws:iam::{ACCOUNT}:role/mpac-prod-backups"]
    assert only(plans, "aws:cloudwatch/eventTarget:EventTarget").inputs["arn"] == TOPIC


@pytest.mark.parametrize(("mode", "changeable"), [("GOVERNANCE", None), ("COMPLIANCE", 3)])
def test_a_vault_is_locked_encrypted_and_protected(mode: Any, changeable: int | None) -> None:  # noqa: ANN401
    args = BackupVaultArgs(context=CONTEXT, settings=BackupSettings(lock_mode=mode), region=OSAKA)
    made = record(lambda: BackupVault("copies", args))
    vault = of_type(made, "aws:backup/vault:Vault")["copies"]
    assert (vault.protect, vault.region) == (True, OSAKA)
    assert vault.inputs["kmsKeyArn"] == f"arn:aws:kms:{OSAKA}:{ACCOUNT}:key/backups"
    assert vault.inputs["forceDestroy"] is False
    lock = only(made, "aws:backup/vaultLockConfiguration:VaultLockConfiguration").inputs
    assert lock["minRetentionDays"] == 14
    assert lock.get("changeableForDays") == changeable
    assert vault.inputs["name"] == "mpac-prod-copies"
    (deletion, copying) = json.loads(only(made, "aws:backup/vaultPolicy:VaultPolicy").inputs["policy"])[
        "Statement"
    ]
    assert (deletion["Effect"], deletion["Principal"]) == ("Deny", {"AWS": "*"})
    assert "backup:DeleteRecoveryPoint" in deletion["Action"]
    assert copying["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}


FILES_KEY = f"arn:aws:kms:{TOKYO}:{ACCOUNT}:key/files"
RESTORED = RestoredDatabase(
    parameter_group_name="mpac-prod-database-17",
    subnet_group_name="mpac-prod-database",
    security_group_id="sg-closed",
)


def restores(database: RestoredDatabase | None, context: Context = CONTEXT) -> list[Registration]:
    args = RestoreTestArgs(context=context, vault_arn=VAULT, database=database)
    return record(lambda: RestoreTest("restore-test", args))


@pytest.fixture(scope="module")
def restored() -> list[Registration]:
    return restores(RESTORED)


def selections(made: list[Registration]) -> dict[str, dict[str, Any]]:
    found = of_type(made, "aws:backup/restoreTestingSelection:RestoreTestingSelection").values()
    return {each.inputs["protectedResourceType"]: each.inputs for each in found}


def test_the_newest_backups_are_restored_every_month(restored: list[Registration]) -> None:
    plan = only(restored, "aws:backup/restoreTestingPlan:RestoreTestingPlan").inputs
    assert (plan["name"], plan["startWindowHours"]) == ("mpac_prod_restore_test", 1)
    assert plan["scheduleExpression"] == "cron(0 22 ? * SUN#1 *)"
    assert plan["recoveryPointSelection"]["includeVaults"] == [VAULT]
    assert plan["recoveryPointSelection"]["algorithm"] == "LATEST_WITHIN_WINDOW"
    assert plan["recoveryPointSelection"]["selectionWindowDays"] == 8


@pytest.mark.parametrize(
    ("type_", "frequency", "overrides"),
    [
        (
            "RDS",
            "weekly",
            {
                "dbParameterGroupName": "mpac-prod-database-17",
                "dbSubnetGroupName": "mpac-prod-database",
                "vpcSecurityGroupIds": '["sg-closed"]',
            },
        ),
        ("EFS", "daily", {"kmsKeyId": FILES_KEY}),
    ],
)
def test_each_type_that_is_backed_up_is_restored(
    restored: list[Registration], type_: str, frequency: str, overrides: dict[str, str]
) -> None:
    selection = selections(restored)[type_]
    assert selection["restoreMetadataOverrides"] == overrides
    assert selection["validationWindowHours"] == 4
    assert selection["protectedResourceConditions"] == {
        "stringEquals": [
            {"key": "aws:ResourceTag/Backup", "value": frequency},
            {"key": "aws:ResourceTag/Environment", "value": "prod"},
        ]
    }


def test_where_no_database_is_backed_up_file_systems_alone_are_restored() -> None:
    made = restores(None)
    assert selections(made).keys() == {"EFS"}
    assert "rds:" not in only(made, "aws:iam/rolePolicy:RolePolicy").inputs["policy"]


FILE_SYSTEM = f"arn:aws:elasticfilesystem:{TOKYO}:{ACCOUNT}:file-system/fs-1"
TESTED = {"aws:ResourceTag/awsbackup-restore-test": "job-1"}
THROUGH_EFS = {"kms:ViaService": f"elasticfilesystem.{TOKYO}.amazonaws.com"}


@pytest.mark.parametrize(
    ("request_", "may"),
    [
        (Request("rds:DeleteDBInstance", f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:awsbackup-restore-test-1"), True),
        (Request("rds:DeleteDBInstance", f"{DATABASES}-database"), False),
        # A restore without a group of its own takes the engine's, and fails.
        (
            Request(
                "rds:RestoreDBInstanceFromDBSnapshot",
                f"arn:aws:rds:{TOKYO}:{ACCOUNT}:pg:mpac-prod-database-17",
            ),
            True,
        ),
        (
            Request(
                "rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{TOKYO}:{ACCOUNT}:pg:default.postgres17"
            ),
            False,
        ),
        (Request("elasticfilesystem:CreateFileSystem", "*", {"elasticfilesystem:Encrypted": "true"}), True),
        (Request("elasticfilesystem:CreateFileSystem", "*", {"elasticfilesystem:Encrypted": "false"}), False),
        (Request("elasticfilesystem:Restore", FILE_SYSTEM), True),
        (Request("elasticfilesystem:DeleteFileSystem", FILE_SYSTEM, TESTED), True),
        (Request("elasticfilesystem:DeleteFileSystem", FILE_SYSTEM, {"aws:ResourceTag/Name": "mpac"}), False),
        (Request("kms:Decrypt", FILES_KEY, THROUGH_EFS), True),
        (Request("kms:Decrypt", FILES_KEY), False),
        (Request("kms:Decrypt", FILES_KEY.replace("files", "secrets"), THROUGH_EFS), False),
    ],
)
def test_what_restores_may_not_touch_what_was_not_restored(
    restored: list[Registration], request_: Request, may: bool
) -> None:
    policy = json.loads(only(restored, "aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert allowed([policy], request_) is may


def test_people_are_notified_of_a_budget_before_during_and_at_its_end() -> None:
    args = MonthlyBudgetArgs(context=CONTEXT, settings=BudgetSettings(monthly_usd=40000))
    budget = only(record(lambda: MonthlyBudget("budget", args)), "aws:budgets/budget:Budget").inputs
    assert budget["name"] == "mpac-prod-budget"
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("40000", "USD", "MONTHLY")
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:Environment$prod"]}]
    assert [(each["notificationType"], each["threshold"]) for each in budget["notifications"]] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    for each in budget["notifications"]:
        assert each["subscriberSnsTopicArns"] == [TOPIC]


def test_two_of_each_stand_side_by_side() -> None:
    def both() -> None:
        for suffix in ("", "-more"):
            BackupVault(f"backups{suffix}", BackupVaultArgs(context=CONTEXT))
            BackupPlans(f"backups{suffix}", PLANS)
            RestoreTest(
                f"restore-test{suffix}",
                RestoreTestArgs(context=CONTEXT, vault_arn=VAULT, database=RESTORED),
            )
            MonthlyBudget(
                f"budget{suffix}",
                MonthlyBudgetArgs(context=CONTEXT, settings=BudgetSettings(monthly_usd=1)),
            )

    assert repeated_names(record(both)) == []


def test_another_program_has_names_of_its_own_and_aws_keys() -> None:
    def program() -> None:
        vault = BackupVault("backups", BackupVaultArgs(context=PLAIN))
        args = BackupPlansArgs(context=PLAIN, vault_name=vault.name, vault_arn=vault.arn, database=True)
        BackupPlans("backups", args)
        RestoreTest("restore-test", RestoreTestArgs(context=PLAIN, vault_arn=vault.arn))

    made = record(program)
    assert only(made, "aws:backup/vault:Vault").inputs["name"] == "acme-test-backups"
    assert "kmsKeyArn" not in only(made, "aws:backup/vault:Vault").inputs
    written = json.dumps([each.inputs for each in made])
    assert "mpac" not in written
    policies = [each.inputs["policy"] for each in of_type(made, "aws:iam/rolePolicy:RolePolicy").values()]
    assert len(policies) == 2
    assert not [each for each in policies if "kms:" in each]
    assert (
        "restoreMetadataOverrides" not in selections(made)["EFS"]
        or not selections(made)["EFS"]["restoreMetadataOverrides"]
    )
    assert not of_type(made, "aws:cloudwatch/eventRule:EventRule")


def test_a_stack_that_nobody_stands_by_for_has_no_copies() -> None:
    with pytest.raises(ValueError, match="no region stands by"):
        record(lambda: BackupPlans("backups", replace(PLANS, context=STAGING)))
    with pytest.raises(ValueError, match="No region stands by"):
        record(lambda: BackupVault("copies", BackupVaultArgs(context=STAGING, region=OSAKA)))
    with pytest.raises(ValueError, match="it is ap-northeast-3 that stands by, not us-east-1"):
        record(lambda: BackupVault("copies", BackupVaultArgs(context=CONTEXT, region=VIRGINIA)))


@pytest.mark.parametrize(
    "args",
    [
        MonthlyBudgetArgs(context=CONTEXT, settings=BudgetSettings()),
        MonthlyBudgetArgs(context=PLAIN, settings=BudgetSettings(monthly_usd=1)),
    ],
)
def test_a_budget_has_an_amount_and_somebody_to_notify(args: MonthlyBudgetArgs) -> None:
    with pytest.raises(ValueError, match="needs an amount, and somebody to notify"):
        record(lambda: MonthlyBudget("budget", args))


def test_a_budget_needs_no_topic() -> None:
    args = MonthlyBudgetArgs(
        context=PLAIN, settings=BudgetSettings(monthly_usd=1), emails=["owner@example.com"]
    )
    budget = only(record(lambda: MonthlyBudget("budget", args)), "aws:budgets/budget:Budget").inputs
    assert {tuple(each["subscriberEmailAddresses"]) for each in budget["notifications"]} == {
        ("owner@example.com",)
    }
