"""The HTTPS proxy: answers requests for AWS hosts itself and lets nothing leave the machine."""

import logging
import re
import ssl
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from local.aws import outages
from local.aws.certificates import CertificateAuthority
from local.aws.wire import Answer, HttpRequest

LOOPBACK = "127.0.0.1"
AWS_HOST = re.compile(r"(.+\.)?(amazonaws\.com|api\.aws)", re.IGNORECASE)

log = logging.getLogger(__name__)


class ProxyServer(ThreadingHTTPServer):
    """A proxy on the loopback interface. Port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128  # the engine opens 40 connections at once

    def __init__(
        self, port: int, authority: CertificateAuthority, answer: Callable[[HttpRequest], Answer]
    ) -> None:
        self.authority = authority
        self.answer = answer
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(
        self,
        request: object,  # noqa: ARG002
        client_address: object,  # noqa: ARG002
    ) -> None:
        """Log a broken connection; clients that are killed leave many."""
        log.info("connection ended: %r", sys.exc_info()[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Go's HTTP client keeps an idle connection for 90 s: closing earlier would race with its next request.
    timeout = 120
    server: ProxyServer
    disable_nagle_algorithm = True

    def do_CONNECT(self) -> None:
        host = self.path.partition(":")[0]
        if not AWS_HOST.fullmatch(host):
            self._refuse_host(host)
            return
        if self._is_away(host):
            # What a proxy says when nobody takes its connection.
            self._send(Answer(HTTPStatus.BAD_GATEWAY))
            return
        self.send_response_only(HTTPStatus.OK, "Connection Established")
        self.end_headers()
        try:
            self.connection = self.server.authority.context_for(host).wrap_socket(
                self.connection, server_side=True
            )
        except (ssl.SSLError, OSError) as error:
            log.warning("TLS with %s failed, does the client trust the CA bundle? %s", host, error)
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb")  # flushed after every request by the base class
        self.close_connection = False

    def _handle(self) -> None:
        target = urlsplit(self.path)
        host = (target.netloc or self.headers.get("Host", "")).partition(":")[0]
        if not AWS_HOST.fullmatch(host):
            self._refuse_host(host)
            return
        if self._is_away(host):
            return
        path = target._replace(scheme="", netloc="").geturl() if target.netloc else self.path
        request = HttpRequest(self.command, host, path, dict(self.headers.items()), self._read_body())
        self._send(self.server.answer(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method is handled alike; the base class looks for ``do_GET`` and its like."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        for name in ("connection", "transfer-encoding", "status"):
            headers.pop(name, None)
        if self.command != "HEAD":
            headers["content-length"] = str(len(answer.body))
        else:
            headers.setdefault("content-length", "0")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _is_away(self, host: str) -> bool:
        """Whether the host's region is cut off; open connections end without an answer."""
        if not outages.refuses(host):
            return False
        log.info("%s is cut off", host)
        self.close_connection = True
        return True

    def _refuse_host(self, host: str) -> None:
        message = (
            f"{host!r} is no AWS host. The local AWS answers AWS hosts only; nothing leaves this machine.\n"
        )
        log.warning(message.rstrip())
        self.close_connection = True
        self._send(Answer(HTTPStatus.FORBIDDEN, {"Content-Type": "text/plain"}, message.encode()))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        log.debug(format, *args)
