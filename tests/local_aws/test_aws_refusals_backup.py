"""What AWS Backup refuses: plans, selections, vaults and restore tests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.harness import ACCOUNT, BACKUP_TRUST, FIND_BY_TAGS, OSAKA, Aws, Client, Refused

INVALID = "InvalidParameterValueException"
DATABASES = f"arn:aws:rds:ap-northeast-1:{ACCOUNT}:db:mpac-prod-*"
WEEKLY = {"ConditionType": "STRINGEQUALS", "ConditionKey": "Backup", "ConditionValue": "weekly"}
POINTS = {
    "Algorithm": "LATEST_WITHIN_WINDOW",
    "IncludeVaults": ["*"],
    "RecoveryPointTypes": ["SNAPSHOT"],
}
SUNDAYS = "cron(0 22 ? * SUN#1 *)"


@pytest.fixture
def backup(aws: Aws) -> Client:
    return aws("backup")


@pytest.fixture
def plan(backup: Client) -> Iterator[str]:
    made = str(backup.create_backup_plan(BackupPlan=document())["BackupPlanId"])
    yield made
    backup.delete_backup_plan(BackupPlanId=made)


def document(**rule: object) -> dict[str, Any]:
    return {
        "BackupPlanName": "refused",
        "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "backups"} | rule],
    }


def lifecycle(**days: int) -> dict[str, dict[str, int]]:
    return {"Lifecycle": days}


@pytest.mark.parametrize(
    "rule",
    [
        lifecycle(DeleteAfterDays=0),
        lifecycle(DeleteAfterDays=36501),
        lifecycle(MoveToColdStorageAfterDays=30, DeleteAfterDays=119),
        {
            "CopyActions": [
                {"DestinationBackupVaultArn": f"arn:aws:backup:ap-northeast-3:{ACCOUNT}:backup-vault:copies"}
                | lifecycle(MoveToColdStorageAfterDays=1, DeleteAfterDays=90)
            ]
        },
        {"EnableContinuousBackup": True} | lifecycle(DeleteAfterDays=36),
        {"EnableContinuousBackup": True},
        {"StartWindowMinutes": 59},
        {"ScheduleExpression": "cron(0 17 * * * *)"},
        {"ScheduleExpression": "cron(0 17 ? * ? *)"},
        {"ScheduleExpression": "cron(0 17 * * ?)"},
        {"ScheduleExpression": "0 17 * * ? *"},
    ],
)
def test_rules(backup: Client, plan: str, refused: Refused, rule: dict[str, Any]) -> None:
    with refused(INVALID):
        backup.create_backup_plan(BackupPlan=document(**rule) | {"BackupPlanName": "other"})
    with refused(INVALID):
        backup.update_backup_plan(BackupPlanId=plan, BackupPlan=document(**rule))


@pytest.mark.parametrize(
    "rule",
    [
        lifecycle(DeleteAfterDays=1),
        lifecycle(MoveToColdStorageAfterDays=30, DeleteAfterDays=120),
        lifecycle(MoveToColdStorageAfterDays=-1, DeleteAfterDays=-1),
        {"EnableContinuousBackup": True} | lifecycle(DeleteAfterDays=35),
        {"StartWindowMinutes": 60, "ScheduleExpression": "cron(0 20 ? * SAT *)"},
    ],
)
def test_rules_on_the_safe_side_of_each_limit(backup: Client, plan: str, rule: dict[str, Any]) -> None:
    backup.update_backup_plan(BackupPlanId=plan, BackupPlan=document(**rule))


@pytest.mark.parametrize(
    "selected",
    [
        {},
        {"Conditions": {"StringEquals": [{"ConditionKey": "a", "ConditionValue": "b"}]}},
        {"Resources": [DATABASES, "arn:aws:s3:::*-logs"]},
        {"Resources": ["*"], "NotResources": [f"arn:aws:rds:*:{ACCOUNT}:db:*-test"]},
    ],
)
def test_selections(
    backup: Client, plan: str, backup_role: str, refused: Refused, selected: dict[str, Any]
) -> None:
    with refused(INVALID):
        backup.create_backup_selection(
            BackupPlanId=plan, BackupSelection={"SelectionName": "s", "IamRoleArn": backup_role} | selected
        )


@pytest.mark.parametrize("selected", [{"Resources": [DATABASES]}, {"ListOfTags": [WEEKLY]}])
def test_plan_with_selections_stays(
    backup: Client, plan: str, backup_role: str, refused: Refused, selected: dict[str, Any]
) -> None:
    made = backup.create_backup_selection(
        BackupPlanId=plan, BackupSelection={"SelectionName": "s", "IamRoleArn": backup_role} | selected
    )
    with refused("InvalidRequestException"):
        backup.delete_backup_plan(BackupPlanId=plan)
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])


def test_selection_of_a_missing_plan(backup: Client, backup_role: str, refused: Refused) -> None:
    with refused(INVALID):
        backup.create_backup_selection(
            BackupPlanId="missing",
            BackupSelection={"SelectionName": "s", "IamRoleArn": backup_role, "Resources": ["*"]},
        )


def test_roles(aws: Aws, backup: Client, plan: str) -> None:
    def select(name: str) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        selection = {"SelectionName": name, "IamRoleArn": arn, "Resources": [DATABASES]}
        made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
        backup.delete_backup_selection(BackupPlanId=plan, SelectionId=made["SelectionId"])

    # The provider waits for a new role on these words.
    unusable, blind = "cannot be assumed by AWS Backup", "is not authorized to call tag:GetResources"
    iam = aws("iam")
    with pytest.raises(ClientError, match=unusable):
        select("missing")
    elsewhere = BACKUP_TRUST.replace("backup.", "ecs-tasks.")
    iam.create_role(RoleName="of-tasks", AssumeRolePolicyDocument=elsewhere)
    with pytest.raises(ClientError, match=unusable):
        select("of-tasks")
    iam.create_role(RoleName="blind", AssumeRolePolicyDocument=BACKUP_TRUST)
    with pytest.raises(ClientError, match=blind):
        select("blind")
    managed = iam.create_policy(PolicyName="find", PolicyDocument=FIND_BY_TAGS)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="blind", PolicyArn=managed)
    select("blind")


def test_vault_with_a_key_of_another_region(aws: Aws, backup: Client, refused: Refused) -> None:
    key = aws("kms", OSAKA).create_key()["KeyMetadata"]["Arn"]
    with refused(INVALID):
        backup.create_backup_vault(BackupVaultName="far", EncryptionKeyArn=key)


@pytest.mark.parametrize(
    "lock",
    [
        {"MinRetentionDays": 31, "MaxRetentionDays": 30},
        {"MinRetentionDays": 0},
        {"MaxRetentionDays": 36501},
        {"ChangeableForDays": 2},
    ],
)
def test_vault_locks(backup: Client, refused: Refused, lock: dict[str, int]) -> None:
    backup.create_backup_vault(BackupVaultName="locked")
    try:
        with refused(INVALID):
            backup.put_backup_vault_lock_configuration(BackupVaultName="locked", **lock)
    finally:
        backup.delete_backup_vault(BackupVaultName="locked")


@pytest.mark.parametrize(
    "principal", [f"arn:aws:iam::{ACCOUNT}:role/missing", "arn:aws:iam::12:root", None, "nobody"]
)
def test_vault_policies(backup: Client, refused: Refused, principal: str | None) -> None:
    statement = {"Effect": "Deny", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
    given = {"Principal": {"AWS": principal}} if principal else {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | given]})
    backup.create_backup_vault(BackupVaultName="closed")
    try:
        with refused(INVALID):
            backup.put_backup_vault_access_policy(BackupVaultName="closed", Policy=policy)
        with refused("ResourceNotFoundException"):
            backup.put_backup_vault_access_policy(BackupVaultName="missing", Policy=policy)
    finally:
        backup.delete_backup_vault(BackupVaultName="closed")


@pytest.mark.parametrize(
    "given",
    [
        {"RestoreTestingPlanName": "mpac-restore"},
        {"RestoreTestingPlanName": "a" * 51},
        {"StartWindowHours": 169},
        {"ScheduleExpression": "cron(0 22 * * SUN#1 *)"},
        {"RecoveryPointSelection": POINTS | {"SelectionWindowDays": 366}},
        {"RecoveryPointSelection": POINTS | {"IncludeVaults": []}},
        {"RecoveryPointSelection": {k: v for k, v in POINTS.items() if k != "RecoveryPointTypes"}},
    ],
)
def test_restore_testing_plans(backup: Client, refused: Refused, given: dict[str, Any]) -> None:
    plan = {"RestoreTestingPlanName": "t", "RecoveryPointSelection": POINTS, "ScheduleExpression": SUNDAYS}
    with refused(INVALID):
        backup.create_restore_testing_plan(RestoreTestingPlan=plan | given)


@pytest.mark.parametrize(
    "given",
    [
        {"RestoreTestingSelectionName": "data-base"},
        {"ValidationWindowHours": 169},
        {"ProtectedResourceType": "ElastiCache"},
        {"ProtectedResourceArns": ["*", DATABASES]},
        {"ProtectedResourceArns": [f"{DATABASES}{number}" for number in range(31)]},
        {"RestoreMetadataOverrides": {"kmsKeyId": "alias/mpac"}},
        {"RestoreMetadataOverrides": {"vpcSecurityGroupIds": "sg-12345678"}},
        {"RestoreMetadataOverrides": {"deletionProtection": "true"}},
        {"ProtectedResourceType": "EFS", "RestoreMetadataOverrides": {"newFileSystem": "false"}},
        {"ProtectedResourceType": "EFS", "RestoreMetadataOverrides": {"dbSubnetGroupName": "mpac"}},
        {
            "ProtectedResourceArns": [DATABASES],
            "ProtectedResourceConditions": {"StringEquals": [{"Key": "aws:ResourceTag/a", "Value": "b"}]},
        },
    ],
)
def test_restore_testing_selections(
    backup: Client, backup_role: str, refused: Refused, given: dict[str, Any]
) -> None:
    plan = {"RestoreTestingPlanName": "selected"}
    backup.create_restore_testing_plan(
        RestoreTestingPlan=plan | {"RecoveryPointSelection": POINTS, "ScheduleExpression": SUNDAYS}
    )
    selection = {
        "RestoreTestingSelectionName": "s",
        "IamRoleArn": backup_role,
        "ProtectedResourceType": "RDS",
        "ProtectedResourceArns": ["*"],
    }
    try:
        with refused(INVALID):
            backup.create_restore_testing_selection(**plan, RestoreTestingSelection=selection | given)
    finally:
        backup.delete_restore_testing_plan(**plan)


def test_what_a_restored_resource_may_be_given_depends_on_its_type(
    backup: Client, backup_role: str, refused: Refused
) -> None:
    plan = {"RestoreTestingPlanName": "overridden"}
    backup.create_restore_testing_plan(
        RestoreTestingPlan=plan | {"RecoveryPointSelection": POINTS, "ScheduleExpression": SUNDAYS}
    )
    overrides = {
        "RDS": {"DbSubnetGroupName": "mpac", "VpcSecurityGroupIds": '["sg-12345678"]'},
        "EFS": {"kmsKeyId": "alias/mpac", "performanceMode": "generalPurpose"},
    }
    for type_, given in overrides.items():
        backup.create_restore_testing_selection(
            **plan,
            RestoreTestingSelection={
                "RestoreTestingSelectionName": type_,
                "IamRoleArn": backup_role,
                "ProtectedResourceType": type_,
                "ProtectedResourceArns": ["*"],
                "RestoreMetadataOverrides": given,
            },
        )
    named = {"RestoreTestingSelectionName": "EFS"}
    # A change does not repeat the type.
    with refused(INVALID):
        backup.update_restore_testing_selection(
            **plan, **named, RestoreTestingSelection={"RestoreMetadataOverrides": overrides["RDS"]}
        )
    backup.update_restore_testing_selection(
        **plan, **named, RestoreTestingSelection={"RestoreMetadataOverrides": {"KMSKEYID": "alias/other"}}
    )
    for type_ in overrides:
        backup.delete_restore_testing_selection(**plan, RestoreTestingSelectionName=type_)
    backup.delete_restore_testing_plan(**plan)
