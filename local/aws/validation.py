"""Requests are checked against the service model: members, types, lengths, ranges, patterns, enumerations.

moto accepts nearly anything; AWS refuses it. The messages are those of the AWS front ends.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex  # type: ignore[import-untyped]
from moto.core.model import Shape

from local.aws.errors import AwsError
from local.aws.routing import Route, moto_request
from local.aws.strict import Unreadable, read
from local.aws.untyped import Json
from local.aws.wire import HttpRequest

# Shapes whose model is narrower than what the service takes, with the reason.
NOT_CHECKED: dict[tuple[str, str], str] = {
    ("backup", "ResourceType"): "the pattern knows no space, and AWS Backup has a Storage Gateway",
    ("s3control", "S3ResourceArn"): "the pattern asks for a region, which the ARN of a bucket does not have",
}

# What services call an invalid value; the others have their protocol's code.
_CODES = {
    "acm": "ValidationException",
    "backup": "InvalidParameterValueException",
    "budgets": "InvalidParameterException",
    "cloudfront": "InvalidArgument",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "efs": "BadRequest",
    "elasticache": "InvalidParameterValue",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "rds": "InvalidParameterValue",
    "route53": "InvalidInput",
    "s3control": "InvalidRequest",
    "sns": "InvalidParameter",
}
_PROTOCOL_CODES = {
    "ec2": "InvalidParameterValue",
    "query": "ValidationError",
    "json": "ValidationException",
    "rest-json": "ValidationException",
    "rest-xml": "InvalidArgument",
}
_KIND_CODES = {
    ("ec2", "missing"): "MissingParameter",
    ("ec2", "unknown"): "UnknownParameter",
    ("json", "type"): "SerializationException",
    ("json", "unknown"): "SerializationException",
}

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
_COUNTED = {"string": "length", "list": "length", "map": "length"}
_SURROGATE_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"


@dataclass(frozen=True)
class Problem:
    """One violation: the member's path, its kind, and the rule it breaks."""

    path: str
    kind: str
    text: str


def read_params(found: Route, request: HttpRequest) -> dict[str, Any]:
    """The call's parameters as the service model names them.

    Raises:
        AwsError: a parameter is unknown, missing, or not as the model asks.
    """
    wsgi = moto_request(request)
    params, unknown = read(
        found.operation,
        found.protocol,
        {
            "method": wsgi.method,
            "values": wsgi.values,
            "headers": wsgi.headers,
            "body": wsgi.data,
            "url_path": wsgi.path,
            "url_params": found.path_params,
        },
    )
    shape = found.operation.input_shape
    problems = [Problem(name, "unknown", f"The parameter {name} is not recognized") for name in unknown]
    if shape is not None:
        problems += check(found.service, shape, params)
    if problems:
        raise _error(found, problems)
    return params


def check(service: str, shape: Shape, value: Json, path: str = "") -> Iterator[Problem]:
    """Every violation of ``shape`` by ``value``, members included."""
    expected = _TYPES.get(shape.type_name)
    if isinstance(value, Unreadable):
        yield Problem(path, "type", f"{value.raw!r} at '{path}' is no {shape.type_name}")
    elif getattr(shape, "is_document_type", False):
        return
    elif expected and not isinstance(value, expected):
        yield Problem(path, "type", f"{value!r} at '{path}' is no {shape.type_name}")
    elif (service, shape.name) not in NOT_CHECKED:
        yield from _check_constraints(shape, value, path)
        yield from _check_members(service, shape, value, path)


def _check_constraints(shape: Json, value: Json, path: str) -> Iterator[Problem]:
    limits = shape.metadata
    size = len(value) if shape.type_name in _COUNTED else value
    what = "length" if shape.type_name in _COUNTED else "value"
    comparable = isinstance(size, int | float)
    if comparable and "min" in limits and size < limits["min"]:
        yield _violation(path, value, f"Member must have {what} greater than or equal to {limits['min']}")
    if comparable and "max" in limits and size > limits["max"]:
        yield _violation(path, value, f"Member must have {what} less than or equal to {limits['max']}")
    if isinstance(value, str):
        if limits.get("pattern") and not _matches(limits["pattern"], value):
            yield _violation(
                path, value, f"Member must satisfy regular expression pattern: {limits['pattern']}"
            )
        if limits.get("enum") and value not in limits["enum"]:
            yield _violation(
                path, value, f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
            )


def _check_members(service: str, shape: Json, value: Json, path: str) -> Iterator[Problem]:
    prefix = f"{path}." if path else ""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield Problem(
                    prefix + name, "missing", f"The request must contain the parameter {prefix}{name}"
                )
        for name, member in value.items():
            yield from check(service, shape.members[name], member, prefix + name)
    elif shape.type_name == "list":
        for index, item in enumerate(value, start=1):
            yield from check(service, shape.member, item, f"{prefix}{index}")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from check(service, shape.key, key, f"{prefix}key")
            yield from check(service, shape.value, item, f"{prefix}{key}")


def _violation(path: str, value: object, rule: str) -> Problem:
    return Problem(path, "constraint", f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}")


@functools.cache
def _pattern(text: str) -> "regex.Pattern[str]":
    # Java writes characters beyond the basic plane as surrogate pairs; Python has none.
    return regex.compile(text.replace(_SURROGATE_PAIRS, r"\U00010000-\U0010FFFF"), regex.V1)


def _matches(pattern: str, value: str) -> bool:
    """AWS means the whole value, except where the pattern is anchored at one end only."""
    if pattern.startswith("^") and not pattern.endswith("$"):
        return _pattern(pattern).match(value) is not None
    return _pattern(pattern).fullmatch(value) is not None


def _error(found: Route, problems: list[Problem]) -> AwsError:
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    message = count + "; ".join(problem.text for problem in problems)
    if found.service == "s3" and any(problem.kind in ("unknown", "type") for problem in problems):
        return AwsError("MalformedXML", message)
    code = (
        _KIND_CODES.get((found.protocol, problems[0].kind))
        or _CODES.get(found.service)
        or _PROTOCOL_CODES[found.protocol]
    )
    return AwsError(code, message)
