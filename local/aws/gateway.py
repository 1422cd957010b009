"""From a request to its answer: route, validate, refuse what AWS refuses, else let moto answer."""

import gzip
import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from threading import RLock
from typing import Any, TypeVar

from moto.core.exceptions import ServiceException, _RESTError
from moto.core.responses import BaseResponse
from werkzeug.exceptions import HTTPException

from local.aws import cbor
from local.aws.additions.operations import answerer_of, complete
from local.aws.call import Call
from local.aws.errors import AwsError, error_answer, result_answer
from local.aws.inventory import inventory
from local.aws.refusals import refuse
from local.aws.routing import Route, moto_request, route, service_of
from local.aws.validation import read_params
from local.aws.wire import Answer, HttpRequest

log = logging.getLogger(__name__)
Result = TypeVar("Result")

_CREDENTIAL_REGION = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/")
# The code is not in AWS's lists of retryable ones, so clients fail at once instead of trying for minutes.
_NOT_IMPLEMENTED = "NotImplemented"


class Gateway:
    """Answers AWS requests one at a time: moto's state is not thread-safe, and Python runs one anyway."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._calls: Counter[tuple[str, str, str, int]] = Counter()

    def answer(self, request: HttpRequest) -> Answer:
        """The answer to a request; never raises."""
        service = service_of(request)
        if service is None:
            message = f"The local AWS has no service at {request.host}"
            log.warning(message)
            return _plain_error(_NOT_IMPLEMENTED, message)
        if service != "s3" and request.header("Content-Encoding") == "gzip":
            request = replace(
                request,
                headers={k: v for k, v in request.headers.items() if k.lower() != "content-encoding"},
                body=gzip.decompress(request.body),
            )
        with self._lock:
            if cbor.speaks(request):
                return cbor.translate(service, request, self._answer)
            return self._answer(service, request)

    def locked(self, function: Callable[..., Result]) -> Callable[..., Result]:
        """Return a function that runs while no request is answered."""

        def run(*arguments: str) -> Result:
            with self._lock:
                return function(*arguments)

        return run

    def inventory(self) -> list[dict[str, str]]:
        """What exists; see ``local.aws.inventory``."""
        with self._lock:
            return inventory()

    def calls(self) -> list[dict[str, Any]]:
        """How often each operation was called since the start, by region and status."""
        with self._lock:
            counted = sorted(self._calls.items())
        return [
            {"service": service, "operation": operation, "region": region, "status": status, "count": count}
            for (service, operation, region, status), count in counted
        ]

    def _answer(self, service: str, request: HttpRequest) -> Answer:
        found = route(service, request)
        region = _region(request)
        if found is None:
            what = f"{service}: {request.method} {request.path} {request.header('X-Amz-Target')}".rstrip()
            answer = _plain_error("UnknownOperationException", f"No such operation in the AWS API: {what}")
            log.warning("no such operation: %s", what)
        else:
            answer = _perform(found, request, region)
        operation = found.operation.name if found else "?"
        self._calls[(service, operation, region, answer.status)] += 1
        log.info("%s %s:%s %s", region, service, operation, answer.status)
        return answer


def _perform(found: Route, request: HttpRequest, region: str) -> Answer:
    try:
        call = Call(found.service, found.operation.name, region, read_params(found, request))
        refuse(call)
        if answerer := answerer_of(call):
            return result_answer(answerer(call), found.operation, found.protocol)
        return _ask_moto(found, request, call)
    except AwsError as error:
        log.info("refused %s:%s: %s", found.service, found.operation.name, error)
        return error_answer(error, found.operation, found.protocol)
    except (ServiceException, _RESTError) as error:  # of moto, asked by a refusal for something missing
        code = error.code if isinstance(error, ServiceException) else error.error_type
        return error_answer(AwsError(code, error.message), found.operation, found.protocol)
    except NotImplementedError:
        message = f"The local AWS lacks {found.service}:{found.operation.name}"
        log.warning(message)
        return error_answer(AwsError(_NOT_IMPLEMENTED, message), found.operation, found.protocol)
    except Exception as error:
        log.exception("%s:%s failed in the local AWS", found.service, found.operation.name)
        failure = AwsError(
            "InternalFailure",
            f"The local AWS failed in {found.service}:{found.operation.name}: {error!r}",
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        return error_answer(failure, found.operation, found.protocol)


def _ask_moto(found: Route, request: HttpRequest, call: Call) -> Answer:
    if found.handler is None:
        raise NotImplementedError
    wsgi = moto_request(request)
    try:
        response = found.handler(wsgi, wsgi.raw_url, wsgi.headers)
    except HTTPException as error:
        status, headers, body = (
            error.code or HTTPStatus.BAD_REQUEST,
            dict(error.get_headers()),
            error.get_body(),
        )
    else:
        status, headers, body = response if isinstance(response, tuple) else (HTTPStatus.OK, {}, response)
    text = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in (headers or {}).items()
    }
    if int(status) < HTTPStatus.MULTIPLE_CHOICES:
        complete(call)
    return Answer(int(status), text, body.encode() if isinstance(body, str) else body or b"")


def _region(request: HttpRequest) -> str:
    """The region the request was signed for; for unsigned ones what the host says."""
    if match := _CREDENTIAL_REGION.search(request.header("Authorization")):
        return match[1]
    return str(BaseResponse().get_region_from_url(moto_request(request), request.url))


def _plain_error(code: str, message: str) -> Answer:
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-ErrorType": code}
    return Answer(HTTPStatus.BAD_REQUEST, headers, body)
