"""An HTTP request and its answer, as the parts of the local AWS hand them to each other."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class HttpRequest:
    """A request for an AWS host. ``path`` is as sent: percent-encoded, with the query string."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """The whole address."""
        return f"https://{self.host}{self.path}"

    @property
    def bare_path(self) -> str:
        """The path without query string, still percent-encoded."""
        return urlsplit(self.url).path

    def header(self, name: str) -> str:
        """A header's value, or the empty string; names are case-insensitive."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
