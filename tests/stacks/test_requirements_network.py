"""Requirements: Networking. What the plan of production says of it, one figure a test."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from operations.plan import Plan
from tests.stacks.reading import named, sources

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
SUBNET = "aws:ec2/subnet:Subnet"
WORLD = "0.0.0.0/0"


def subnets(plan: Plan, tier: str) -> list[tuple[str, str]]:
    """Range and zone of a tier's subnets, in the order of the ranges."""
    found = (each for name, each in named(plan, SUBNET).items() if name.startswith(f"vpc-{tier}-"))
    return sorted((each["cidrBlock"], each["availabilityZone"]) for each in found)


def tiers(plan: Plan, type_: str, name: str, key: str) -> set[str]:
    """Tiers of the subnets that an input names."""
    return {source.split("-")[1] for kind, source in sources(plan, type_, name, key) if kind == SUBNET}


def test_range(prod: Plan) -> None:
    assert named(prod, "aws:ec2/vpc:Vpc")["vpc"]["cidrBlock"] == "10.0.0.0/16"


@pytest.mark.parametrize(
    ("tier", "ranges"),
    [
        ("public", ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]),
        ("private", ["10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"]),
        ("database", ["10.0.20.0/24", "10.0.21.0/24", "10.0.22.0/24"]),
    ],
    ids=["public", "private", "database"],
)
def test_subnets(prod: Plan, tier: str, ranges: list[str]) -> None:
    assert [range_ for range_, _ in subnets(prod, tier)] == ranges


def test_each_tier_has_three_zones_of_tokyo(prod: Plan) -> None:
    zones = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
    for tier in ("public", "private", "database"):
        assert [zone for _, zone in subnets(prod, tier)] == zones


def test_load_balancers_are_in_public_subnets(prod: Plan) -> None:
    assert tiers(prod, "aws:lb/loadBalancer:LoadBalancer", "alb", "subnets") == {"public"}


def test_nat_gateways_are_in_public_subnets(prod: Plan) -> None:
    gateways = named(prod, "aws:ec2/natGateway:NatGateway")
    for name in gateways:
        assert tiers(prod, "aws:ec2/natGateway:NatGateway", name, "subnetId") == {"public"}


def test_services_are_in_private_subnets(prod: Plan) -> None:
    for service in ("svc-portal", "svc-smarttab", "mpac-pgw"):
        assert tiers(prod, "aws:ecs/service:Service", service, "networkConfiguration") == {"private"}


def test_the_database_is_in_database_subnets(prod: Plan) -> None:
    assert tiers(prod, "aws:rds/subnetGroup:SubnetGroup", "database", "subnetIds") == {"database"}


def test_the_cache_is_in_database_subnets(prod: Plan) -> None:
    assert tiers(prod, "aws:elasticache/subnetGroup:SubnetGroup", "cache", "subnetIds") == {"database"}


def test_each_zone_has_a_nat_gateway(prod: Plan) -> None:
    assert len(named(prod, "aws:ec2/natGateway:NatGateway")) == 3


def ways_out(plan: Plan, zone: str) -> set[tuple[str, str]]:
    return sources(plan, "aws:ec2/route:Route", f"vpc-private-{zone}-default", "natGatewayId")


def test_private_subnets_leave_by_nat_gateways(prod: Plan) -> None:
    for zone in ("1a", "1c", "1d"):
        assert {type_ for type_, _ in ways_out(prod, zone)} == {"aws:ec2/natGateway:NatGateway"}


def test_private_subnets_leave_by_the_nat_gateway_of_their_zone(prod: Plan) -> None:
    for zone in ("1a", "1c", "1d"):
        assert {name for _, name in ways_out(prod, zone)} == {f"vpc-nat-{zone}"}


def test_flow_logs_go_to_cloudwatch(prod: Plan) -> None:
    assert named(prod, FLOW_LOG)["vpc-flow-logs"]["logDestinationType"] == "cloud-watch-logs"


def test_flow_logs_hold_accepted_and_rejected_traffic(prod: Plan) -> None:
    assert named(prod, FLOW_LOG)["vpc-flow-logs"]["trafficType"] == "ALL"


def test_flow_logs_are_kept_for_30_days(prod: Plan) -> None:
    assert named(prod, "aws:cloudwatch/logGroup:LogGroup")["vpc-flow-logs"]["retentionInDays"] == 30


@pytest.mark.parametrize(("stack", "own", "other"), [("prod", 0, 1), ("dr", 1, 0)])
def test_the_peering_carries_postgresql_of_the_sql_task_and_nothing_else(
    plan_of: Callable[[str], Plan], stack: str, own: int, other: int
) -> None:
    plan = plan_of(stack)
    ingress = named(plan, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    egress = named(plan, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    near, far = (ip_network(f"10.{each}.0.0/16") for each in (own, other))
    ranges = {name: each.get("cidrIpv4", WORLD) for name, each in {**ingress, **egress}.items()}
    crossing = {
        name for name, each in ranges.items() if each != WORLD and not ip_network(each).subnet_of(near)
    }
    assert crossing == {
        *(f"sg-database-from-10.{other}.{zone}.0-24-5432" for zone in (10, 11, 12)),
        *(f"sg-sql-to-10.{other}.{zone}.0-24-5432" for zone in (20, 21, 22)),
    }
    assert all(ip_network(ranges[name]).subnet_of(far) for name in crossing)
    assert {each["fromPort"] for name, each in {**ingress, **egress}.items() if name in crossing} == {5432}
