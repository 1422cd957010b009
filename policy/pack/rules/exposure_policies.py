"""Policies of resources: buckets, topics, queues and others that say themselves who may use them."""

import re
from collections.abc import Iterator

from ..documents import Statement, judge_allowed, named
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import Unknown
from ..verdicts import IS_TRUE, Check, Outcome, Verdict, any_of, equals

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
PERMISSION = "aws:lambda/permission:Permission"
IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
# Types with a policy of their own, and the input that holds it. Those of KMS keys are judged with the keys.
POLICIES = {
    BUCKET: "policy",
    BUCKET_POLICY: "policy",
    "aws:sns/topic:Topic": "policy",
    TOPIC_POLICY: "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    LOG_POLICY: "policyDocument",
}
ACCOUNT, ARN, ORGANIZATION = "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrg*"
# Conditions that say who calls, so that `*` does not mean everybody.
CALLERS = ("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrg*", "aws:SourceVpc*", "aws:userid")
# What the services' own documentation puts into the policies that let them in; one of the two for all others.
SERVICE_CONDITIONS: dict[str, tuple[str, ...]] = {
    "delivery.logs.amazonaws.com": (ACCOUNT, ARN),
    "logging.s3.amazonaws.com": (ACCOUNT, ARN),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    "logdelivery.elasticloadbalancing.amazonaws.com": (ARN,),
    "route53.amazonaws.com": (ACCOUNT, ARN),
    "cloudfront.amazonaws.com": (ARN,),
}
# EventBridge publishes to a topic without either: a condition in the topic's policy would refuse it.
UNCONDITIONAL = {("events.amazonaws.com", TOPIC_POLICY), ("events.amazonaws.com", "aws:sns/topic:Topic")}


