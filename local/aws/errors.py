"""Results and errors as AWS sends them: in the protocol of the service that was asked."""

import warnings
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.serialize import get_serializer_class

from local.aws.wire import Answer


class AwsError(ServiceException):
    """An error of the AWS API; raised anywhere while a request is handled. moto handles it like its own.

    Args:
        code: the error code that clients compare, for example ``InvalidSubnet.Conflict``.
        message: what is wrong.
        status: HTTP status, 400 to 599.
    """

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(code, message)
        self.status = status


def error_answer(error: AwsError, operation: OperationModel, protocol: str) -> Answer:
    """``error`` in the given protocol of the operation's service."""
    with warnings.catch_warnings():
        # Most codes that AWS sends are missing from the service models; moto warns about each.
        warnings.simplefilter("ignore")
        answer = result_answer(error, operation, protocol)
    return replace(answer, status=error.status)


def result_answer(result: dict[str, Any] | AwsError, operation: OperationModel, protocol: str) -> Answer:
    """The result of an operation, as its model says, in the given protocol of the operation's service."""
    serializer: Any = get_serializer_class(operation.service_model.service_name, protocol)(
        operation_model=operation
    )
    serialized = serializer.serialize(result)
    headers = {name: str(value) for name, value in serialized["headers"].items()}
    headers.setdefault("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
    body = serialized["body"]
    return Answer(serialized["status_code"], headers, body.encode() if isinstance(body, str) else body)
