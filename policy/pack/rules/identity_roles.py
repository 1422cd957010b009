"""Who may become a role, for how long, and which roles programs have."""

import re
from collections.abc import Iterator
from typing import Any

from ..documents import Statement, allowed, judge_allowed
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, read
from ..verdicts import Check, Outcome, Verdict, at_most
from .identity_permissions import POLICIES, ROLE, policy_paths

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
ACCOUNT, ARN = "aws:SourceAccount", "aws:SourceArn"
# What the services' own documentation puts into the trust of their roles. Those that send neither are not
# here: AWS Backup, S3 replication.
TRUST_CONDITIONS = {
    "ecs-tasks.amazonaws.com": (ACCOUNT, ARN),
    "monitoring.rds.amazonaws.com": (ACCOUNT, ARN),
    "vpc-flow-logs.amazonaws.com": (ACCOUNT, ARN),
    "events.amazonaws.com": (ACCOUNT,),
    "lambda.amazonaws.com": (ACCOUNT,),
    "scheduler.amazonaws.com": (ACCOUNT,),
}
# Programs of one's own run under these, and AWS's policies for AWS Backup name the services through which it
# decrypts (AWSBackupServiceRolePolicyForRestores); other services decrypt on their own behalf.
_DECRYPTING = {"backup.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"}
_TRUST_ACTIONS = re.compile(
    r"sts:(AssumeRole(WithSAML|WithWebIdentity)?|TagSession|SetSourceIdentity|SetContext)"
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_ACCOUNT = re.compile(r"\d{12}|arn:[^:]*:iam::\d{12}:root")
_BROAD = re.compile(r".*/(AdministratorAccess.*|PowerUserAccess|IAMFullAccess|\w*FullAccess\w*)")


@resource_rule(
    "iam-trust-named",
    ROLE,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_60", "CKV_AWS_61")),
    reason="Whoever a role trusts has all its permissions.",
    remedy="Name the service, role or identity provider in the Principal of assume_role_policy.",
    url=f"{IAM}/reference_policies_elements_principal.html",
)
def iam_trust_named(role: Resource, _: Settings) -> Iterator[Verdict]:
    """A whole account or an identity provider needs a condition that says who of it."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        for path, action in statement.values("Action"):
            known = Check(
                "an action that assumes roles", lambda value: bool(_TRUST_ACTIONS.fullmatch(str(value)))
            )
            yield known(role.urn, path, action)
        if "NotPrincipal" in statement.body or not statement.principals():
            yield statement.verdict("Principal", Outcome.FAIL, f"{statement.path} names nobody")
        for path, kind, principal in statement.principals():
            yield _trusted(statement, path, kind, principal)

    yield from judge_allowed(role, ["assumeRolePolicy"], judge)


def _trusted(statement: Statement, path: str, kind: str, principal: Any) -> Verdict:
    role = statement.resource
    text = str(principal)
    if isinstance(principal, Unknown) and kind != "Federated":
        return role.passes(path) if principal.source else role.not_judged(path)
    if kind == "*" or "*" in text:
        return role.fails(path, f"{path} trusts everybody")
    if kind == "Service":
        return Check("a service of AWS", lambda value: bool(_SERVICE.fullmatch(value)))(role.urn, path, text)
    if kind == "Federated" or _ACCOUNT.fullmatch(text):
        # The audience alone is the same for every user of the provider.
        keys = ("*:sub", "SAML:sub", "sts:ExternalId", "aws:Principal*", "*:repository*", "*:amr")
        message = f"{path} trusts everybody of an account or identity provider"
        return statement.must_bind(*keys, message=message)
    return role.passes(path)


@resource_rule(
    "iam-trust-own-account",
    ROLE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A service acts for all customers of AWS; another one's resource must not make it use this role.",
    remedy="Bind the statement of assume_role_policy by conditions on aws:SourceAccount and aws:SourceArn.",
    url=f"{IAM}/confused-deputy.html",
)
def iam_trust_own_account(role: Resource, _: Settings) -> Iterator[Verdict]:
    """Each service has the conditions that its documentation demands."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        services = {str(value) for _, kind, value in statement.principals() if kind == "Service"}
        keys = {key for service in services for key in TRUST_CONDITIONS.get(service, ())}
        for key in sorted(keys):
            message = f"{statement.path} has no condition on {key}"
            yield statement.must_bind(key, message=message)
        if not keys:
            yield role.passes(statement.path)

    yield from judge_allowed(role, ["assumeRolePolicy"], judge)


@resource_rule(
    "iam-session-duration",
    ROLE,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    reason="Stolen credentials of a role work until its session ends.",
    remedy="Leave max_session_duration at 3600, or raise the pack's roleSessionSeconds.",
    url=f"{IAM}/id_roles_manage_update-role-settings.html",
)
def iam_session_duration(role: Resource, settings: Settings) -> Iterator[Verdict]:
    """AWS gives an hour by default."""
    value = role.get("maxSessionDuration")
    check = at_most(settings.role_session_seconds)
    yield check(role.urn, "maxSessionDuration", 3600 if value is ABSENT else value)


@resource_rule(
    "iam-no-broad-attachments",
    *ATTACHMENTS,
    ROLE,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("IAM.1",), checkov=("CKV_AWS_274",)),
    reason="AWS's policies for administrators open every resource of the account.",
    remedy="Attach a policy that names actions and resources in place of policy_arn.",
    url=f"{SECURITY_HUB}/iam-controls.html#iam-1",
)
def iam_no_broad_attachments(holder: Resource, _: Settings) -> Iterator[Verdict]:
    """Administrators' policies, and those for all of a service."""
    narrow = Check("no policy for all of a service", lambda value: not _BROAD.fullmatch(str(value)))
    if holder.type != ROLE:
        # A policy that is not known yet, but comes from a resource, is judged as that resource.
        value = holder.get("policyArn")
        known = isinstance(value, Unknown) and bool(value.source or holder.references.get("policyArn"))
        yield holder.passes("policyArn") if known else narrow(holder.urn, "policyArn", value)
        return
    for path, arn in holder.items("managedPolicyArns"):
        yield narrow(holder.urn, path, arn)


