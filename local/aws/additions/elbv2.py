"""Elastic Load Balancing: what a load balancer that says nothing about it is."""

from collections.abc import Callable
from typing import Any

from moto.elbv2.models import ELBv2Backend

from local.aws.additions.patching import wrap
from local.aws.untyped import Moto


@wrap(ELBv2Backend, "create_load_balancer", digest="dd53c4e9")
def create_load_balancer(original: Callable[..., Any], self: Moto, *args: Moto, **kwargs: Moto) -> Moto:
    """It faces the internet; moto tells of no scheme at all."""
    balancer = original(self, *args, **kwargs)
    balancer.scheme = balancer.scheme or "internet-facing"
    return balancer
