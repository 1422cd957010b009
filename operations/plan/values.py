"""Values of a plan: what the program sends to the engine, made fit to be read and kept.

A secret becomes `{"$secret": true}`. An unknown value becomes `{"$unknown": source}`, where the source is the
URN of the resource that it comes from, or `<stack>#<path>` for an output that another stack gets when it is
deployed, or null where more than one resource is involved (the property dependencies name them). A text of
which a part is unknown holds `<unknown: source>` there, with `#<output>` after a URN.
"""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc

# An angle bracket is part of no id, ARN or name in AWS, so a placeholder cannot be taken for one.
_PLACEHOLDER = re.compile(r"<unknown: ([^<>]+)>")


def plain(properties: Struct, sources: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Turn properties of an engine request into JSON types.

    Args:
        properties: Inputs or outputs.
        sources: By name of a property, the URN of the only resource that its unknown parts can come from.
    """
    sources = sources or {}
    return {
        name: _plain(value, sources.get(name))
        for name, value in sorted(properties.fields.items())
        # To the engine a null is an absent value.
        if not value.HasField("null_value")
    }


def _plain(value: Value, source: str | None) -> object:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _plain_struct(value.struct_value, source)
    if kind == "list_value":
        return [_plain(item, source) for item in value.list_value.values]
    if kind == "string_value":
        return _plain_text(value.string_value, source)
    if kind == "number_value" and value.number_value.is_integer():
        return int(value.number_value)
    return None if kind in (None, "null_value") else getattr(value, kind)


def _plain_struct(struct: Struct, source: str | None) -> object:
    # The SDK has no public name for its wire format.
    if rpc._is_rpc_struct_secret(struct):  # noqa: SLF001
        return {"$secret": True}
    return plain(struct, dict.fromkeys(struct.fields, source) if source else None)


def _plain_text(text: str, source: str | None) -> object:
    if text == rpc.UNKNOWN:
        return {"$unknown": source}
    whole = _PLACEHOLDER.fullmatch(text)
    if not whole:
        return text
    # Of an output of this stack, the resource is named; of another's, the output.
    return {"$unknown": whole[1].partition("#")[0] if whole[1].startswith("urn:") else whole[1]}


def placeholder(source: str) -> str:
    """Return the text that stands for an unknown one: a resource's output or another stack's."""
    return f"<unknown: {source}>"


def placeholders(outputs: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """Make the recorded outputs of a stack fit to be read by another: what is not known becomes a named text.

    The structure and all figures are known, as they are once the stack is deployed.
    """
    return {name: _placeholder(value, f"{stack}#{name}") for name, value in outputs.items()}


def _placeholder(value: object, path: str) -> object:
    if isinstance(value, list):
        return [_placeholder(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if value.keys() & {"$unknown", "$secret"}:
        return placeholder(path)
    return {name: _placeholder(item, f"{path}.{name}") for name, item in value.items()}


def mark_secret(properties: Struct, name: str) -> None:
    """Make a property secret, as the engine does with what a resource names as its secret outputs."""
    value = Value(string_value=rpc.UNKNOWN)
    if name in properties.fields:
        value.CopyFrom(properties.fields[name])
    secret = properties.fields[name].struct_value.fields
    secret[rpc._special_sig_key].string_value = rpc._special_secret_sig  # noqa: SLF001
    secret["value"].CopyFrom(value)
