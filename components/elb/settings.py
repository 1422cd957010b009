"""Settings of load balancers."""

from typing import Annotated

from pydantic import Field

from ..field_types import HostLabel, one_of
from ..regions import TLS_POLICIES
from ..section import Section


class AlbSettings(Section):
    """Requirements: Application Load Balancer."""

    tls_policy: Annotated[str, one_of(TLS_POLICIES)] = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    """a security policy of ELB without TLS 1.0 and 1.1"""
    idle_timeout_seconds: Annotated[int, Field(ge=1, le=4000)] = 120
    """seconds from 1 to 4000 after which a silent connection is closed"""


class NlbSettings(Section):
    """A network load balancer for WebSockets. Requirements: Network Load Balancer, "if needed"."""

    enabled: bool = False
    """true to create it"""
    host: HostLabel = "ws"
    """the first label of the host name at which it is reached"""
