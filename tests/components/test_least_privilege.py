"""Each role of a service is judged by IAM's rules: what it needs it may, and of a list it may nothing."""

import json
from typing import Any

import pytest

from components.compute.containers import Container
from components.compute.permissions import SecretValue
from components.compute.settings import Services
from components.compute.task import FargateTask, FargateTaskArgs
from components.storage.settings import BucketKind
from program.contract import BucketReference
from program.services import service_permissions
from tests.components.contexts import CONTEXT
from tests.components.recording import of_type, record
from tests.iam import Document, Request, allowed

ACCOUNT, REGION = "123456789012", "ap-northeast-1"
KINDS: tuple[BucketKind, ...] = ("app-apk", "receipts", "settlements", "exports", "static-assets")
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:mpac/prod/cache-AbCdEf"
OTHER_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:mpac/prod/database-AbCdEf"
KEY, OTHER_KEY = (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}" for name in ("secrets", "database"))
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mpac/prod/svc"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/mpac-prod"


def roles_of(service: str) -> tuple[Document, Document]:
    """Return the policies of a service's programs and of its start."""
    buckets = {kind: BucketReference(name=f"mpac-{kind}-prod", arn=bucket(kind)) for kind in KINDS}
    secret = SecretValue(arn=SECRET, key_arn=KEY, json_field="password")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/mpac-prod/svc:2.1.0"
    args = FargateTaskArgs(
        context=CONTEXT,
        cpu=1024,
        memory_mib=2048,
        containers=[Container(name="svc", image=image, secrets={"CACHE_PASSWORD": secret})],
        permissions=service_permissions(Services().all()[service], buckets),
    )
    policies = of_type(record(lambda: FargateTask("svc", args)), "aws:iam/rolePolicy:RolePolicy")
    programs: dict[str, Any] = {"Statement": []}
    if "svc" in policies:
        programs = json.loads(policies["svc"].inputs["policy"])
    return programs, json.loads(policies["svc-execution"].inputs["policy"])


def bucket(kind: str) -> str:
    return f"arn:aws:s3:::mpac-{kind}-prod"


def decrypt(key: str, secret: str, service: str = "secretsmanager") -> Request:
    return Request(
        "kms:Decrypt",
        key,
        {
            "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret,
        },
    )


