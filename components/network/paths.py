"""Who may talk to whom inside a stack: one table, from which every security group rule follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from .settings import Peer

INTERNET = "0.0.0.0/0"

# Between the observability services: remote write, queries, and their scraping of each other.
OBSERVABILITY_PORTS = {
    4317: "OTLP over gRPC, traces to Tempo",
    4318: "OTLP over HTTP",
    9090: "Prometheus: remote write and queries",
    3100: "Loki: writes and queries",
    3200: "Tempo: queries",
    12345: "Alloy: its own metrics",
    3000: "Grafana, from the task that operators reach it through",
    7946: "Loki and Tempo: memberlist",
    9095: "Loki and Tempo: gRPC between replicas",
}


class Tier(StrEnum):
    """A tier with a security group; also the last part of the group's name."""

    LOAD_BALANCER = "alb"
    WEBSOCKET_LOAD_BALANCER = "nlb"
    APP = "app"
    SQL = "sql"
    PGBOUNCER = "pgbouncer"
    DATABASE = "database"
    CACHE = "cache"
    FILES = "files"
    OBSERVABILITY = "observability"


Direction = Literal["ingress", "egress"]


@dataclass(frozen=True, kw_only=True)
class Path:
    """TCP traffic that is allowed from a source to a target.

    Attributes:
        source: A tier, or an IPv4 range.
        target: A tier, or an IPv4 range.
        port: The target's port; None for all traffic.
        purpose: Why the path exists.
        directions: The ends that get a rule, where it is not both.
    """

    source: Tier | str
    target: Tier | str
    port: int | None
    purpose: str
    directions: tuple[Direction, ...] = ("egress", "ingress")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One end of a path: what one security group allows.

    Attributes:
        group: The tier whose group the rule belongs to.
        direction: Whether traffic enters or leaves the group.
        peer: The other end, a tier or an IPv4 range.
        port: The port; None for all traffic.
        purpose: Why the rule exists.
    """

    group: Tier
    direction: Direction
    peer: Tier | str
    port: int | None
    purpose: str

    @property
    def name(self) -> str:
        """A name that no other rule has and that no other rule changes."""
        toward = "from" if self.direction == "ingress" else "to"
        peer = "internet" if self.peer == INTERNET else self.peer.replace("/", "-")
        return f"{self.group}-{toward}-{peer}-{self.port or 'all'}"


def paths(
    services: Mapping[str, int],
    websocket_port: int | None = None,
    grafana_admin_cidrs: Sequence[str] = (),
    *,
    grafana_in_database: bool = True,
    peer: Peer | None = None,
) -> list[Path]:
    """List every path of a stack.

    Args:
        services: Port of each service that runs, by the service's name.
        websocket_port: Port behind the WebSocket load balancer; None where there is no such balancer.
        grafana_admin_cidrs: Ranges that reach Grafana.
        grafana_in_database: Whether Grafana keeps its state in the database.
        peer: The network whose SQL task reaches the database, and whose database the SQL task reaches. By
            its ranges, for a rule cannot name a group of another region:
            https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html

    Returns:
        The paths of the requirements, "Security Groups", and those that they leave out.
    """
    alb, nlb = Tier.LOAD_BALANCER, Tier.WEBSOCKET_LOAD_BALANCER
    app, pgbouncer, observability = Tier.APP, Tier.PGBOUNCER, Tier.OBSERVABILITY
    table = [
        Path(source=INTERNET, target=alb, port=443, purpose="HTTPS from clients"),
        Path(source=INTERNET, target=alb, port=80, purpose="HTTP from clients, redirected to HTTPS"),
        # The requirements let the load balancer send everything to the services, which take only their ports.
        Path(source=alb, target=app, port=None, purpose="Requests and health checks", directions=("egress",)),
        Path(source=app, target=INTERNET, port=443, purpose="AWS and external APIs"),
        Path(source=app, target=Tier.DATABASE, port=5432, purpose="PostgreSQL without pooling"),
        Path(source=app, target=Tier.CACHE, port=6379, purpose="Cache"),
        Path(source=app, target=pgbouncer, port=6432, purpose="PostgreSQL through PgBouncer"),
        Path(source=app, target=observability, port=4317, purpose="OTLP over gRPC"),
        Path(source=app, target=observability, port=4318, purpose="OTLP over HTTP"),
        Path(source=Tier.SQL, target=Tier.DATABASE, port=5432, purpose="SQL that is run once"),
        Path(source=Tier.SQL, target=INTERNET, port=443, purpose="AWS APIs"),
        # PgBouncer's internal load balancer shares the group of the tasks behind it.
        Path(source=pgbouncer, target=pgbouncer, port=6432, purpose="Load balancer to PgBouncer"),
        Path(source=pgbouncer, target=Tier.DATABASE, port=5432, purpose="Pooled connections"),
        Path(source=pgbouncer, target=INTERNET, port=443, purpose="AWS APIs"),
        Path(source=observability, target=Tier.FILES, port=2049, purpose="NFS volumes"),
        Path(source=observability, target=INTERNET, port=443, purpose="AWS APIs"),
    ]
    if grafana_in_database:
        table.append(Path(source=observability, target=Tier.DATABASE, port=5432, purpose="State of Grafana"))
    if peer:
        table += [
            Path(
                source=cidr,
                target=Tier.DATABASE,
                port=5432,
                purpose="SQL that is run once in the other region",
            )
            for cidr in peer.private_subnets
        ]
        table += [
            Path(source=Tier.SQL, target=cidr, port=5432, purpose="PostgreSQL in the other region")
            for cidr in peer.database_subnets
        ]
    for service, port in services.items():
        table += [
            Path(
                source=alb, target=app, port=port, purpose=f"Requests to {service}", directions=("ingress",)
            ),
            Path(source=observability, target=app, port=port, purpose=f"Metrics of {service}"),
        ]
    if websocket_port is not None:
        table += [
            Path(source=INTERNET, target=nlb, port=443, purpose="WebSockets from devices"),
            Path(source=nlb, target=app, port=websocket_port, purpose="WebSockets"),
        ]
    table += [
        Path(source=observability, target=observability, port=port, purpose=purpose)
        for port, purpose in OBSERVABILITY_PORTS.items()
    ]
    table += [
        Path(source=cidr, target=observability, port=3000, purpose="Grafana for administrators")
        for cidr in grafana_admin_cidrs
    ]
    return table


def rules(table: Sequence[Path]) -> Iterator[Rule]:
    """Yield the rules that paths need: one at each end that is a tier."""
    for path in table:
        ends: tuple[tuple[Direction, Tier | str, Tier | str], ...] = (
            ("egress", path.source, path.target),
            ("ingress", path.target, path.source),
        )
        for direction, group, peer in ends:
            if isinstance(group, Tier) and direction in path.directions:
                yield Rule(group=group, direction=direction, peer=peer, port=path.port, purpose=path.purpose)
