"""What IAM, CloudWatch Logs, Secrets Manager and STS refuse."""

import json
from typing import Any

import pytest

from tests.local_aws.harness import OSAKA, Aws, Refused


def trust(principal: object = None) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": principal or {"Service": "ecs-tasks.amazonaws.com"},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_role_name_taken(aws: Aws, refused: Refused) -> None:
    aws("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=trust())
    with refused("EntityAlreadyExists"):
        aws("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=trust())


@pytest.mark.parametrize(
    "document",
    [
        "{",
        json.dumps({"Version": "2012-10-17", "Statement": []}),
        json.dumps({"Version": "2011-01-01", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}),
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
            }
        ),
        trust({"AWS": "arn:aws:iam::123456789012:role/no-such-role"}),
        trust({"Service": "ecs-tasks"}),
    ],
)
def test_trust_policy(aws: Aws, refused: Refused, document: str) -> None:
    with refused("MalformedPolicyDocument"):
        aws("iam").create_role(RoleName="malformed", AssumeRolePolicyDocument=document)


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Action": "s3:GetObject"},
        {"Effect": "Allow", "Action": "GetObject", "Resource": "*"},
        {"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "my-bucket"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"},
    ],
)
def test_policy_document(aws: Aws, refused: Refused, statement: dict[str, Any]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with refused("MalformedPolicyDocument"):
        aws("iam").create_policy(PolicyName="malformed", PolicyDocument=document)


def test_attaching_an_unknown_policy(aws: Aws, refused: Refused) -> None:
    aws("iam").create_role(RoleName="attach", AssumeRolePolicyDocument=trust())
    with refused("NoSuchEntity"):
        aws("iam").attach_role_policy(
            RoleName="attach", PolicyArn="arn:aws:iam::aws:policy/NoSuchManagedPolicy"
        )


def test_deleting_a_role_with_policies(aws: Aws, refused: Refused) -> None:
    iam = aws("iam")
    iam.create_role(RoleName="with-policies", AssumeRolePolicyDocument=trust())
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
        }
    )
    iam.put_role_policy(RoleName="with-policies", PolicyName="p", PolicyDocument=document)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="with-policies")


@pytest.mark.parametrize("days", [0, 2, 29, 31, 4000])
def test_retention(aws: Aws, refused: Refused, days: int) -> None:
    aws("logs").create_log_group(logGroupName=f"retention-{days}")
    with refused("InvalidParameterException"):
        aws("logs").put_retention_policy(logGroupName=f"retention-{days}", retentionInDays=days)


def test_log_group_name_taken(aws: Aws, refused: Refused) -> None:
    aws("logs").create_log_group(logGroupName="taken")
    with refused("ResourceAlreadyExistsException"):
        aws("logs").create_log_group(logGroupName="taken")


def test_secret_replica_in_its_own_region(aws: Aws, refused: Refused) -> None:
    with refused("InvalidParameterException"):
        aws("secretsmanager").create_secret(
            Name="own-region", SecretString="x", AddReplicaRegions=[{"Region": "ap-northeast-1"}]
        )


def test_secret_replica_with_a_key_of_another_region(aws: Aws, refused: Refused) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    with refused("InvalidParameterException"):
        aws("secretsmanager").create_secret(
            Name="wrong-key", SecretString="x", AddReplicaRegions=[{"Region": OSAKA, "KmsKeyId": key}]
        )


def test_secret_name_taken(aws: Aws, refused: Refused) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name="taken", SecretString="x")
    with refused("ResourceExistsException"):
        secrets.create_secret(Name="taken", SecretString="x")
    secrets.delete_secret(SecretId="taken", RecoveryWindowInDays=7)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name="taken", SecretString="x")


@pytest.mark.parametrize("days", [6, 31])
def test_secret_recovery_window(aws: Aws, refused: Refused, days: int) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name=f"window-{days}", SecretString="x")
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId=f"window-{days}", RecoveryWindowInDays=days)


def test_secret_with_replicas_stays(aws: Aws, refused: Refused) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name="replicated", SecretString="x", AddReplicaRegions=[{"Region": OSAKA}])
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId="replicated", RecoveryWindowInDays=7)