@graph_rule(
    "s3-public-access-blocked",
    BUCKET,
    BLOCK,
    ACCOUNT_BLOCK,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(
        fsbp=("S3.8",),
        cis=("3.1.4",),
        checkov=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56", "CKV2_AWS_6"),
    ),
    reason="One wrong policy or ACL opens a bucket to everybody, unless the bucket refuses it.",
    remedy="Declare s3.BucketPublicAccessBlock for the bucket, with all four arguments True.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-8",
)
def s3_public_access_blocked(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each flag is off unless it is set. That of the account, if there is one, makes up for no bucket's."""
    for bucket in graph.of(BUCKET):
        blocks, verdict = graph.companion(bucket, "bucket", BLOCK, "public access is not blocked")
        yield verdict
        for block in blocks:
            yield from _blocked(block)
    for block in graph.of(ACCOUNT_BLOCK):
        yield from _blocked(block)


def _blocked(block: Resource) -> Iterator[Verdict]:
    for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        yield block.must(flag, IS_TRUE)


@graph_rule(
    "s3-ownership-enforced",
    BUCKET,
    OWNERSHIP,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("S3.12",), checkov=("CKV2_AWS_65",)),
    reason="ACLs give objects away one by one, past the bucket's policy.",
    remedy="Declare s3.BucketOwnershipControls for the bucket, with BucketOwnerEnforced.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-12",
)
def s3_ownership_enforced(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """With the owner enforced there are no ACLs."""
    for bucket in graph.of(BUCKET):
        controls, verdict = graph.companion(bucket, "bucket", OWNERSHIP, "ACLs are not switched off")
        yield verdict
        for control in controls:
            yield control.must("rule.objectOwnership", equals("BucketOwnerEnforced"))


@resource_rule(
    "policy-not-public",
    *POLICIES,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(
        fsbp=("SNS.4", "SQS.3"), checkov=("CKV_AWS_32", "CKV_AWS_70", "CKV_AWS_168", "CKV_AWS_169")
    ),
    reason="A policy that names everybody means everybody.",
    remedy="Name accounts, roles or services in the statement's Principal, or bind it by aws:PrincipalOrgID.",
    url=f"{IAM}/reference_policies_elements_principal.html",
)
def policy_not_public(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """`*` is for refusals, and for allowances to one's own organization."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        if "NotPrincipal" in statement.body:
            yield statement.verdict("NotPrincipal", Outcome.FAIL, f"{statement.path} allows all but some")
        for path, kind, principal in statement.principals():
            if isinstance(principal, Unknown):
                yield resource.passes(path) if principal.source else resource.not_judged(path)
            elif "*" in (kind, principal):
                outcome = statement.binds(*CALLERS)
                yield statement.verdict(
                    path.removeprefix(f"{statement.path}."), outcome, f"{path} is everybody"
                )
            else:
                yield resource.passes(path)

    yield from judge_allowed(resource, [POLICIES[resource.type]], judge)


@resource_rule(
    "policy-services-scoped",
    *POLICIES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A service of AWS acts for whoever configures it; it gets what its task needs.",
    remedy="Name the actions and resources in statements that allow a service something.",
    url=f"{IAM}/best-practices.html#grant-least-privilege",
)
def policy_services_scoped(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Policies of secrets, queues and file systems stand for their one resource; others name it."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        if not _services(statement):
            return
        excluding = [part for part in ("NotAction", "NotResource") if part in statement.body]
        broad = [action for action in statement.actions() if action.endswith("*")]
        message = f"{statement.path} allows a service {named(broad) if broad else 'all but some'}"
        outcome = Outcome.FAIL if broad or excluding else Outcome.PASS
        yield statement.verdict("Action", outcome, message)
        if resource.type in (BUCKET_POLICY, TOPIC_POLICY, LOG_POLICY):
            some = Check("a resource by its ARN", lambda value: value != "*")
            for path, value in statement.values("Resource"):
                known = isinstance(value, Unknown) and value.source
                yield resource.passes(path) if known else some(resource.urn, path, value)

    yield from judge_allowed(resource, [POLICIES[resource.type]], judge)


def _services(statement: Statement) -> list[str]:
    return [str(value) for _, kind, value in statement.principals() if kind == "Service"]


@resource_rule(
    "policy-own-account",
    *POLICIES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A service acts for all customers of AWS; another one's resource must not make it use this one.",
    remedy="Bind what a service is allowed by conditions on aws:SourceAccount and aws:SourceArn.",
    url=f"{IAM}/confused-deputy.html",
)
def policy_own_account(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Each service has the conditions that its documentation demands, at least one of the two."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        for path, kind, principal in statement.principals():
            if kind != "Service" or (str(principal), resource.type) in UNCONDITIONAL:
                continue
            if isinstance(principal, Unknown):
                yield resource.not_judged(path)
                continue
            demanded = SERVICE_CONDITIONS.get(str(principal))
            for keys in [(key,) for key in demanded] if demanded else [(ACCOUNT, ARN, ORGANIZATION)]:
                message = f"{statement.path} has no condition on {' or '.join(keys)}"
                yield statement.must_bind(*keys, message=message)

    yield from judge_allowed(resource, [POLICIES[resource.type]], judge)


@resource_rule(
    "lambda-permission-scoped",
    PERMISSION,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("Lambda.1",), checkov=("CKV_AWS_301", "CKV_AWS_364")),
    reason="Whoever may invoke a function acts with its role.",
    remedy="Set principal to the caller, and source_arn to what makes the service call.",
    url=f"{SECURITY_HUB}/lambda-controls.html#lambda-1",
)
def lambda_permission_scoped(permission: Resource, _: Settings) -> Iterator[Verdict]:
    """A service calls for everybody, so the resource that makes it call is named, or its account."""
    yield permission.must("principal", Check("somebody by name", lambda value: "*" not in str(value)))
    yield permission.must(
        "action", Check("one action", lambda value: bool(re.fullmatch(r"lambda:\w+", str(value))))
    )
    principal = permission.get("principal")
    if isinstance(principal, str) and principal.endswith(".amazonaws.com"):
        scoped = [permission.must_be_given(path) for path in ("sourceArn", "sourceAccount")]
        everything = permission.get("sourceArn") == "*"
        yield permission.fails("sourceArn", "sourceArn is *") if everything else any_of(scoped)


@resource_rule(
    "lambda-url-authenticated",
    "aws:lambda/functionUrl:FunctionUrl",
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_258",)),
    reason="A function's URL is public, and asks nobody who they are unless told to.",
    remedy="Set authorization_type to AWS_IAM.",
    url="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
)
def lambda_url_authenticated(url: Resource, _: Settings) -> Iterator[Verdict]:
    """The other type is NONE."""
    yield url.must("authorizationType", equals("AWS_IAM"))
