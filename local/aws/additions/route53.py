"""Route 53: a zone that is created with a VPC is private."""

from collections.abc import Callable
from typing import Any

from moto.route53.responses import Route53

from local.aws.additions.patching import wrap
from local.aws.untyped import Moto


@wrap(Route53, "create_hosted_zone", digest="ede5e2fc")
def create_hosted_zone(original: Callable[..., Any], self: Moto) -> Moto:
    """Moto asks for a flag that AWS only answers, and creates a public zone without it."""
    if self._get_param("VPC.VPCId"):
        self.params.setdefault("HostedZoneConfig", {})["PrivateZone"] = True
    return original(self)
