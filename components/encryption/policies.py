"""Key policies: who administers a key, and through which AWS services it may be used."""

from collections.abc import Sequence
from types import MappingProxyType

from ..context import DataClass
from ..iam import Statement, policy_json

# Values of kms:ViaService, without the region.
_SERVICES = MappingProxyType(
    {
        DataClass.DATABASE: ("rds",),
        # ElastiCache calls KMS under both names and documents that a condition must list both.
        DataClass.CACHE: ("elasticache", "dax"),
        DataClass.FILES: ("elasticfilesystem",),
        DataClass.SECRETS: ("secretsmanager",),
        # AWS Backup copies a database snapshot through RDS, under the key of the destination vault.
        DataClass.BACKUPS: ("backup", "rds"),
        DataClass.REGISTRY: ("ecr",),
    }
)

# What AWS itself takes from one region to another: read replicas, automated backups and copies of snapshots
# by RDS, replicas of secrets by Secrets Manager. The services of both regions may then call KMS in either:
# which of the two does so on which side is not documented, and kms:ViaService names the region of the one
# that calls: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_COPIED = frozenset({DataClass.BACKUPS, DataClass.DATABASE, DataClass.SECRETS})

# Secrets Manager calls KMS each time; the others keep working in the caller's absence by a grant.
_WITHOUT_GRANTS = frozenset({DataClass.SECRETS})

# No cryptographic operation and no CreateGrant: an administrator of keys is no reader of data. The
# actions are listed because a wildcard such as kms:Create* would take CreateGrant in.
ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
)

_USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def key_policy(data_class: DataClass, account_id: str, region: str, other_regions: Sequence[str] = ()) -> str:
    """Write the policy of a key, or of its replica, in one region.

    Services of the regions that hold other replicas of the key may use it where they copy what it encrypts.

    The account's root principal stands for the account's IAM policies: they may hand on what a statement
    allows it, and nothing else. So no IAM policy, however wide, can decrypt past the services of the class.
    """
    root = {"AWS": f"arn:aws:iam::{account_id}:root"}
    statements = [_statement("AllowAdministrationByIam", root, ADMINISTRATION)]
    if data_class is DataClass.LOGS:
        statements.append(_log_groups(account_id, region))
    else:
        regions = [region, *(other_regions if data_class in _COPIED else ())]
        through_services = {
            "kms:CallerAccount": account_id,
            "kms:ViaService": [
                f"{service}.{each}.amazonaws.com" for each in regions for service in _SERVICES[data_class]
            ],
        }
        statements.append(
            _statement("AllowUseThroughServices", root, _USE, {"StringEquals": through_services})
        )
        if data_class not in _WITHOUT_GRANTS:
            condition = {"StringEquals": through_services, "Bool": {"kms:GrantIsForAWSResource": "true"}}
            statements.append(_statement("AllowGrantsToServices", root, ("kms:CreateGrant",), condition))
    return policy_json(*statements)


def _log_groups(account_id: str, region: str) -> Statement:
    """CloudWatch Logs calls KMS as itself, not through a caller, and names the log group in the context.

    A call that describes a key has no such context, and would not be allowed by this.
    """
    return _statement(
        "AllowLogGroupsOfThisAccount",
        {"Service": f"logs.{region}.amazonaws.com"},
        tuple(action for action in _USE if action != "kms:DescribeKey"),
        {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:*"
            }
        },
    )


def _statement(
    sid: str, principal: Statement, actions: tuple[str, ...], condition: Statement | None = None
) -> Statement:
    # In a key policy the resource "*" is this key, and nothing else is accepted.
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions),
        "Resource": "*",
    }
    return statement | ({"Condition": condition} if condition else {})
