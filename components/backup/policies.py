"""What AWS Backup may do, and what nobody may do to its backups."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

Frequency = Literal["daily", "weekly"]
# Tags by which plans find what they back up.
BACKUP_TAGS: Mapping[Frequency, Mapping[str, str]] = {
    "daily": {"Backup": "daily"},
    "weekly": {"Backup": "weekly"},
}
Statement = dict[str, Any]

_ENCRYPTION = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def vault_policy(arn: str) -> str:
    """Let nobody delete a backup by hand or shorten its life; AWS Backup itself needs no leave for it."""
    return _policy(
        {
            "Sid": "RefuseDeletionByHand",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
            "Resource": "*",
        },
        {
            "Sid": "RefuseOtherAccounts",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["backup:CopyIntoBackupVault"],
            "Resource": arn,
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": arn.split(":")[4]}},
        },
    )


def backup_trust() -> str:
    """Let AWS Backup use the role.

    Without a condition, for AWS documents none: who may hand the role to a plan is said by `iam:PassRole`.
    """
    return _policy(
        {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )


def backup_permissions(
    environment: str,
    account_id: str,
    regions: Sequence[str],
    *,
    vault_arns: Sequence[str],
    key_arns: Sequence[str],
) -> str:
    """Let AWS Backup back up the file systems and databases of an environment, and copy backups.

    What AWS's own policy for it allows, of these two services, and of this environment where the service
    says for which resource it asks:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
    """
    snapshots = [f"arn:aws:rds:{region}:{account_id}:snapshot:awsbackup:*" for region in regions]
    databases = f"arn:aws:rds:{regions[0]}:{account_id}:db:mpac-{environment}-*"
    return _policy(
        _allow(
            "FindByTags", ["tag:GetResources", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots"], ["*"]
        ),
        _allow(
            "BackUpFileSystems",
            ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
            [f"arn:aws:elasticfilesystem:{regions[0]}:{account_id}:file-system/*"],
            {"StringEquals": {"aws:ResourceTag/Environment": environment}},
        ),
        _allow("SnapshotDatabases", ["rds:CreateDBSnapshot"], [databases, *snapshots]),
        _allow("ReadTagsOfDatabases", ["rds:ListTagsForResource"], [databases, *snapshots]),
        _allow(
            "KeepSnapshots",
            ["rds:AddTagsToResource", "rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"],
            snapshots,
        ),
        _allow("FillVaults", ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"], list(vault_arns)),
        *_copies(snapshots),
        # A backup of a file system gets the tags of its source, or is not made:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/troubleshooting.html
        _allow(
            "TagBackups",
            ["backup:TagResource"],
            [f"arn:aws:backup:{region}:{account_id}:recovery-point:*" for region in regions],
        ),
        # RDS and AWS Backup do what they do with a key by a grant.
        _allow("DescribeKeys", ["kms:DescribeKey"], list(key_arns)),
        _lend_keys(key_arns),
    )


def restore_permissions(
    environment: str,
    account_id: str,
    region: str,
    *,
    subnet_group: str | None,
    key_arns: Sequence[str],
) -> str:
    """Let AWS Backup restore file systems and, given a subnet group for them, databases beside the others.

    They are deleted by AWS's own role for restore tests. What AWS's policy allows, of these two services:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
    """
    services = [f"{service}.{region}.amazonaws.com" for service in ("backup", "elasticfilesystem", "rds")]
    return _policy(
        *_restored_files(f"arn:aws:elasticfilesystem:{region}:{account_id}:file-system/*"),
        *(
            _restored_databases(environment, f"arn:aws:rds:{region}:{account_id}", subnet_group)
            if subnet_group
            else ()
        ),
        _allow("DescribeKeys", ["kms:DescribeKey"], list(key_arns)),
        _allow("UseKeys", list(_ENCRYPTION), list(key_arns), {"StringEquals": {"kms:ViaService": services}}),
        _lend_keys(key_arns),
    )


def _restored_files(file_systems: str) -> list[Statement]:
    """Restore to a new file system, whose id nobody chooses; what no restore test made is not deleted.

    AWS's own role for restore tests knows what it may delete by the same tag:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRolePolicyForBackupRestoreTesting.html
    """
    return [
        # Asks for no resource.
        _allow(
            "CreateFileSystems",
            ["elasticfilesystem:CreateFileSystem"],
            ["*"],
            {"Bool": {"elasticfilesystem:Encrypted": "true"}},
        ),
        # What is in a file system is not overwritten, wherever a backup is restored to:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-efs.html
        _allow(
            "RestoreFileSystems",
            [
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:Restore",
                "elasticfilesystem:TagResource",
            ],
            [file_systems],
        ),
        _allow(
            "DeleteRestoredFileSystems",
            ["elasticfilesystem:DeleteFileSystem"],
            [file_systems],
            {"Null": {"aws:ResourceTag/awsbackup-restore-test": "false"}},
        ),
    ]


def _restored_databases(environment: str, rds: str, subnet_group: str) -> list[Statement]:
    """Restore databases under names that no other has."""
    return [
        _allow("SeeDatabases", ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots"], ["*"]),
        _allow(
            "RestoreDatabases",
            ["rds:RestoreDBInstanceFromDBSnapshot"],
            [
                f"{rds}:db:awsbackup-restore-test-*",
                f"{rds}:snapshot:awsbackup:*",
                f"{rds}:subgrp:{subnet_group}",
                f"{rds}:pg:mpac-{environment}-*",
                f"{rds}:og:default:*",
            ],
        ),
        _allow(
            "KeepRestoredDatabases",
            ["rds:AddTagsToResource", "rds:DeleteDBInstance", "rds:ListTagsForResource"],
            [f"{rds}:db:awsbackup-restore-test-*"],
        ),
    ]


def failures(role_arn: str) -> dict[str, object]:
    """Match what AWS Backup could not do, or only in part, in the name of a role."""
    failed = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"]
    return {
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
        "detail": {"iamRoleArn": [role_arn], "$or": [{"state": failed}, {"status": failed}]},
    }


def role_arn(account_id: str, role_name: str) -> str:
    """Write the ARN of a role."""
    return f"arn:aws:iam::{account_id}:role/{role_name}"


def resolved(values: Sequence[pulumi.Input[str]]) -> pulumi.Output[list[str]]:
    """Wait for all values."""
    return pulumi.Output.all(*values).apply(lambda known: [str(value) for value in known])


def _copies(snapshots: Sequence[str]) -> list[Statement]:
    """Take databases' backups from the first region to others.

    AWS asks for the recovery point, which of a database is its snapshot, and not for the vault it is in:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
    A role that copies between regions must be able to look at AWS Backup's own keys as well:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
    """
    own, *others = snapshots
    if not others:
        return []
    account = own.split(":")[4]
    return [
        _allow("CopyBackups", ["backup:CopyFromBackupVault"], [own]),
        _allow(
            "DescribeKeysOfAwsBackup",
            ["kms:DescribeKey"],
            [f"arn:aws:kms:{each.split(':')[3]}:{account}:key/*" for each in snapshots],
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/aws/backup"}},
        ),
    ]


def _lend_keys(key_arns: Sequence[str]) -> Statement:
    return _allow(
        "LendKeysToServices",
        ["kms:CreateGrant"],
        list(key_arns),
        {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _allow(
    sid: str, actions: list[str], resources: list[str], condition: Statement | None = None
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def _policy(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
