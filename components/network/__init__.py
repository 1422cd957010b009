"""The network of a stack: VPC, security groups, and the peering of two networks."""

from components.network.paths import Peer, Tier
from components.network.peering import PeeredNetwork, VpcPeering, VpcPeeringArgs
from components.network.security_groups import SecurityGroups, SecurityGroupsArgs
from components.network.vpc import Vpc, VpcArgs

__all__ = [
    "Peer",
    "PeeredNetwork",
    "SecurityGroups",
    "SecurityGroupsArgs",
    "Tier",
    "Vpc",
    "VpcArgs",
    "VpcPeering",
    "VpcPeeringArgs",
]
