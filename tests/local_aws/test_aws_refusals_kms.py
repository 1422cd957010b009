"""What KMS refuses, and the services that are given a key they cannot use."""

import json
from typing import Any

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Refused, Server

OWN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def key(aws: Aws, region: str = TOKYO, **settings: object) -> str:
    return str(aws("kms", region).create_key(**settings)["KeyMetadata"]["Arn"])


@pytest.mark.parametrize(
    "document",
    [
        policy({**OWN, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}),
        policy({**OWN, "Action": ["kms:Encrypt", "kms:Decrypt"]}),
        policy({**OWN, "Principal": {"Service": "logs.ap-northeast-1.amazonaws.com"}}),
        policy(),
        "no json",
    ],
)
def test_policy_that_locks_everyone_out(aws: Aws, refused: Refused, document: str) -> None:
    kms = aws("kms")
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=document)
    existing = key(aws, MultiRegion=True)
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=existing, PolicyName="default", Policy=document)
    with refused("MalformedPolicyDocumentException"):
        kms.replicate_key(KeyId=existing, ReplicaRegion=OSAKA, Policy=document)


def test_policy_check_can_be_bypassed(aws: Aws) -> None:
    aws("kms").create_key(
        Policy=policy({**OWN, "Action": "kms:Describe*"}), BypassPolicyLockoutSafetyCheck=True
    )


