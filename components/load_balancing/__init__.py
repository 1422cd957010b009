"""Load balancers and what leads to which service."""

from components.load_balancing.application import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerArgs,
    BalancedService,
)
from components.load_balancing.network import WebsocketLoadBalancer, WebsocketLoadBalancerArgs
from components.load_balancing.routes import ListenerRule, ServiceRoute, listener_rules

__all__ = [
    "ApplicationLoadBalancer",
    "ApplicationLoadBalancerArgs",
    "BalancedService",
    "ListenerRule",
    "ServiceRoute",
    "WebsocketLoadBalancer",
    "WebsocketLoadBalancerArgs",
    "listener_rules",
]