# What the services do with documents, by service: kind -> read or write.
NEEDED = {
    "portal": {"app-apk": "write", "receipts": "read", "settlements": "read", "exports": "write"},
    "smarttab": {"receipts": "write"},
    "pgw": {"settlements": "write"},
    "frontend": {},
}
NEVER = [
    Request("s3:ListAllMyBuckets"),
    Request("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/mpac-prod-svc"),
    Request("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/mpac-prod-new"),
    Request("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/mpac-prod-svc"),
    Request("secretsmanager:GetSecretValue", OTHER_SECRET),
    Request("secretsmanager:PutSecretValue", SECRET),
    decrypt(OTHER_KEY, OTHER_SECRET),
    decrypt(KEY, OTHER_SECRET),
    Request("kms:Decrypt", KEY),
    Request("kms:Encrypt", KEY),
    Request("kms:CreateGrant", KEY),
    Request("ecr:PutImage", f"{REPOSITORY}/svc"),
    Request("ecr:BatchGetImage", f"{REPOSITORY}/other"),
    Request("ecr:CreateRepository", f"{REPOSITORY}/svc"),
    Request("logs:DeleteLogGroup", f"{LOGS}:log-stream:"),
    Request("logs:PutLogEvents", f"{LOGS}-2:log-stream:svc"),
    Request("logs:PutRetentionPolicy", f"{LOGS}:log-stream:"),
    Request("ecs:UpdateService", f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/mpac-prod-cluster/mpac-prod-svc"),
    Request("ecs:RunTask", f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/svc:1"),
    Request("ecs:ExecuteCommand", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/mpac-prod-cluster"),
    Request("ssmmessages:OpenDataChannel"),
    Request("ec2:DescribeInstances"),
    Request("rds:DeleteDBInstance", f"arn:aws:rds:{REGION}:{ACCOUNT}:db:mpac-prod"),
    Request("cloudwatch:PutMetricData"),
]
ON_EVERY_BUCKET = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:BypassGovernanceRetention",
    "s3:PutObjectAcl",
)


@pytest.mark.parametrize("service", NEEDED)
def test_programs_reach_their_documents_and_no_others(service: str) -> None:
    programs, _ = roles_of(service)
    for kind in KINDS:
        level = NEEDED[service].get(kind)
        document = f"{bucket(kind)}/2026/11/23/document.pdf"
        assert allowed([programs], Request("s3:GetObject", document)) is (level is not None), kind
        assert allowed([programs], Request("s3:PutObject", document)) is (level == "write"), kind
        for action in ON_EVERY_BUCKET:
            assert not allowed([programs], Request(action, document)), (kind, action)
        for action in ("s3:PutBucketPolicy", "s3:DeleteBucket", "s3:ListBucket", "s3:GetObject"):
            assert not allowed([programs], Request(action, bucket(kind))), (kind, action)


@pytest.mark.parametrize("service", NEEDED)
def test_only_smarttab_publishes_the_metric_that_its_scaling_tracks(service: str) -> None:
    programs, _ = roles_of(service)
    for namespace, may in (("MPAC/WebSocket", service == "smarttab"), ("MPAC/Failover", False)):
        request = Request("cloudwatch:PutMetricData", context={"cloudwatch:namespace": namespace})
        assert allowed([programs], request) is may


def test_every_service_is_in_the_table() -> None:
    assert NEEDED.keys() == Services().all().keys()


@pytest.mark.parametrize("service", NEEDED)
@pytest.mark.parametrize("request_", NEVER, ids=lambda request: f"{request.action} {request.resource}")
def test_neither_role_may(service: str, request_: Request) -> None:
    for role in roles_of(service):
        assert not allowed([role], request_)


def test_programs_read_no_secret_and_pull_nothing() -> None:
    programs, _ = roles_of("portal")
    assert not allowed([programs], Request("secretsmanager:GetSecretValue", SECRET))
    assert not allowed([programs], decrypt(KEY, SECRET))
    assert not allowed([programs], Request("ecr:GetAuthorizationToken"))


@pytest.mark.parametrize(
    "request_",
    [
        Request("ecr:GetAuthorizationToken"),
        Request("ecr:BatchGetImage", f"{REPOSITORY}/svc"),
        Request("ecr:GetDownloadUrlForLayer", f"{REPOSITORY}/svc"),
        Request("ecr:BatchCheckLayerAvailability", f"{REPOSITORY}/svc"),
        Request("secretsmanager:GetSecretValue", SECRET),
        decrypt(KEY, SECRET),
        Request("logs:CreateLogStream", f"{LOGS}:log-stream:svc/svc/1"),
        Request("logs:PutLogEvents", f"{LOGS}:log-stream:svc/svc/1"),
    ],
    ids=lambda request: request.action,
)
def test_a_task_can_start(request_: Request) -> None:
    _, start = roles_of("portal")
    assert allowed([start], request_)


def test_a_key_opens_nothing_but_through_secrets_manager() -> None:
    _, start = roles_of("portal")
    assert not allowed([start], decrypt(KEY, SECRET, service="s3"))


class TestJudge:
    """The judge itself."""

    def policy(self, **statement: Any) -> list[Document]:  # noqa: ANN401
        given = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
        return [{"Statement": [given | statement]}]

    def test_wildcards(self) -> None:
        read = Request("s3:GetObject", "arn:aws:s3:::b/x")
        assert allowed(self.policy(), read)
        assert allowed(self.policy(Action="S3:get*"), read)
        assert not allowed(self.policy(Action="s3:Put*"), read)
        assert not allowed(self.policy(Resource="arn:aws:s3:::b"), read)
        assert not allowed(self.policy(Resource="arn:aws:s3:::c/*"), read)

    def test_a_denial_wins(self) -> None:
        read = Request("s3:GetObject", "arn:aws:s3:::b/x")
        assert not allowed([*self.policy(), *self.policy(Effect="Deny", Action="*", Resource="*")], read)

    @pytest.mark.parametrize(
        ("condition", "value", "holds"),
        [
            ({"StringEquals": {"k": ["a", "b"]}}, "b", True),
            ({"StringEquals": {"K": "a"}}, "a", True),
            ({"StringEquals": {"k": "a*"}}, "ab", False),
            ({"StringLike": {"k": "a*"}}, "ab", True),
            ({"Bool": {"k": "true"}}, "True", True),
            ({"ArnLike": {"k": "arn:aws:ecs:*:1:task/*"}}, "arn:aws:ecs:x:1:task/a:b", True),
            ({"ArnLike": {"k": "arn:aws:*:1:task/a"}}, "arn:aws:ecs:x:1:task/a", False),
            ({"StringEquals": {"other": "a"}}, "a", False),
        ],
    )
    def test_conditions(self, condition: dict[str, Any], value: str, *, holds: bool) -> None:
        request = Request("s3:GetObject", "arn:aws:s3:::b/x", {"k": value})
        assert allowed(self.policy(Condition=condition), request) is holds

    def test_refuses_an_arn_that_aws_does_not_judge_by(self) -> None:
        with pytest.raises(ValueError, match="log-group:NAME:log-stream:"):
            Request("logs:PutRetentionPolicy", LOGS)

    @pytest.mark.parametrize(
        "statement",
        [
            {"NotAction": "s3:PutObject"},
            {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026"}}},
            {"Resource": "arn:aws:s3:::${aws:username}/*"},
        ],
        ids=str,
    )
    def test_refuses_to_judge_what_it_does_not_know(self, statement: dict[str, Any]) -> None:
        with pytest.raises(NotImplementedError):
            allowed(self.policy(**statement), Request("s3:GetObject", "arn:aws:s3:::b/x", {"k": "v"}))
