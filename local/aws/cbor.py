"""Smithy RPC v2 CBOR: the protocol that new SDKs speak with CloudWatch and others, and moto does not.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html. A request is rewritten into the service's
JSON protocol, which moto knows; the answer is rewritten back. Any service whose model lists both works.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from botocore.parsers import JSONParser, RpcV2CBORParser
from botocore.serialize import JSONSerializer, RpcV2CBORSerializer
from moto.core.model import OperationModel, Shape, ShapeResolver
from moto.core.utils import get_service_model

from local.aws.untyped import Json
from local.aws.wire import Answer, HttpRequest

_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
_HEADERS = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}


def speaks(request: HttpRequest) -> bool:
    """Whether the request is in this protocol."""
    return request.header("smithy-protocol") == "rpc-v2-cbor"


def translate(service: str, request: HttpRequest, answer: Callable[[str, HttpRequest], Answer]) -> Answer:
    """Let ``answer`` handle the request in JSON and put its answer into CBOR."""
    model = get_service_model(service)
    match = _PATH.search(request.bare_path)
    name = match[1] if match else ""
    if name not in model.operation_names or "json" not in model.metadata["protocols"]:
        error = {"__type": "UnknownOperationException", "message": f"{service} has no operation {name!r}"}
        return Answer(HTTPStatus.NOT_FOUND, _HEADERS, _map_to_cbor(error))
    operation = model.operation_model(name)
    inner = replace(
        request,
        path="/",
        headers={k: v for k, v in request.headers.items() if k.lower() not in ("smithy-protocol", "accept")}
        | {
            "Content-Type": f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}",
            "X-Amz-Target": f"{model.metadata['targetPrefix']}.{name}",
        },
        body=_request_to_json(request.body, operation),
    )
    inner.headers.pop("content-type", None)
    answered = answer(service, inner)
    if answered.status >= HTTPStatus.MULTIPLE_CHOICES:
        return Answer(answered.status, _error_headers(answered), _error_to_cbor(answered))
    return Answer(answered.status, _HEADERS, _result_to_cbor(answered, operation))


def _request_to_json(body: bytes, operation: OperationModel) -> bytes:
    parser: Any = RpcV2CBORParser()
    values = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    serializer: Any = _LenientJsonSerializer()
    serialized: dict[str, Any] = {}
    if operation.input_shape is not None:
        serializer._serialize(serialized, values, operation.input_shape)  # noqa: SLF001
    return json.dumps(serialized).encode()


class _LenientJsonSerializer(JSONSerializer):  # type: ignore[misc]
    """Passes on members that the model does not know or that have a wrong type: validation reports them."""

    def _serialize(self, serialized: Json, value: Json, shape: Shape, key: str | None = None) -> None:
        try:
            super()._serialize(serialized, value, shape, key)
        except (AttributeError, KeyError, TypeError, ValueError):
            if key is None:
                serialized.update(json.loads(json.dumps(value, default=str)))
            else:
                serialized[key] = json.loads(json.dumps(value, default=str))


def _result_to_cbor(answer: Answer, operation: OperationModel) -> bytes:
    if operation.output_shape is None:
        return b""
    parsed = JSONParser().parse(
        {"body": answer.body, "headers": {}, "status_code": answer.status}, operation.output_shape
    )
    parsed.pop("ResponseMetadata", None)
    return _to_cbor(parsed, operation.output_shape)


def _error_headers(answer: Answer) -> dict[str, str]:
    query_error = answer.headers.get("x-amzn-query-error")
    return _HEADERS | ({"x-amzn-query-error": query_error} if query_error else {})


def _error_to_cbor(answer: Answer) -> bytes:
    try:
        error = json.loads(answer.body)
    except ValueError:
        error = {"__type": "InternalFailure", "message": answer.body.decode(errors="replace")}
    message = error.get("message") or error.get("Message") or ""
    return _map_to_cbor({"__type": error.get("__type", "InternalFailure"), "message": message})


def _map_to_cbor(values: dict[str, str]) -> bytes:
    members = {name: {"shape": "String"} for name in values}
    shapes = {"Map": {"type": "structure", "members": members}, "String": {"type": "string"}}
    return _to_cbor(values, ShapeResolver(shapes).get_shape_by_name("Map"))


def _to_cbor(values: dict[str, Any], shape: Shape) -> bytes:
    serializer: Any = RpcV2CBORSerializer()
    serialized = bytearray()
    serializer._serialize_data_item(serialized, values, shape)  # noqa: SLF001
    return bytes(serialized)