@graph_rule(
    "iam-decrypt-through-services",
    *POLICIES,
    ROLE,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A program that may decrypt anything under a key can read copies of data that it cannot reach.",
    remedy="Bind kms:Decrypt by a condition on kms:ViaService or on the encryption context.",
    url="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
)
def iam_decrypt_through_services(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Programs of one's own and AWS Backup are meant: other services decrypt on their own behalf."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        if statement.actions("kms:Decrypt", "kms:ReEncryptFrom"):
            message = f"{statement.path} decrypts anything under a key"
            yield statement.must_bind("kms:ViaService", "kms:EncryptionContext*", message=message)
        else:
            yield statement.resource.passes(statement.path)

    for holder in graph.of("aws:iam/rolePolicy:RolePolicy", ROLE):
        roles = [holder] if holder.type == ROLE else graph.targets(holder, "role", ROLE)
        if not roles and isinstance(holder.get("role"), Unknown):
            yield holder.not_judged("role")
        for role in roles:
            for item in allowed(role, ["assumeRolePolicy"]):
                if isinstance(item, Verdict):
                    yield holder.not_judged("role", "who has the role is not known yet")
                elif _DECRYPTING & {str(value) for _, _, value in item.principals()}:
                    yield from judge_allowed(holder, policy_paths(holder), judge)


@graph_rule(
    "ecs-task-roles-separate",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_249",)),
    reason="The role that starts a task reads all its secrets; its programs need not.",
    remedy="Set execution_role_arn and task_role_arn to two roles.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html",
)
def ecs_task_roles_separate(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Every task has both, and they are not the same."""
    for task in graph.of(TASK):
        missing = [path for path in ("executionRoleArn", "taskRoleArn") if not task.has(path)]
        for path in missing:
            yield task.fails(path, f"{path} is not set")
        if not missing:
            yield _separate(graph, task)


def _separate(graph: Graph, task: Resource) -> Verdict:
    start, run = (read(task.inputs, path) for path in ("executionRoleArn", "taskRoleArn"))
    starts, runs = (graph.targets(task, path, ROLE) for path in ("executionRoleArn", "taskRoleArn"))
    unknown = isinstance(start, Unknown) or isinstance(run, Unknown)
    if unknown and not (starts and runs):
        return task.not_judged("taskRoleArn")
    same = starts == runs if starts and runs else start == run
    message = "taskRoleArn is the role that starts the task"
    return task.fails("taskRoleArn", message) if same else task.passes("taskRoleArn")
