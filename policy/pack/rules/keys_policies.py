"""KMS keys: who may do what with them."""

import re
from collections.abc import Iterator

from ..documents import Statement, judge_allowed
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import Unknown
from ..verdicts import IS_SET, Outcome, Verdict
from .keys import GUIDE, KEY_POLICY, KEYS, POLICIES

ACCOUNT = re.compile(r"arn:[\w-]+:iam::\d{12}:root|\d{12}")
EVERYTHING = re.compile(r"(kms:)?\*+", re.IGNORECASE)
USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
)
# Services that say for whom they use a key. Those that publish alarms (CloudWatch, EventBridge) do not.
SAYING_FOR_WHOM = re.compile(r"(logs|delivery\.logs|cloudtrail|cloudfront|s3)\.([\w-]+\.)?amazonaws\.com")
FOR_WHOM = ("aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:*", "kms:CallerAccount")


@graph_rule(
    "kms-policy-explicit",
    *POLICIES,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV2_AWS_64",)),
    reason="The policy that AWS gives a key by default lets every administrator of the account decrypt.",
    remedy="Set policy.",
    url=f"{GUIDE}/key-policy-default.html",
)
def kms_policy_explicit(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In the key, or beside it."""
    for key in graph.of(*KEYS):
        verdict = key.must("policy", IS_SET)
        if verdict.outcome is Outcome.FAIL:
            beside = graph.companion(key, "keyId", KEY_POLICY, verdict.message)[1]
            verdict = Verdict(urn=key.urn, path="policy", outcome=beside.outcome, message=beside.message)
        yield verdict


@resource_rule(
    "kms-policy-principals",
    *POLICIES,
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("KMS.5",), checkov=("CKV_AWS_33",)),
    reason="Whoever may use a key reads what it encrypts.",
    remedy="Name accounts, roles and services as Principal: an account instead of '*' with a condition.",
    url=f"{SECURITY_HUB}/kms-controls.html#kms-5",
)
def kms_policy_principals(key: Resource, _: Settings) -> Iterator[Verdict]:
    """No `*`, be it with conditions: one of them taken away would open the key to the world."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        principals = statement.principals()
        if not principals:
            message = f"{statement.path} names no Principal"
            yield statement.verdict("Principal", Outcome.FAIL, message)
        for path, _kind, value in principals:
            if isinstance(value, Unknown) and not value.source:
                yield key.not_judged(path)
            elif value == "*":
                yield key.fails(path, f"{path} is everybody")
            else:
                yield key.passes(path)

    return judge_allowed(key, ["policy"], judge)


@resource_rule(
    "kms-policy-actions",
    *POLICIES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="Who manages a key need not be able to decrypt with it, and the other way round.",
    remedy="List the actions of administration and of use, each in a statement of its own.",
    url=f"{GUIDE}/key-policy-overview.html",
)
def kms_policy_actions(key: Resource, _: Settings) -> Iterator[Verdict]:
    """No `kms:*`, and no statement that allows all but some actions."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        values = statement.values("Action")
        if not values:
            yield statement.verdict("Action", Outcome.FAIL, f"{statement.path} names no Action")
        for path, value in values:
            if EVERYTHING.fullmatch(str(value)):
                yield key.fails(path, f"{path} is every action")
            else:
                yield key.passes(path)

    return judge_allowed(key, ["policy"], judge)


@resource_rule(
    "kms-policy-through-services",
    *POLICIES,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="What a whole account may do with a key, each of its roles with wide rights may do anywhere.",
    remedy="Bind use by an account with conditions on kms:ViaService and kms:CallerAccount (grants: on "
    "kms:GrantIsForAWSResource too), or name roles instead.",
    url=f"{GUIDE}/conditions-kms.html#conditions-kms-via-service",
)
def kms_policy_through_services(key: Resource, _: Settings) -> Iterator[Verdict]:
    """Accounts use a key through services only; a role may be allowed to use it by itself."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        by_account = any(ACCOUNT.fullmatch(str(value)) for _, kind, value in statement.principals())
        uses = statement.actions(*USE)
        if not by_account or not uses:
            return
        for condition in ("kms:ViaService", "kms:CallerAccount"):
            message = f"{statement.path} lets an account use the key without a condition on {condition}"
            yield statement.must_bind(condition, message=message)
        if statement.actions("kms:CreateGrant"):
            message = f"{statement.path} lets an account grant the use of the key to others than services"
            yield statement.must_bind("kms:GrantIsForAWSResource", value="true", message=message)

    return judge_allowed(key, ["policy"], judge)


@resource_rule(
    "kms-policy-for-whom",
    *POLICIES,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A service works for every account: without a condition it uses the key for others too.",
    remedy="Bind the statement by kms:EncryptionContext:*, aws:SourceArn or aws:SourceAccount.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def kms_policy_for_whom(key: Resource, _: Settings) -> Iterator[Verdict]:
    """Services that say for whom they use a key."""

    def judge(statement: Statement) -> Iterator[Verdict]:
        for _path, kind, value in statement.principals():
            if kind == "Service" and isinstance(value, str) and SAYING_FOR_WHOM.fullmatch(value):
                message = f"{statement.path} lets {value} use the key for anybody"
                yield statement.must_bind(*FOR_WHOM, message=message)

    return judge_allowed(key, ["policy"], judge)
