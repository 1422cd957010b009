"""What AWS Backup may do, and what nobody may do to its backups."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from ..context import Context
from ..iam import Statement, policy_json, trust

Frequency = Literal["daily", "weekly"]
# Tags by which plans find what they back up.
BACKUP_TAGS: Mapping[Frequency, Mapping[str, str]] = {
    "daily": {"Backup": "daily"},
    "weekly": {"Backup": "weekly"},
}

_ENCRYPTION = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def vault_policy(arn: str) -> str:
    """Let nobody delete a backup by hand or shorten its life; AWS Backup itself needs no right for it."""
    return policy_json(
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
    return json.dumps(trust("backup.amazonaws.com"))


def backup_permissions(
    context: Context,
    regions: Sequence[str],
    *,
    vault_arns: Sequence[str],
    key_arns: Sequence[str],
) -> str:
    """Let AWS Backup back up the file systems and databases of an environment, and copy backups.

    What AWS's own policy for it allows, of these two services, and of this environment where the service
    says which resource it checks:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
    """
    account_id = context.account_id
    snapshots = [f"arn:aws:rds:{region}:{account_id}:snapshot:awsbackup:*" for region in regions]
    databases = f"arn:aws:rds:{regions[0]}:{account_id}:db:{context.name('*')}"
    return policy_json(
        _allow(
            "FindByTags", ["tag:GetResources", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots"], ["*"]
        ),
        _allow(
            "BackUpFileSystems",
            ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
            [f"arn:aws:elasticfilesystem:{regions[0]}:{account_id}:file-system/*"],
            {"StringEquals": {"aws:ResourceTag/Environment": context.environment}},
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
        *_with_keys(key_arns),
    )


def restore_permissions(
    context: Context,
    *,
    subnet_group: str | None,
    key_arns: Sequence[str],
) -> str:
    """Let AWS Backup restore file systems and, given a subnet group for them, databases beside the others.

    They are deleted by AWS's own role for restore tests. What AWS's policy allows, of these two services:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
    """
    region, account_id = context.region, context.account_id
    services = [f"{service}.{region}.amazonaws.com" for service in ("backup", "elasticfilesystem", "rds")]
    return policy_json(
        *_restored_files(f"arn:aws:elasticfilesystem:{region}:{account_id}:file-system/*"),
        *(
            _restored_databases(context, f"arn:aws:rds:{region}:{account_id}", subnet_group)
            if subnet_group
            else ()
        ),
        *_with_keys(
            key_arns,
            _allow(
                "UseKeys", list(_ENCRYPTION), list(key_arns), {"StringEquals": {"kms:ViaService": services}}
            ),
        ),
    )


def _restored_files(file_systems: str) -> list[Statement]:
    """Restore to a new file system, whose id nobody chooses; what no restore test made is not deleted.

    AWS's own role for restore tests knows what it may delete by the same tag:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRolePolicyForBackupRestoreTesting.html
    """
    return [
        # Knows no resource.
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


def _restored_databases(context: Context, rds: str, subnet_group: str) -> list[Statement]:
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
                f"{rds}:pg:{context.name('*')}",
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


def _copies(snapshots: Sequence[str]) -> list[Statement]:
    """Take databases' backups from the first region to others.

    AWS checks the recovery point, which of a database is its snapshot, and not for the vault it is in:
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


def _with_keys(key_arns: Sequence[str], *use: Statement) -> list[Statement]:
    """Use keys, if there are any beside AWS's own, which let in whoever may use the service."""
    if not key_arns:
        return []
    return [
        _allow("DescribeKeys", ["kms:DescribeKey"], list(key_arns)),
        *use,
        _allow(
            "LendKeysToServices",
            ["kms:CreateGrant"],
            list(key_arns),
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _allow(
    sid: str, actions: list[str], resources: list[str], condition: Statement | None = None
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})
