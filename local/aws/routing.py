"""Which service and operation a request means, and which part of moto answers it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationNotFoundError
from moto.backend_index import backend_url_patterns
from moto.core.model import OperationModel
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model, service_name_from_moto_package_name
from moto.moto_proxy.proxy3 import MotoRequestHandler
from werkzeug.exceptions import NotFound

from local.aws.wire import HttpRequest

Handler = Callable[[Request, str, Any], Any]
_ELBV2_VERSION = "2015-12-01"
_moto = MotoRequestHandler(port=0)


@dataclass(frozen=True)
class Route:
    """Where a request goes: the modelled operation, its protocol, path parameters, moto's handler if any."""

    operation: OperationModel
    protocol: str
    path_params: dict[str, Any]
    handler: Handler | None

    @property
    def service(self) -> str:
        """The service's name in boto3."""
        return str(self.operation.service_model.service_name)


def service_of(request: HttpRequest) -> str | None:
    """The boto3 name of the service behind the request's host, or None when moto has no such service."""
    package = _package_of_host(request.host)
    if package == "elb" and _ELBV2_VERSION in request.body.decode(errors="replace"):
        return "elbv2"  # both generations share a host
    return service_name_of(package) if package else None


@functools.cache
def service_name_of(package: str) -> str:
    """The boto3 name for moto's package name."""
    return {"awslambda": "lambda"}.get(package) or str(service_name_from_moto_package_name(package))


@functools.cache
def _package_of_host(host: str) -> str | None:
    return next((name for name, pattern in backend_url_patterns if pattern.match(f"https://{host}")), None)


def moto_request(request: HttpRequest) -> Request:
    """The request as moto's core wants it."""
    return Request.from_primitives(request.method, request.url, request.headers, request.body)


def route(service: str, request: HttpRequest) -> Route | None:
    """The route of a request to ``service``, or None when the service's model has no such operation."""
    model = get_service_model(service)
    wsgi = moto_request(request)
    try:
        protocol = determine_request_protocol(model, wsgi.content_type)
    except NotImplementedError:  # a content type no protocol of this service has; REST bodies may have any
        protocol = str(model.protocol)
    try:
        operation, path_params = get_service_router(service).match(wsgi)
    except (NotFound, NotImplementedError, OperationNotFoundError):
        return None
    handler = _moto.get_handler_for_host(host=f"https://{request.host}", path=request.path)
    return Route(operation, protocol, path_params, handler)
