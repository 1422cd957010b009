"""Every policy document of every stack, judged by IAM's own table."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from operations.plan import Plan
from tests.iam_table import problems
from tests.stacks.policies_of_plans import documents

# What stays, each with the reason.
ACCEPTED: Mapping[str, str] = {}


def test_iam_knows_every_action_resource_and_condition(plans: dict[str, Plan]) -> None:
    found: dict[str, list[str]] = {}
    for each in documents(plans):
        for problem in problems(each.document):
            found.setdefault(problem, []).append(f"{each.stack}: {each.resource.type} {each.resource.name}")
    assert {problem: where for problem, where in found.items() if problem not in ACCEPTED} == {}
    assert ACCEPTED.keys() <= found.keys()


def test_no_kind_of_document_is_passed_over(plans: dict[str, Plan]) -> None:
    """What the stacks have of documents; a kind of policy that is new has to be read as well."""
    assert Counter(each.resource.type for each in documents({"prod": plans["prod"]})).keys() == {
        "aws:backup/vaultPolicy:VaultPolicy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
    }


def test_roles_that_start_tasks_may_pull_their_images(plans: dict[str, Plan]) -> None:
    """A plan knows repositories by the names that ECR gives them, else no role in it had this grant."""
    pulled = {
        (each.stack, arn)
        for each in documents(plans)
        if each.resource.name.endswith("-execution")
        for statement in each.document["Statement"]
        if "ecr:BatchGetImage" in statement["Action"]
        for arn in statement["Resource"]
    }
    own = {("prod", "ap-northeast-1"), ("dr", "ap-northeast-3"), ("staging", "ap-northeast-1")}
    for stack, region in own:
        of_images = "staging" if stack == "staging" else "prod"
        arn = f"arn:aws:ecr:{region}:123456789012:repository/mpac-{of_images}"
        assert {name for name in pulled if name[0] == stack} >= {
            (stack, f"{arn}/{service}") for service in ("svc-portal", "svc-smarttab", "mpac-pgw")
        }


ACCOUNT = "ap-northeast-1:123456789012"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({"Action": "s3:GetObjects"}, ["s3:GetObjects: no such action"]),
        ({"Action": "nothing:Get"}, ["nothing:Get: no such action"]),
        # Of a recovery point, which can be any ARN but that of a vault.
        (
            {
                "Action": "backup:CopyFromBackupVault",
                "Resource": f"arn:aws:backup:{ACCOUNT}:backup-vault:mpac",
            },
            [
                f"backup:CopyFromBackupVault: never asks for arn:aws:backup:{ACCOUNT}:backup-vault:mpac",
                "backup:CopyFromBackupVault: asks for recoveryPoint too",
            ],
        ),
        (
            {
                "Action": "backup:CopyFromBackupVault",
                "Resource": f"arn:aws:rds:{ACCOUNT}:snapshot:awsbackup:*",
            },
            [],
        ),
        (
            {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::mpac/*"},
            ["s3:ListBucket: never asks for arn:aws:s3:::mpac/*"],
        ),
        (
            {"Action": "rds:CreateDBSnapshot", "Resource": f"arn:aws:rds:{ACCOUNT}:db:mpac"},
            ["rds:CreateDBSnapshot: asks for snapshot too"],
        ),
        (
            {"Action": "kms:DescribeKey", "Condition": {"StringEquals": {"kms:EncryptionContext:a": "b"}}},
            ["kms:DescribeKey: has no kms:EncryptionContext:a"],
        ),
        ({"Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:EncryptionContext:a": "b"}}}, []),
        ({"Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}, []),
        (
            {"Action": "kms:Decrypt", "Resource": [f"arn:aws:kms:{ACCOUNT}:key/1", "arn:aws:s3:::mpac"]},
            ["arn:aws:s3:::mpac: asked for by none of kms:Decrypt"],
        ),
        ({"Action": "logs:CreateLogStream", "Resource": f"arn:aws:logs:{ACCOUNT}:log-group:/mpac:*"}, []),
    ],
    ids=lambda value: str(value["Action"]) if isinstance(value, dict) else "",
)
def test_the_judge_sees_what_is_never_granted(statement: dict[str, Any], found: list[str]) -> None:
    assert list(problems({"Statement": [{"Effect": "Allow", "Resource": "*"} | statement]})) == found
