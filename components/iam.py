"""IAM documents: what policies and roles are written as."""

import json
from collections.abc import Iterable
from typing import Any

Statement = dict[str, Any]
Document = dict[str, Any]


def document(statements: Iterable[Statement]) -> Document:
    """Put statements into a document, in the version of IAM's language that has variables."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def policy_json(*statements: Statement) -> str:
    """Write a document of statements as JSON."""
    return json.dumps(document(statements))


def trust(service: str, condition: dict[str, Any] | None = None) -> Document:
    """Let a service of AWS assume a role.

    Args:
        service: Its principal, such as `ecs-tasks.amazonaws.com`.
        condition: For whom. A service acts for everybody; without a condition, where it documents one, for
            anybody who knows the role's name.
    """
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document([statement | ({"Condition": condition} if condition else {})])
