"""Reading policy documents as far as the refusals need it. No policy engine: conditions are not evaluated."""

import fnmatch
import json
import re
from typing import Any

from local.aws.call import ACCOUNT, backend
from local.aws.untyped import Json, Moto

_VERSIONS = ("2008-10-17", "2012-10-17")
_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
_PRINCIPAL = re.compile(r"\*|\d{12}|A[A-Z0-9]{15,}|arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/*-]+")
_OWN_ROLE = re.compile(rf"arn:aws:iam::{ACCOUNT}:role/(?:.*/)?([^/]+)")


def statements(document: str | None) -> list[dict[str, Any]]:
    """The statements of a policy document; none for one that is no JSON."""
    try:
        parsed = json.loads(document or "{}")
    except ValueError:
        return []
    return [entry for entry in as_list(parsed.get("Statement", [])) if isinstance(entry, dict)]


def as_list(value: Json) -> list[Any]:
    """A JSON value that may be single or a list, as a list."""
    return value if isinstance(value, list) else [value]


def matches(name: str, patterns: list[str]) -> bool:
    """Whether one of the patterns of a policy, with ``*`` and ``?``, covers a name."""
    return any(fnmatch.fnmatchcase(name.lower(), str(pattern).lower()) for pattern in patterns)


def lets_service(document: str | None, service: str, action: str) -> bool:
    """Whether a statement allows the service principal the action."""
    return any(
        allows(statement, action) and service in principals(statement, "Service")
        for statement in statements(document)
    )


def lets_account(document: str | None, action: str) -> bool:
    """Whether a statement allows the account, or a user or role of it, the action."""
    return any(
        allows(statement, action)
        and any(name in ("*", ACCOUNT) or f"::{ACCOUNT}:" in name for name in principals(statement, "AWS"))
        for statement in statements(document)
    )


def allows(statement: dict[str, Any], action: str) -> bool:
    """Whether the statement is an Allow that covers the action, whoever the principal."""
    actions = [str(name).lower() for name in as_list(statement.get("Action", []))]
    return statement.get("Effect") == "Allow" and any(
        fnmatch.fnmatch(action.lower(), name) for name in actions
    )


def principals(statement: dict[str, Any], kind: str) -> list[str]:
    """The principals of a kind (``AWS``, ``Service``) that the statement names; ``*`` is an AWS principal."""
    principal = statement.get("Principal", {})
    if principal == "*":
        return ["*"] if kind == "AWS" else []
    return [str(name) for name in as_list(principal.get(kind, []))]


def problem_of(document: str, *, principal: bool, resource: bool) -> str | None:  # noqa: PLR0911 - one per rule
    """What is wrong with a policy document, or None.

    Args:
        document: the policy.
        principal: whether its statements must name a principal, or must not.
        resource: the same of resources.
    """
    try:
        parsed = json.loads(document)
    except ValueError:
        return "This policy contains invalid Json"
    if not isinstance(parsed, dict) or parsed.get("Version", _VERSIONS[0]) not in _VERSIONS:
        return "The policy must contain a valid version string"
    found = statements(document)
    if not found:
        return "The policy must contain a statement"
    for statement in found:
        if statement.get("Effect") not in ("Allow", "Deny"):
            return f"Invalid effect: {statement.get('Effect')}"
        actions = as_list(statement.get("Action", statement.get("NotAction", [])))
        if not actions or not all(_ACTION.fullmatch(str(action)) for action in actions):
            return f"Policy has invalid action: {actions}"
        if ("Resource" in statement or "NotResource" in statement) != resource:
            return f"Policy statement must{'' if resource else ' not'} contain resources"
        if ("Principal" in statement or "NotPrincipal" in statement) != principal:
            return f"Policy statement must{'' if principal else ' not'} contain a principal"
        if invalid := _invalid_principals(statement):
            return f"Invalid principal in policy: {invalid}"
    return None


def role_may(role_arn: str | None, action: str, resource: str) -> bool:
    """Whether the policies of a role allow an action; conditions are taken as met."""
    return any(
        allows(statement, action) and matches(resource, as_list(statement.get("Resource", [])))
        for document in _documents(_role(role_arn or ""))
        for statement in statements(document)
    )


def role_trusts(role_arn: str, service: str) -> bool:
    """Whether a service can take on a role of the account."""
    role = _role(role_arn)
    return role is not None and lets_service(role.assume_role_policy_document, service, "sts:AssumeRole")


def _role(arn: str) -> Moto:
    own = _OWN_ROLE.fullmatch(arn)
    return next((each for each in backend("iam", "aws").roles.values() if own and each.name == own[1]), None)


def _documents(role: Moto) -> list[str]:
    if role is None:
        return []
    managed = [each for policy in role.managed_policies.values() for each in policy.versions]
    return [*role.policies.values(), *(each.document for each in managed if each.is_default)]


def _invalid_principals(statement: dict[str, Any]) -> list[str]:
    services = [
        name
        for name in principals(statement, "Service")
        if not name.endswith((".amazonaws.com", ".internal"))
    ]
    return services + [name for name in principals(statement, "AWS") if not _exists(name)]


def _exists(principal: str) -> bool:
    if _OWN_ROLE.fullmatch(principal):
        return _role(principal) is not None
    return bool(_PRINCIPAL.fullmatch(principal))
