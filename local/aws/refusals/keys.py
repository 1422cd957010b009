"""KMS keys: what their owner may do, and what services ask of a key they are given."""

from typing import Any

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.policies import lets_account, lets_service, problem_of
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_DELETION_DAYS = range(7, 31)
_ROTATION_DAYS = range(90, 2561)
_CRYPTOGRAPHIC = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "Sign",
)
# What a key pending deletion still allows:
# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
_ALWAYS_ALLOWED = (
    "CancelKeyDeletion",
    "DescribeKey",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListResourceTags",
    "PutKeyPolicy",
    "RetireGrant",
    "RevokeGrant",
)
_PENDING = ("PendingDeletion", "PendingReplicaDeletion")

# Where services take a key, and what they answer to one that they cannot use.
_KEY_PARAMETERS = {
    ("backup", "CreateBackupVault"): (("EncryptionKeyArn",), "InvalidParameterValueException"),
    ("efs", "CreateFileSystem"): (("KmsKeyId",), "BadRequest"),
    ("logs", "AssociateKmsKey"): (("kmsKeyId",), "InvalidParameterException"),
    ("logs", "CreateLogGroup"): (("kmsKeyId",), "InvalidParameterException"),
    ("secretsmanager", "CreateSecret"): (("KmsKeyId",), "EncryptionFailure"),
    ("secretsmanager", "UpdateSecret"): (("KmsKeyId",), "EncryptionFailure"),
    ("sns", "CreateTopic"): (("Attributes", "KmsMasterKeyId"), "KMSNotFound"),
}


@refuses("kms", "*")
def key_of_another_region(call: Call) -> None:
    """KMS knows the keys of its own region only, replicas included."""
    for name in ("KeyId", "TargetKeyId"):
        arn = call.params.get(name, "")
        if arn.startswith("arn:") and arn.split(":")[3] != call.region:
            raise AwsError("NotFoundException", f"Invalid arn {arn.split(':')[3]}")


@refuses("kms", "*")
def key_state(call: Call) -> None:
    """A disabled key encrypts nothing; one pending deletion can hardly be touched."""
    key = _find(call.region, call.params.get("KeyId") or call.params.get("TargetKeyId") or "")
    if key is None:
        return
    if key.key_state in _PENDING and call.operation not in _ALWAYS_ALLOWED:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and call.operation in _CRYPTOGRAPHIC:
        raise AwsError("DisabledException", f"{key.arn} is disabled.")


@refuses("kms", "CreateKey", "PutKeyPolicy", "ReplicateKey")
def policy(call: Call) -> None:
    """A key policy is well-formed and lets someone of the account change it."""
    document = call.params.get("Policy")
    if document is None:
        return
    code = "MalformedPolicyDocumentException"
    if problem := problem_of(document, principal=True, resource=True):
        raise AwsError(code, problem)
    if not call.params.get("BypassPolicyLockoutSafetyCheck") and not lets_account(
        document, "kms:PutKeyPolicy"
    ):
        raise AwsError(code, "The new key policy will not allow you to update the key policy in the future.")


@refuses("kms", "CreateAlias", "UpdateAlias", "DeleteAlias")
def reserved_alias(call: Call) -> None:
    """Aliases of AWS's own keys."""
    if call.params["AliasName"].startswith("alias/aws/"):
        raise AwsError("NotAuthorizedException", "")


@refuses("kms", "ScheduleKeyDeletion")
def deletion_window(call: Call) -> None:
    """Seven to thirty days."""
    days = call.params.get("PendingWindowInDays", _DELETION_DAYS[-1])
    if days not in _DELETION_DAYS:
        message = f"The waiting period is {_DELETION_DAYS[0]} to {_DELETION_DAYS[-1]} days, not {days}"
        raise AwsError("ValidationException", message)


@refuses("kms", "EnableKeyRotation")
def rotation(call: Call) -> None:
    """A replica is rotated with its primary, every 90 to 2560 days."""
    key = _find(call.region, call.params["KeyId"])
    days = call.params.get("RotationPeriodInDays", 365)
    if days not in _ROTATION_DAYS:
        message = f"The rotation period is {_ROTATION_DAYS[0]} to {_ROTATION_DAYS[-1]} days, not {days}"
        raise AwsError("ValidationException", message)
    if key is not None and _is_replica(key):
        raise AwsError("UnsupportedOperationException", f"{key.arn} is a replica; rotate its primary key")


@refuses("kms", "ReplicateKey")
def replication(call: Call) -> None:
    """A multi-region primary key has one replica per other region."""
    key = _find(call.region, call.params["KeyId"])
    if key is None:
        return
    if not key.multi_region or _is_replica(key):
        raise AwsError("UnsupportedOperationException", f"{key.arn} is not a multi-Region primary key")
    if _find(call.params["ReplicaRegion"], key.id) is not None:
        message = f"{key.id} has a key in {call.params['ReplicaRegion']} already"
        raise AwsError("AlreadyExistsException", message)


def key_given_to_a_service(call: Call) -> None:
    """A service uses enabled keys of its own region."""
    path, code = _KEY_PARAMETERS[(call.service, call.operation)]
    value: Any = call.params
    for name in path:
        value = value.get(name, {})
    if value:
        usable(call.region, value, code)


for _service, _operation in _KEY_PARAMETERS:
    refuses(_service, _operation)(key_given_to_a_service)


@refuses("s3", "PutBucketEncryption")
def bucket_key(call: Call) -> None:
    """A bucket's key is in the bucket's region. S3 itself finds out when the first object is put."""
    bucket = call.backend("s3").get_bucket(call.params["Bucket"])
    for rule in call.params["ServerSideEncryptionConfiguration"]["Rules"]:
        key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        if key:
            usable(bucket.region_name, key, "InvalidArgument")


@refuses("logs", "AssociateKmsKey", "CreateLogGroup")
def log_group_key(call: Call) -> None:
    """The key of a log group lets the region's CloudWatch Logs service use it."""
    if "kmsKeyId" not in call.params:
        return
    key = usable(call.region, call.params["kmsKeyId"], "InvalidParameterException")
    service = f"logs.{call.region}.amazonaws.com"
    if key is not None and not all(
        lets_service(key.policy, service, f"kms:{name}") for name in ("Encrypt", "Decrypt")
    ):
        group = call.params.get("logGroupName", "")
        message = f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{group}'"
        raise AwsError("AccessDeniedException", message)


def usable(region: str, key_id: str, code: str) -> Moto:
    """The key of that id, ARN or alias, if a service in ``region`` can use it; None for a key of AWS's own.

    Raises:
        AwsError: with ``code``, when it cannot.
    """
    if key_id.startswith("alias/aws/") or ":alias/aws/" in key_id:
        return None
    elsewhere = key_id.startswith("arn:") and key_id.split(":")[3] != region
    key = None if elsewhere else _find(region, key_id)
    if key is None:
        raise AwsError(code, f"The KMS key {key_id} does not exist in {region}")
    if key.key_state != "Enabled":
        raise AwsError(code, f"The KMS key {key_id} is {key.key_state}")
    return key


def _find(region: str, key_id: str) -> Moto:
    kms = backend("kms", region)
    name = kms.get_alias_name(kms.get_key_id(key_id))
    if name.startswith("alias/"):
        return next((key for key in kms.keys.values() if name in key.aliases), None)
    return kms.keys.get(name)


def _is_replica(key: Moto) -> bool:
    return bool(key.multi_region and key.multi_region_configuration["MultiRegionKeyType"] == "REPLICA")
