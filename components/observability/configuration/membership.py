"""How the replicas of Loki, and those of Tempo, know each other: both use Grafana's dskit."""

from typing import Any

from .topology import MEMBERLIST_PORT, REPLICA, Topology


def memberlist(topology: Topology, program: str) -> dict[str, Any]:
    """Write the section `memberlist`.

    The name of a node keeps dskit's random suffix: memberlist refuses a known name at a new address until it
    has noticed the death of the old node (`aliveNode` of hashicorp/memberlist, "Conflicting address"), for
    which the suffix was made (https://github.com/cortexproject/cortex/pull/2715). Rings do not know that
    name: their entries have the ids of the instances, which stay.

    Args:
        topology: What runs where.
        program: Name of the program, and the host name that its replicas share.
    """
    return {
        "node_name": REPLICA,
        # Loki and Tempo share port and network, and addresses of ended tasks are given out again.
        "cluster_label": program,
        "bind_port": MEMBERLIST_PORT,
        "join_members": [f"dns+{topology.address(program, MEMBERLIST_PORT)}"],
        # The first instance is alone at first.
        "abort_if_cluster_join_fails": False,
        "rejoin_interval": "60s",
    }