def test_policy_for_a_missing_role(aws: Aws, refused: Refused) -> None:
    document = policy(OWN, {**OWN, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/missing"}})
    with refused("MalformedPolicyDocumentException"):
        aws("kms").create_key(Policy=document)


def test_alias_taken(aws: Aws, refused: Refused) -> None:
    aws("kms").create_alias(AliasName="alias/taken", TargetKeyId=key(aws))
    with refused("AlreadyExistsException"):
        aws("kms").create_alias(AliasName="alias/taken", TargetKeyId=key(aws))
    aws("kms", OSAKA).create_alias(AliasName="alias/taken", TargetKeyId=key(aws, OSAKA))


def test_reserved_alias(aws: Aws, refused: Refused) -> None:
    with refused("NotAuthorizedException"):
        aws("kms").create_alias(AliasName="alias/aws/mine", TargetKeyId=key(aws))


@pytest.mark.parametrize("days", [6, 31])
def test_deletion_window(aws: Aws, refused: Refused, days: int) -> None:
    with refused("ValidationException"):
        aws("kms").schedule_key_deletion(KeyId=key(aws).split("/")[-1], PendingWindowInDays=days)


@pytest.mark.parametrize("days", [89, 2561])
def test_rotation_period(aws: Aws, server: Server, refused: Refused, days: int) -> None:
    with refused("ValidationException"):
        server.client("kms", parameter_validation=False).enable_key_rotation(
            KeyId=key(aws), RotationPeriodInDays=days
        )


def test_key_of_another_region(aws: Aws, refused: Refused) -> None:
    arn = key(aws, MultiRegion=True)
    aws("kms").replicate_key(KeyId=arn, ReplicaRegion=OSAKA)
    with refused("NotFoundException"):
        aws("kms", OSAKA).describe_key(KeyId=arn)


def test_replica_of_a_single_region_key(aws: Aws, refused: Refused) -> None:
    with refused("UnsupportedOperationException"):
        aws("kms").replicate_key(KeyId=key(aws), ReplicaRegion=OSAKA)


def test_second_replica_in_a_region(aws: Aws, refused: Refused) -> None:
    arn = key(aws, MultiRegion=True)
    aws("kms").replicate_key(KeyId=arn, ReplicaRegion=OSAKA)
    for region in (OSAKA, TOKYO):
        with refused("AlreadyExistsException"):
            aws("kms").replicate_key(KeyId=arn, ReplicaRegion=region)


def test_replica_of_a_replica(aws: Aws, refused: Refused) -> None:
    arn = key(aws, MultiRegion=True)
    aws("kms").replicate_key(KeyId=arn, ReplicaRegion=OSAKA)
    with refused("UnsupportedOperationException"):
        aws("kms", OSAKA).replicate_key(KeyId=arn.split("/")[-1], ReplicaRegion="us-east-1")


def test_rotation_of_a_replica(aws: Aws, refused: Refused) -> None:
    arn = key(aws, MultiRegion=True)
    aws("kms").replicate_key(KeyId=arn, ReplicaRegion=OSAKA)
    with refused("UnsupportedOperationException"):
        aws("kms", OSAKA).enable_key_rotation(KeyId=arn.split("/")[-1])


def test_primary_waits_for_its_replicas(aws: Aws) -> None:
    arn = key(aws, MultiRegion=True)
    key_id = arn.split("/")[-1]
    aws("kms").replicate_key(KeyId=arn, ReplicaRegion=OSAKA)
    aws("kms", OSAKA).schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    aws("kms").schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    state = aws("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    assert state == "PendingReplicaDeletion"


def test_disabled_key(aws: Aws, refused: Refused) -> None:
    arn = key(aws)
    aws("kms").disable_key(KeyId=arn.split("/")[-1])
    with refused("DisabledException"):
        aws("kms").encrypt(KeyId=arn, Plaintext=b"x")
    with refused("EncryptionFailure"):
        aws("secretsmanager").create_secret(Name="disabled-key", SecretString="x", KmsKeyId=arn)


def test_key_pending_deletion(aws: Aws, refused: Refused) -> None:
    arn = key(aws)
    aws("kms").schedule_key_deletion(KeyId=arn.split("/")[-1], PendingWindowInDays=7)
    with refused("KMSInvalidStateException"):
        aws("kms").generate_data_key(KeyId=arn, KeySpec="AES_256")
    with refused("KMSInvalidStateException"):
        aws("kms").create_alias(AliasName="alias/pending", TargetKeyId=arn)


@pytest.mark.parametrize(
    ("service", "operation", "settings", "code"),
    [
        ("secretsmanager", "create_secret", {"Name": "k", "SecretString": "x"}, "EncryptionFailure"),
        ("logs", "create_log_group", {"logGroupName": "k"}, "InvalidParameterException"),
        ("efs", "create_file_system", {"CreationToken": "k", "Encrypted": True}, "BadRequest"),
        ("sns", "create_topic", {"Name": "k"}, "KMSNotFound"),
    ],
)
@pytest.mark.parametrize("region", [OSAKA, None])
def test_services_need_a_key_of_their_region(  # noqa: PLR0917 - one per column of the table
    aws: Aws, refused: Refused, service: str, operation: str, settings: dict[str, Any], code: str, region: str
) -> None:
    missing = f"arn:aws:kms:{TOKYO}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
    arn = key(aws, region) if region else missing
    member = {"logs": {"kmsKeyId": arn}, "sns": {"Attributes": {"KmsMasterKeyId": arn}}}
    with refused(code):
        getattr(aws(service), operation)(**settings, **member.get(service, {"KmsKeyId": arn}))


def test_bucket_encryption_with_a_key_of_another_region(aws: Aws, refused: Refused) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="wrong-key", CreateBucketConfiguration={"LocationConstraint": TOKYO})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key(aws, OSAKA)}
    with refused("InvalidArgument"):
        s3.put_bucket_encryption(
            Bucket="wrong-key",
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        )


def logs_statement(region: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
    }


def test_log_group_whose_key_does_not_let_the_service_in(aws: Aws, refused: Refused) -> None:
    logs = aws("logs")
    for document in (policy(OWN), policy(OWN, logs_statement(OSAKA))):
        with refused("AccessDeniedException"):
            logs.create_log_group(logGroupName="closed", kmsKeyId=key(aws, Policy=document))
    logs.create_log_group(logGroupName="closed")
    with refused("AccessDeniedException"):
        logs.associate_kms_key(logGroupName="closed", kmsKeyId=key(aws))
    logs.create_log_group(logGroupName="open", kmsKeyId=key(aws, Policy=policy(OWN, logs_statement(TOKYO))))
