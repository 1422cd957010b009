"""What roles may do: named actions on named resources, and nothing that gives more than it says."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from ..documents import NOWHERE, Statement, allowed, judge_allowed, named
from ..graph import Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import Unknown
from ..verdicts import Check, Outcome, Verdict

ROLE = "aws:iam/role:Role"
POLICIES = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/policy:Policy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
HOLDERS = (*POLICIES, ROLE)
IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
# What AWS cannot narrow to a resource (Service Authorization Reference), and the condition that narrows it
# instead. `ecs:DescribeClusters` is here because clients ask for the default cluster without naming one.
UNSCOPABLE: tuple[tuple[str, str | None], ...] = (
    ("cloudwatch:PutMetricData", "cloudwatch:namespace"),
    ("ecs:ListServices", "ecs:cluster"),
    ("ecs:ListTasks", "ecs:cluster"),
    ("elasticfilesystem:CreateFileSystem", "elasticfilesystem:Encrypted"),
    ("autoscaling:Describe*", None),
    ("cloudwatch:Describe*", None),
    ("cloudwatch:GetMetric*", None),
    ("cloudwatch:ListMetrics", None),
    ("ec2:Describe*", None),
    ("ecr:GetAuthorizationToken", None),
    ("ecs:DescribeClusters", None),
    ("ecs:ListClusters", None),
    ("ecs:ListTaskDefinitions", None),
    ("elasticloadbalancing:Describe*", None),
    ("iam:List*", None),
    ("kms:ListAliases", None),
    ("kms:ListKeys", None),
    ("logs:DescribeLogGroups", None),
    ("rds:DescribeDB*", None),
    ("s3:ListAllMyBuckets", None),
    ("servicediscovery:DiscoverInstances", None),
    ("ssmmessages:*Channel", None),
    ("sts:DecodeAuthorizationMessage", None),
    ("sts:GetCallerIdentity", None),
    ("tag:Get*", None),
    ("xray:GetSampling*", None),
    ("xray:PutTelemetryRecords", None),
    ("xray:PutTraceSegments", None),
)
# `arn:aws:elasticfilesystem:ap-northeast-1:123456789012:file-system/*`: every resource of a kind.
_WHOLE_KIND = re.compile(
    r"arn:[^:]*:(?!s3:|execute-api:)[^:]*:[^:]*:[^:]*:(\*|[a-z-]+[/:]\*)|arn:[^:]*:s3:::\*.*"
)
# What AWS makes under names that nobody knows before: recovery points.
NAMELESS = ("backup:TagResource",)
_READS = re.compile(r"(?!s3:)[\w-]+:(Describe|List)\w*", re.IGNORECASE)
_REACHES = re.compile(r"s3:\w*(Object|Replicate)")
_GIVES_RIGHTS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)


def policy_paths(holder: Resource) -> list[str]:
    """Return the inputs that hold the permissions of a role, or a policy's own."""
    if holder.type != ROLE:
        return ["policy"]
    return [f"{path}.policy" for path, _ in holder.items("inlinePolicies")]


