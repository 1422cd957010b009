"""IAM documents of tasks, written from what a task needs."""

import re
from collections.abc import Iterable, Sequence

from ..iam import Document, document, trust
from .permissions import Permission

_ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)(?:[:@].*)?")
# Repositories of a pull-through cache, which the first pull fills.
_CACHE = re.compile(r"[^/]+-docker-hub/.+")


def task_trust(account_id: str, region: str) -> Document:
    """Let ECS assume a role, for tasks of this account and region only."""
    return trust(
        "ecs-tasks.amazonaws.com",
        {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{region}:{account_id}:*"},
        },
    )


def task_policy(permissions: Sequence[Permission]) -> Document:
    """Allow what the programs of a task need.

    Raises:
        ValueError: A permission is wider than it has to be, or has the name of another; with its name.
    """
    names = [each.sid for each in permissions]
    for each in permissions:
        if names.count(each.sid) > 1:
            # IAM refuses the document, in the middle of a deployment.
            raise ValueError(f"Permission {each.sid} is there twice: give each a name of its own.")
        if any("*" in action for action in each.actions):
            raise ValueError(f"Permission {each.sid} has a wildcard in its actions: list them.")
    return document(
        [
            {
                "Sid": each.sid,
                "Effect": "Allow",
                "Action": list(each.actions),
                "Resource": list(each.resources),
            }
            | ({"Condition": each.conditions} if each.conditions else {})
            for each in permissions
        ]
    )


def exec_permissions(log_group_arn: str) -> list[Permission]:
    """List what ECS Exec's agent needs beside the programs: its channel, and the log of its sessions."""
    return [
        Permission(
            sid="OpenEcsExecChannels",
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        ),
        Permission(sid="FindLogGroups", actions=["logs:DescribeLogGroups"], resources=["*"]),
        Permission(
            sid="LogSessions",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[f"{log_group_arn}:*"],
        ),
    ]


def execution_policy(
    *, images: Iterable[str], secrets: Iterable[tuple[str, str | None]], log_group_arn: str, region: str
) -> Document:
    """Allow what ECS does before the programs of a task run: pull, decrypt, log.

    Args:
        images: Images of the containers; those of other registries than ECR need nothing.
        secrets: ARN of each secret or parameter, and of its key unless that is AWS's own.
        log_group_arn: ARN of the log group.
        region: The region of secrets and logs.
    """
    statements: list[Document] = [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group_arn}:*",
        }
    ]
    repositories = sorted({match.groups() for image in images if (match := _ECR_IMAGE.fullmatch(image))})
    if repositories:
        arns = [f"arn:aws:ecr:{where}:{account}:repository/{name}" for account, where, name in repositories]
        caches = [arn for arn in arns if _CACHE.fullmatch(arn.partition("repository/")[2])]
        statements += _pull(arns, caches)
    for number, (secret_arn, key_arn) in enumerate(sorted(set(secrets), key=str), start=1):
        statements += _read_secret(number, secret_arn, key_arn, region)
    return document(statements)


def _pull(arns: list[str], caches: list[str]) -> list[Document]:
    statements: list[Document] = [
        # AWS cannot narrow it: the token is the registry's.
        {"Sid": "LogInToEcr", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "PullImages",
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": arns,
        },
    ]
    if caches:
        statements.append(
            {
                "Sid": "ImportUpstreamImages",
                "Effect": "Allow",
                "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
                "Resource": caches,
            }
        )
    return statements


def _read_secret(number: int, arn: str, key_arn: str | None, region: str) -> list[Document]:
    parameter = arn.startswith("arn:aws:ssm:")
    read = {
        "Sid": f"ReadSecret{number}",
        "Effect": "Allow",
        "Action": "ssm:GetParameters" if parameter else "secretsmanager:GetSecretValue",
        "Resource": arn,
    }
    if key_arn is None:
        return [read]
    decrypt = {
        "Sid": f"DecryptSecret{number}",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key_arn,
        # The key opens every secret of the stack; here it opens this one:
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
        # https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
        "Condition": {
            "StringEquals": {
                "kms:ViaService": f"{'ssm' if parameter else 'secretsmanager'}.{region}.amazonaws.com",
                f"kms:EncryptionContext:{'PARAMETER_ARN' if parameter else 'SecretARN'}": arn,
            }
        },
    }
    return [read, decrypt]
