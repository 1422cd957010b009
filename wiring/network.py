"""The network, its paths, and its connection to the upstream's."""

import pulumi

from components.encryption import DataClass
from components.network import (
    Peer,
    PeeredNetwork,
    SecurityGroups,
    SecurityGroupsArgs,
    Tier,
    Vpc,
    VpcArgs,
    VpcPeering,
    VpcPeeringArgs,
)
from wiring.stack import Stack


def network(stack: Stack) -> Vpc:
    """The network and its logs."""
    settings = stack.settings
    return Vpc(
        "network",
        VpcArgs(
            environment=settings.environment,
            account_id=settings.account_id,
            region=settings.region,
            cidr=settings.network.cidr,
            zones=settings.network.zones,
            public_subnets=settings.network.public_subnets,
            private_subnets=settings.network.private_subnets,
            database_subnets=settings.network.database_subnets,
            nat_gateways=settings.network.nat_gateways,
            interface_endpoints=settings.network.interface_endpoints,
            flow_log_retention_days=settings.network.flow_log_retention_days,
            logs_key_arn=stack.key_arn(DataClass.LOGS),
            protect=settings.protect,
        ),
        stack.opts,
    )


def security_groups(stack: Stack, vpc: Vpc) -> SecurityGroups:
    """Who may talk to whom."""
    settings = stack.settings
    return SecurityGroups(
        "groups",
        SecurityGroupsArgs(
            environment=settings.environment,
            vpc_id=vpc.vpc_id,
            services={name: service.port for name, service in settings.services.enabled().items()},
            websocket_port=(
                settings.services.smarttab.port if settings.websocket_load_balancer.enabled else None
            ),
            grafana_admin_cidrs=settings.grafana_admin_cidrs,
            grafana_in_database=settings.observability.grafana.in_database,
            peer=(
                Peer(
                    private_subnets=settings.network.peer.private_subnets,
                    database_subnets=settings.network.peer.database_subnets,
                )
                if settings.network.peer
                else None
            ),
        ),
        stack.opts,
    )


def peering(stack: Stack, vpc: Vpc) -> VpcPeering | None:
    """The connection to the upstream's network, the only thing here that touches the upstream's region."""
    settings, contract = stack.settings, stack.contract
    if not contract or not settings.upstream or not settings.upstream.peering:
        return None
    return VpcPeering(
        "peering",
        VpcPeeringArgs(
            requester=PeeredNetwork(
                environment=settings.environment,
                region=settings.region,
                vpc_id=vpc.vpc_id,
                cidr=vpc.cidr,
                route_table_ids=vpc.peering_route_table_ids,
            ),
            accepter=PeeredNetwork(
                environment=contract.environment,
                region=contract.region,
                vpc_id=contract.network.vpc_id,
                cidr=contract.network.cidr,
                route_table_ids=contract.network.route_table_ids,
            ),
        ),
        stack.opts,
    )


def task_network(vpc: Vpc, groups: SecurityGroups, tier: Tier) -> pulumi.Output[str]:
    """What `aws ecs run-task` takes as `--network-configuration` for a task that is run by hand."""
    return pulumi.Output.json_dumps(
        {
            "awsvpcConfiguration": {
                "subnets": vpc.private_subnet_ids,
                "securityGroups": [groups.ids[tier]],
                "assignPublicIp": "DISABLED",
            }
        }
    )
