"""The control interface: JSON over HTTP on the loopback interface, for the tools beside the local AWS."""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.aws.proxy import LOOPBACK

# A path may end with values, which the function then gets: ("POST", "/endpoints/down") answers
# /endpoints/down/portal.example.com.
Views = dict[tuple[str, str], Callable[..., Any]]


class ControlServer(ThreadingHTTPServer):
    """Serves ``views``: (method, path) -> function whose result is sent as JSON."""

    daemon_threads = True

    def __init__(self, views: Views) -> None:
        self.views = views
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: ControlServer

    def _handle(self) -> None:
        view, values = self._view()
        status = HTTPStatus.OK if view else HTTPStatus.NOT_FOUND
        result = (
            view(*values)
            if view
            else {"error": f"no {self.command} {self.path}", "try": sorted(p for _, p in self.server.views)}
        )
        body = json.dumps(result).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _view(self) -> tuple[Callable[..., Any] | None, list[str]]:
        for (method, path), view in self.server.views.items():
            if method == self.command and f"{self.path}/".startswith(f"{path}/"):
                return view, [part for part in self.path[len(path) :].split("/") if part]
        return None, []

    do_GET = do_POST = _handle  # noqa: N815 - named by the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the control interface is polled."""
