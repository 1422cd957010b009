"""What the documents use of the AWS CLI, which a machine may lack: ``aws SERVICE OPERATION --option ...``."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import boto3
import jmespath
from botocore import xform_name
from botocore.model import Shape, StructureShape


def call(client_of: Callable[[str, str], Any], words: Sequence[str]) -> Any:  # noqa: ANN401 (boto3 has no types)
    """Make the call of a command, without the word `aws`.

    Args:
        client_of: ``client_of(service, region)`` -> client of boto3.
        words: The command, as a shell splits it.

    Returns:
        The answer; None of a command that waits.
    """
    service, operation, *options = words
    waiter = options.pop(0).replace("-", "_") if operation == "wait" else None
    values = _values(options)
    query = values.pop("query", None)
    # The API of S3, which has commands of its own beside.
    client = client_of(service.replace("s3api", "s3"), values.pop("region")[0])
    if waiter:
        waiting = client.get_waiter(waiter)
        waiting.wait(**_members(client, waiting.config.operation, values))
        return None
    names = client.meta.service_model.operation_names
    (name,) = [each for each in names if xform_name(each, "-") == operation]
    answer = getattr(client, xform_name(name))(**_members(client, name, values))
    return jmespath.search(query[0], answer) if query else answer


def _values(options: Sequence[str]) -> dict[str, list[str]]:
    """Words behind each option."""
    found: dict[str, list[str]] = {}
    for word in options:
        if word.startswith("--"):
            found[word.removeprefix("--")] = []
        else:
            found[next(reversed(found))].append(word)
    return found


def _members(client: Any, operation: str, values: dict[str, list[str]]) -> dict[str, Any]:  # noqa: ANN401 (boto3 has no types)
    shape: StructureShape = client.meta.service_model.operation_model(operation).input_shape
    given: dict[str, Any] = {}
    for member, of in shape.members.items():
        option = xform_name(member, "-")
        if option in values:
            given[member] = _value(of, values.pop(option))
        elif f"no-{option}" in values:
            values.pop(f"no-{option}")
            given[member] = False
    if values:
        raise ValueError(f"{operation} has no option {', '.join(values)}")
    return given


def _value(shape: Shape, words: list[str]) -> Any:  # noqa: ANN401 (as the shape says)
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("list", "structure") and words[0].startswith(("{", "[")):
        return json.loads(words[0])
    if shape.type_name == "list":
        return words
    if shape.type_name in ("integer", "long"):
        return int(words[0])
    if shape.type_name in ("float", "double"):
        return float(words[0])
    return words[0]


if __name__ == "__main__":
    command = sys.argv[1:]
    as_text = command[-2:] == ["--output", "text"]
    told = call(
        lambda service, region: boto3.client(service, region_name=region),
        command[:-2] if as_text else command,
    )
    if told is not None:
        sys.stdout.write(f"{told if as_text else json.dumps(told, default=str)}\n")
