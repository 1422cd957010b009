"""Judges a call by the policies of a role, as IAM does: Resource and Condition are honoured.

What a document has and this does not know raises, so that nothing is judged by half of a policy.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
Context = Mapping[str, str]

_KEYS = {"Sid", "Effect", "Action", "Resource", "Condition"}
_VARIABLE = re.compile(r"\$\{")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
_LOGS = re.compile(r"arn:aws:logs:[^:]*:[^:]*:log-group:[^:]*:log-stream:.*")
_LOG_TAGS = {"logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"}


@dataclass(frozen=True)
class Request:
    """A call of the AWS API.

    Attributes:
        action: Such as `s3:GetObject`.
        resource: ARN that it concerns, `*` where it concerns none. Of a log group CloudWatch Logs judges
            `log-group:NAME:log-stream:`, unless it is about tags.
        context: Condition keys of the call.

    Raises:
        ValueError: AWS never judges the action by such an ARN: a test with it would show nothing.
    """

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)

    def __post_init__(self) -> None:
        judged = self.action.startswith("logs:") and self.action not in _LOG_TAGS
        if judged and ":log-group:" in self.resource and not _LOGS.fullmatch(self.resource):
            raise ValueError(f"{self.action} is judged by log-group:NAME:log-stream:, not {self.resource}")


def allowed(policies: Iterable[Document], request: Request) -> bool:
    """Tell whether the policies allow a call: one statement does, and none denies it."""
    effects = [
        statement["Effect"]
        for policy in policies
        for statement in as_list(policy["Statement"])
        if _applies(statement, request)
    ]
    return "Allow" in effects and "Deny" not in effects


def as_list(value: Any) -> list[Any]:  # noqa: ANN401
    """Return a JSON value that may be single or a list as a list."""
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    if unknown := statement.keys() - _KEYS:
        raise NotImplementedError(f"{sorted(unknown)} of a statement")
    return (
        _matches(request.action.lower(), [action.lower() for action in as_list(statement["Action"])])
        and _matches(request.resource, as_list(statement["Resource"]))
        and all(
            _holds(operator, key, as_list(values), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return any(_pattern(pattern).fullmatch(text) for pattern in patterns)


def _pattern(pattern: str) -> re.Pattern[str]:
    if _VARIABLE.search(pattern):
        raise NotImplementedError(f"policy variable in {pattern}")
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def _arn_like(value: str, pattern: str) -> bool:
    # A wildcard ends at a colon, but in the last part.
    parts, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(
        _pattern(one).fullmatch(part) for part, one in zip(parts, patterns, strict=True)
    )


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": lambda value, wanted: bool(_pattern(wanted).fullmatch(value)),
    "ArnLike": _arn_like,
    "ArnEquals": _arn_like,
    "Bool": lambda value, wanted: value.lower() == str(wanted).lower(),
}


def _holds(operator: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    """Tell whether a condition holds; a key that the call has not fails it.

    A context has one value of each key, and so any of its values is that one.
    """
    operator = operator.removeprefix("ForAnyValue:")
    if operator == "Null":  # which asks whether the key is missing
        return (key.lower() not in {name.lower() for name in context}) is (wanted == ["true"])
    if operator not in _OPERATORS:
        raise NotImplementedError(f"condition operator {operator}")
    values = {name.lower(): value for name, value in context.items()}
    value = values.get(key.lower())
    return value is not None and any(_OPERATORS[operator](value, one) for one in wanted)
