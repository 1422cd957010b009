"""Strict readers of requests: moto's parsers, which are lenient, made to tell what they could not read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.core.model import Shape
from moto.core.parse import (
    UNDEFINED,
    EC2QueryParser,
    JSONParser,
    QueryParser,
    RequestParserError,
    RestJSONParser,
    RestXMLParser,
)

from local.aws.errors import AwsError
from local.aws.untyped import Json

_ACTION_KEYS = {"Action", "Version"}
_NUMBERS = (int, float)
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "character": str,
    "blob": str,
    "timestamp": (int, float, str),
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": _NUMBERS,
    "double": _NUMBERS,
    "list": list,
    "map": dict,
}


@dataclass(frozen=True)
class Unreadable:
    """Stands for a value whose text does not have the type that the model asks for."""

    raw: object


class _Strict:
    """Collects in ``unknown`` what the model does not know; values of a wrong type become ``Unreadable``."""

    unknown: list[str]

    def _parse_shape(self, shape: Shape, node: Json, *prefix: str) -> Json:
        if not self._readable(shape, node, *prefix):
            return Unreadable(node)
        try:
            return super()._parse_shape(shape, node, *prefix)  # type: ignore[misc]
        except (ValueError, TypeError, AttributeError, OverflowError):
            return Unreadable(node)

    def _readable(self, shape: Shape, node: Json, *prefix: str) -> bool:  # noqa: ARG002
        return True


class _StrictQuery(_Strict):
    def parse(self, request: dict[str, Any]) -> dict[str, Any]:
        form = _ReadKeys(request["values"])
        parsed: dict[str, Any] = super().parse(request | {"values": form})  # type: ignore[misc]
        self.unknown = sorted(set(form) - form.read - _ACTION_KEYS)
        return parsed

    def _readable(self, shape: Shape, node: Json, *prefix: str) -> bool:
        return shape.type_name != "boolean" or node.get(prefix[0], "true") in ("true", "false")


class _ReadKeys:
    """A form that remembers which of its keys were read: the model does not know the others."""

    def __init__(self, values: Json) -> None:
        self._values = values
        self.read: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, key: str, default: Json = None) -> Json:
        self.read.add(key)
        return self._values.get(key, default)


class _StrictJson(_Strict):
    def _readable(self, shape: Shape, node: Json, *_: str) -> bool:
        if "location" in shape.serialization:
            return True  # text of a header, path or query string
        if isinstance(node, bool):
            return shape.type_name == "boolean" or _is_document(shape)
        return _is_document(shape) or isinstance(node, _JSON_TYPES.get(shape.type_name, object))

    def _parse_structure(self, shape: Json, value: Json) -> Json:
        if not _is_document(shape) and isinstance(value, dict):
            names = {member.serialization.get("name", name) for name, member in shape.members.items()}
            self.unknown += sorted(set(value) - names)
        elif not isinstance(value, dict):
            return Unreadable(value)
        return super()._parse_structure(shape, value)  # type: ignore[misc]

    def _parse_body_as_json(self, body: bytes) -> Json:
        try:
            return json.loads(body) if body else {}
        except ValueError as error:
            raise AwsError("SerializationException", f"The body is no JSON: {error}") from None


class _StrictXml(_Strict):
    def _readable(self, shape: Shape, node: Json, *_: str) -> bool:
        text = getattr(node, "text", node)
        return shape.type_name != "boolean" or text in ("true", "false", "TRUE", "FALSE")

    def _parse_structure(self, shape: Json, node: Json) -> Json:
        names = {self._member_key_name(member, name) for name, member in shape.members.items()}  # type: ignore[attr-defined]
        children = self._build_name_to_xml_node(node)  # type: ignore[attr-defined]
        self.unknown += sorted(set(children) - names)
        return super()._parse_structure(shape, node)  # type: ignore[misc]

    def _initial_body_parse(self, body: bytes) -> Json:
        try:
            return super()._initial_body_parse(body)  # type: ignore[misc]
        except RequestParserError as error:
            raise AwsError("MalformedXML", f"The XML you provided was not well-formed: {error}") from None


class _Ec2(_StrictQuery, EC2QueryParser):  # type: ignore[misc]
    pass


class _Query(_StrictQuery, QueryParser):  # type: ignore[misc]
    pass


class _Json(_StrictJson, JSONParser):
    pass


class _RestJson(_StrictJson, RestJSONParser):
    pass


class _RestXml(_StrictXml, RestXMLParser):
    pass


_READERS: dict[str, Any] = {
    "ec2": _Ec2,
    "query": _Query,
    "json": _Json,
    "rest-json": _RestJson,
    "rest-xml": _RestXml,
}


def read(operation: Json, protocol: str, request: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The parameters of a request, and the names in it that the operation's model does not know.

    Raises:
        AwsError: the body is no JSON, or no XML.
    """
    reader = _READERS[protocol](operation)
    reader.unknown = []
    parsed = reader.parse(request)
    return {
        name: value for name, value in parsed.items() if value is not None and value is not UNDEFINED
    }, reader.unknown


def _is_document(shape: Json) -> bool:
    return bool(getattr(shape, "is_document_type", False))