@resource_rule(
    "iam-actions-named",
    *HOLDERS,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("IAM.1", "IAM.21"), checkov=("CKV_AWS_62", "CKV_AWS_63")),
    reason="All actions of a service include deleting what it keeps and giving it away.",
    remedy="Name the actions in the statement's Action.",
    url=f"{SECURITY_HUB}/iam-controls.html#iam-21",
)
def iam_actions_named(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """`s3:Get*` is a choice; `s3:*`, `s3:*Object*` and `*` are none."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        named_action = Check("actions by name", lambda value: bool(re.match(r"[\w-]+:[A-Za-z]", str(value))))
        for path, action in statement.values("Action"):
            yield named_action(holder.urn, path, action)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-no-exclusions",
    *HOLDERS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="An allowance of all but some things grows with every service that AWS adds.",
    remedy="Replace NotAction and NotResource of the statement by Action and Resource.",
    url=f"{IAM}/reference_policies_elements_notaction.html",
)
def iam_no_exclusions(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """A refusal may name exceptions; an allowance may not."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        excluding = [part for part in ("NotAction", "NotResource") if part in statement.body]
        for part in excluding:
            yield statement.verdict(part, Outcome.FAIL, f"{statement.path} allows all but what {part} names")
        if not excluding:
            yield holder.passes(statement.path)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-resources-named",
    *HOLDERS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("KMS.1", "KMS.2"), checkov=("CKV_AWS_289", "CKV_AWS_355")),
    reason="A permission on all resources reaches those of other environments and those to come.",
    remedy="Name the resources in the statement's Resource, or bind a whole kind by a condition on its tags.",
    url=f"{IAM}/best-practices.html#grant-least-privilege",
)
def iam_resources_named(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """`*` is for actions that AWS cannot narrow; a whole kind of resource needs a condition, or is listed."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        for path, value in statement.values("Resource"):
            if isinstance(value, Unknown) and not value.source:
                yield holder.not_judged(path)
            elif isinstance(value, str) and value and not value.strip("*"):
                yield from _everything(statement, path)
            elif isinstance(value, str) and _WHOLE_KIND.fullmatch(value):
                yield _whole_kind(statement, path)
            else:
                yield holder.passes(path)

    yield from judge_allowed(holder, policy_paths(holder), judge)


def _everything(statement: Statement, path: str) -> Iterator[Verdict]:
    narrow = []
    for action in statement.actions():
        keys = [key for pattern, key in UNSCOPABLE if fnmatchcase(action.lower(), pattern.lower())]
        if not keys:
            narrow.append(action)
        elif keys[0]:
            message = f"{path} is * for {named([action])} without a condition on {keys[0]}"
            yield statement.must_bind(keys[0], message=message)
    message = f"{path} is * for {named(narrow)}"
    yield statement.resource.fails(path, message) if narrow else statement.resource.passes(path)


def _whole_kind(statement: Statement, path: str) -> Verdict:
    changing = [
        action for action in statement.actions() if not _READS.fullmatch(action) and action not in NAMELESS
    ]
    if not changing:
        return statement.resource.passes(path)
    services = {action.partition(":")[0] for action in changing}
    keys = ("aws:ResourceTag/*", "aws:RequestTag/*", *(f"{service}:*" for service in services))
    message = f"{path} is every resource of a kind for {named(changing)} without a condition on their tags"
    return statement.must_bind(*keys, message=message)


@resource_rule(
    "iam-pass-role-scoped",
    *HOLDERS,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_286",)),
    reason="Whoever may hand any role to any service has the rights of all roles.",
    remedy="Bind the statement by a condition on iam:PassedToService, beside the roles in its Resource.",
    url=f"{IAM}/id_roles_use_passrole.html",
)
def iam_pass_role_scoped(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """The service that receives the role is part of the permission."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        if statement.actions("iam:PassRole"):
            message = f"{statement.path} lets any service be given the role"
            yield statement.must_bind("iam:PassedToService", message=message)
        else:
            yield holder.passes(statement.path)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-no-escalation",
    *HOLDERS,
    severity=Severity.HIGH,
    reach=Reach.ADVISORY,
    controls=Controls(checkov=("CKV_AWS_286", "CKV_AWS_289")),
    reason="Whoever can write permissions has all of them.",
    remedy="Bind the statement by a condition on iam:PermissionsBoundary.",
    url=f"{IAM}/access_policies_boundaries.html",
)
def iam_no_escalation(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """A permissions boundary limits what can be given on."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        giving = statement.actions(*_GIVES_RIGHTS)
        if giving:
            message = f"{statement.path} allows {named(giving)} without a permissions boundary"
            yield statement.must_bind("iam:PermissionsBoundary", message=message)
        else:
            yield holder.passes(statement.path)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-grants-for-services",
    *HOLDERS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A grant lends a key to anybody, past every policy.",
    remedy='Bind the statement by the condition Bool {"kms:GrantIsForAWSResource": "true"}.',
    url="https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
)
def iam_grants_for_services(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """Services of AWS lend themselves keys; programs need not."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        if statement.actions("kms:CreateGrant"):
            message = f"{statement.path} lets a key be lent to anybody"
            yield statement.must_bind("kms:GrantIsForAWSResource", value="true", message=message)
        else:
            yield holder.passes(statement.path)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-listing-as-reading",
    *HOLDERS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="Names of objects tell of customers, so nobody lists what they may not read.",
    remedy="Bind the statement by a condition on s3:prefix, as wide as the objects in s3:GetObject.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html",
)
def iam_listing_as_reading(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """Whoever reads or writes all objects of a bucket may list it without a prefix."""
    found = list(allowed(holder, policy_paths(holder)))
    unread = any(isinstance(item, Verdict) for item in found)
    reachable = {
        objects
        for item in found
        if isinstance(item, Statement) and any(_REACHES.match(action) for action in item.actions())
        for objects in item.text("Resource")
    }

    def judge(statement: Statement) -> Iterator[Verdict]:
        listing = statement.actions("s3:ListBucket", "s3:ListBucketVersions")
        buckets = statement.text("Resource") if listing else []
        outcome = statement.binds("s3:prefix")
        if all(f"{bucket}/*" in reachable for bucket in buckets):
            outcome = Outcome.PASS
        elif outcome is Outcome.FAIL and (unread or NOWHERE in reachable | set(buckets)):
            outcome = Outcome.NOT_JUDGED
        message = f"{statement.path} lists more than what can be read"
        yield statement.verdict("Condition", outcome, message)

    yield from judge_allowed(holder, policy_paths(holder), judge)


@resource_rule(
    "iam-mounts-by-access-point",
    *HOLDERS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A mount past the access points sees the files of every service, as any user.",
    remedy="Bind the statement by conditions on elasticfilesystem:AccessPointArn and aws:SecureTransport.",
    url="https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html",
)
def iam_mounts_by_access_point(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """A client mounts through its access point, over TLS."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        names = [f"elasticfilesystem:Client{what}" for what in ("Mount", "Write", "RootAccess")]
        if not statement.actions(*names):
            yield holder.passes(statement.path)
            return
        message = f"{statement.path} lets a file system be mounted without its access point"
        yield statement.must_bind("elasticfilesystem:AccessPointArn", message=message)
        message = f"{statement.path} lets a file system be mounted without TLS"
        yield statement.must_bind("aws:SecureTransport", value="true", message=message)

    yield from judge_allowed(holder, policy_paths(holder), judge)
