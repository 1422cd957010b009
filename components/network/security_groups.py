"""The security group of each tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from .paths import Rule, Tier, paths, rules
from .settings import Peer

# A changed description replaces a group, so these do not mention what may change.
_DESCRIPTIONS = {
    Tier.LOAD_BALANCER: "Public application load balancer",
    Tier.WEBSOCKET_LOAD_BALANCER: "Public network load balancer for WebSockets",
    Tier.APP: "Application services on ECS",
    Tier.SQL: "SQL tasks that are run once on ECS",
    Tier.PGBOUNCER: "PgBouncer and its internal load balancer",
    Tier.DATABASE: "PostgreSQL on RDS",
    Tier.CACHE: "Cache on ElastiCache",
    Tier.FILES: "Mount targets of EFS",
    Tier.OBSERVABILITY: "Observability services on ECS",
}


@dataclass(frozen=True, kw_only=True)
class SecurityGroupsArgs:
    """Inputs of `SecurityGroups`.

    Attributes:
        context: Who and where.
        vpc_id: The VPC of the groups.
        services: Port of each service that runs, by the service's name.
        websocket_port: Port behind the WebSocket load balancer; None where there is no such balancer.
        grafana_admin_cidrs: IPv4 ranges that reach Grafana.
        grafana_in_database: Whether Grafana keeps its state in the database.
        peer: The peered network, with which SQL tasks and databases reach each other; None for none.
    """

    context: Context
    vpc_id: pulumi.Input[str]
    services: Mapping[str, int]
    websocket_port: int | None = None
    grafana_admin_cidrs: Sequence[str] = ()
    grafana_in_database: bool = True
    peer: Peer | None = None


class SecurityGroups(pulumi.ComponentResource):
    """One security group per tier, and every path between the tiers.

    Creates `<prefix>-<environment>-<name>-<tier>` for each tier (`Tier`), without rules of its own, and one
    rule resource for each end of each path (`components.network.paths`): groups that name each other could
    not be created with rules inside, and the provider does not keep the two kinds apart. A group without a
    rule in a direction allows nothing there, so database, cache and files have no outbound traffic.

    Replaces a group: another VPC, name or description. A group in use cannot be deleted. Replaces a rule:
    nothing; a new port makes a new rule before the old one goes.

    Requirements: Networking, "Security Groups", and the paths that the other requirements imply.

    Attributes:
        ids: Id of each tier's group; without the WebSocket load balancer's where there is none.
    """

    ids: dict[Tier, pulumi.Output[str]]

    def __init__(
        self, name: str, args: SecurityGroupsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:network:SecurityGroups", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.ids = {}
        for tier in Tier:
            if tier is Tier.WEBSOCKET_LOAD_BALANCER and args.websocket_port is None:
                continue
            group_name = args.context.name(f"{name}-{tier}")
            self.ids[tier] = aws.ec2.SecurityGroup(
                f"{name}-{tier}",
                name=group_name,
                description=_DESCRIPTIONS[tier],
                vpc_id=args.vpc_id,
                tags={"Name": group_name},
                opts=child,
            ).id
        table = paths(
            args.services,
            args.websocket_port,
            args.grafana_admin_cidrs,
            grafana_in_database=args.grafana_in_database,
            peer=args.peer,
        )
        for rule in rules(table):
            self._add(f"{name}-{rule.name}", args.context.name(f"{name}-{rule.name}"), rule, child)

        self.register_outputs({"ids": self.ids})

    def _add(self, name: str, tag: str, rule: Rule, opts: pulumi.ResourceOptions) -> None:
        kind = (
            aws.vpc.SecurityGroupIngressRule
            if rule.direction == "ingress"
            else aws.vpc.SecurityGroupEgressRule
        )
        to_tier = isinstance(rule.peer, Tier)
        kind(
            name,
            security_group_id=self.ids[rule.group],
            # AWS takes no ports with all protocols.
            ip_protocol="-1" if rule.port is None else "tcp",
            from_port=rule.port,
            to_port=rule.port,
            referenced_security_group_id=self.ids[rule.peer] if isinstance(rule.peer, Tier) else None,
            cidr_ipv4=None if to_tier else rule.peer,
            description=rule.purpose,
            tags={"Name": tag},
            opts=opts,
        )
