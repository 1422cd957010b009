"""The network of a stack, with the requirement's figures."""

import json
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.context import Context
from components.network.policies import flow_log_delivery, flow_log_trust, s3_endpoint
from components.network.settings import NetworkSettings
from components.network.vpc import Vpc, VpcArgs
from components.problems import SettingsError
from tests.components.contexts import ACCOUNT, CONTEXT, PLAIN, TOKYO
from tests.components.recording import UNKNOWN, Registration, of_type, only, record, repeated_names

ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
INTERNET = "0.0.0.0/0"

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ADDRESS = "aws:ec2/eip:Eip"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"


PROD = NetworkSettings(
    cidr="10.0.0.0/16",
    availability_zones=ZONES,
    public_subnets=("10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"),
    private_subnets=("10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"),
    database_subnets=("10.0.20.0/24", "10.0.21.0/24", "10.0.22.0/24"),
)


def network(context: Context = CONTEXT, **changes: Any) -> list[Registration]:  # noqa: ANN401
    settings = PROD.model_copy(update=changes)
    return record(lambda: Vpc("vpc", VpcArgs(context=context, settings=settings)))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return network()


def referred(registration: Registration, key: str) -> set[tuple[str, str]]:
    """Return type and name of what a property is made from."""
    urns = [urn.split("::") for urn in registration.property_dependencies[key]]
    return {(urn[2].rpartition("$")[2], urn[3]) for urn in urns}


def tables_by_subnet(registrations: list[Registration]) -> dict[str, str]:
    """Return the name of each subnet's route table."""
    tables = {}
    for association in of_type(registrations, ASSOCIATION).values():
        ((subnet_type, subnet),) = referred(association, "subnetId")
        ((table_type, table),) = referred(association, "routeTableId")
        assert (subnet_type, table_type) == (SUBNET, ROUTE_TABLE)
        assert subnet not in tables, "a subnet has one route table"
        tables[subnet] = table
    return tables


def default_targets(registrations: list[Registration]) -> dict[str, tuple[str, str]]:
    """Return where each route table sends what is not for the VPC."""
    targets = {}
    for route in of_type(registrations, ROUTE).values():
        assert route.inputs["destinationCidrBlock"] == INTERNET
        ((_, table),) = referred(route, "routeTableId")
        assert table not in targets
        key = "natGatewayId" if "natGatewayId" in route.inputs else "gatewayId"
        (targets[table],) = referred(route, key)
    return targets


def test_the_vpc_has_the_required_range_and_resolves_private_names(prod: list[Registration]) -> None:
    vpc = only(prod, "aws:ec2/vpc:Vpc")
    assert vpc.inputs["cidrBlock"] == "10.0.0.0/16"
    assert vpc.inputs["enableDnsSupport"] is True
    assert vpc.inputs["enableDnsHostnames"] is True


@pytest.mark.parametrize(
    ("tier", "cidrs"),
    [
        ("public", ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]),
        ("private", ["10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"]),
        ("database", ["10.0.20.0/24", "10.0.21.0/24", "10.0.22.0/24"]),
    ],
)
def test_each_tier_has_the_required_subnet_in_each_zone(
    prod: list[Registration], tier: str, cidrs: list[str]
) -> None:
    subnets = [item.inputs for name, item in of_type(prod, SUBNET).items() if f"-{tier}-" in name]
    assert {item["availabilityZone"]: item["cidrBlock"] for item in subnets} == dict(
        zip(ZONES, cidrs, strict=True)
    )


def test_no_subnet_deals_out_public_addresses(prod: list[Registration]) -> None:
    assert len(of_type(prod, SUBNET)) == 9
    assert {item.inputs["mapPublicIpOnLaunch"] for item in of_type(prod, SUBNET).values()} == {False}


def test_public_subnets_reach_the_internet_directly(prod: list[Registration]) -> None:
    targets, tables = default_targets(prod), tables_by_subnet(prod)
    for zone in ("1a", "1c", "1d"):
        assert targets[tables[f"vpc-public-{zone}"]] == (INTERNET_GATEWAY, "vpc")


def test_each_private_subnet_uses_the_nat_gateway_of_its_own_zone(prod: list[Registration]) -> None:
    targets, tables = default_targets(prod), tables_by_subnet(prod)
    gateways = of_type(prod, NAT_GATEWAY)
    assert len(gateways) == 3
    for zone in ("1a", "1c", "1d"):
        type_, gateway = targets[tables[f"vpc-private-{zone}"]]
        assert type_ == NAT_GATEWAY
        assert referred(gateways[gateway], "subnetId") == {(SUBNET, f"vpc-public-{zone}")}


def test_each_nat_gateway_has_an_address_of_its_own(prod: list[Registration]) -> None:
    addresses = [referred(item, "allocationId") for item in of_type(prod, NAT_GATEWAY).values()]
    assert len({address for ((_, address),) in addresses}) == 3
    assert {item.inputs["domain"] for item in of_type(prod, ADDRESS).values()} == {"vpc"}


def test_a_single_nat_gateway_serves_all_zones() -> None:
    single = network(nat_gateways="single")
    targets, tables = default_targets(single), tables_by_subnet(single)
    assert {targets[tables[f"vpc-private-{zone}"]] for zone in ("1a", "1c", "1d")} == {
        (NAT_GATEWAY, "vpc-nat-1a")
    }
    assert len(of_type(single, NAT_GATEWAY)) == len(of_type(single, ADDRESS)) == 1


def test_the_number_of_nat_gateways_changes_no_other_name(prod: list[Registration]) -> None:
    def others(registrations: list[Registration]) -> set[str]:
        return {item.urn for item in registrations if item.type not in (NAT_GATEWAY, ADDRESS)}

    assert others(network(nat_gateways="single")) == others(prod)


def test_the_database_tier_has_no_way_out(prod: list[Registration]) -> None:
    tables = {table for subnet, table in tables_by_subnet(prod).items() if "-database-" in subnet}
    assert tables
    assert not tables & default_targets(prod).keys()


def test_addresses_and_nat_gateways_wait_for_the_internet_gateway(prod: list[Registration]) -> None:
    gateway = only(prod, INTERNET_GATEWAY).urn
    for type_ in (ADDRESS, NAT_GATEWAY):
        assert all(gateway in item.dependencies for item in of_type(prod, type_).values())


def test_routes_are_resources_of_their_own(prod: list[Registration]) -> None:
    assert all("routes" not in item.inputs for item in of_type(prod, ROUTE_TABLE).values())


def test_the_default_security_group_allows_nothing(prod: list[Registration]) -> None:
    group = only(prod, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert referred(group, "vpcId") == {("aws:ec2/vpc:Vpc", "vpc")}
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []


def test_flow_logs_hold_all_traffic_for_30_days_encrypted(prod: list[Registration]) -> None:
    flow_log = only(prod, "aws:ec2/flowLog:FlowLog")
    log_group = only(prod, "aws:cloudwatch/logGroup:LogGroup")
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["logDestinationType"] == "cloud-watch-logs"
    assert flow_log.inputs["maxAggregationInterval"] == 60
    assert referred(flow_log, "vpcId") == {("aws:ec2/vpc:Vpc", "vpc")}
    assert referred(flow_log, "logDestination") == {(log_group.type, log_group.name)}
    assert log_group.inputs["name"] == "/mpac/prod/vpc-flow-logs"
    assert log_group.inputs["retentionInDays"] == 30
    assert log_group.inputs["kmsKeyId"] == "arn:aws:kms:ap-northeast-1:123456789012:key/logs"


def test_the_flow_log_waits_until_its_role_may_write(prod: list[Registration]) -> None:
    policy = only(prod, "aws:iam/rolePolicy:RolePolicy")
    assert policy.urn in only(prod, "aws:ec2/flowLog:FlowLog").dependencies


def test_s3_is_reached_through_a_gateway_from_private_and_database_subnets(
    prod: list[Registration],
) -> None:
    endpoint = of_type(prod, ENDPOINT)["vpc-endpoints-s3"]
    assert endpoint.inputs["serviceName"] == "com.amazonaws.ap-northeast-1.s3"
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    tables = {table for subnet, table in tables_by_subnet(prod).items() if "-public-" not in subnet}
    assert {name for _, name in referred(endpoint, "routeTableIds")} == tables
    assert len(tables) == 4


def test_each_service_has_one_private_endpoint_in_every_zone(prod: list[Registration]) -> None:
    endpoints = [
        item for item in of_type(prod, ENDPOINT).values() if item.inputs["vpcEndpointType"] == "Interface"
    ]
    assert sorted(item.inputs["serviceName"] for item in endpoints) == [
        "com.amazonaws.ap-northeast-1.ecr.api",
        "com.amazonaws.ap-northeast-1.ecr.dkr",
        "com.amazonaws.ap-northeast-1.kms",
        "com.amazonaws.ap-northeast-1.logs",
        "com.amazonaws.ap-northeast-1.monitoring",
        "com.amazonaws.ap-northeast-1.secretsmanager",
        "com.amazonaws.ap-northeast-1.sts",
    ]
    for endpoint in endpoints:
        assert endpoint.inputs["privateDnsEnabled"] is True
        assert {name for _, name in referred(endpoint, "subnetIds")} == {
            "vpc-private-1a",
            "vpc-private-1c",
            "vpc-private-1d",
        }
        assert referred(endpoint, "securityGroupIds") == {(SECURITY_GROUP, "vpc-endpoints")}


def test_interface_endpoints_take_https_from_the_vpc_only(prod: list[Registration]) -> None:
    rule = only(prod, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert referred(rule, "securityGroupId") == {(SECURITY_GROUP, "vpc-endpoints")}
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 443, 443)
    assert rule.inputs["cidrIpv4"] == "10.0.0.0/16"
    assert not of_type(prod, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert not {"ingress", "egress"} & only(prod, SECURITY_GROUP).inputs.keys()


def test_what_cannot_be_brought_back_is_protected(prod: list[Registration]) -> None:
    protected = {item.type for item in prod if item.protect}
    assert protected == {"aws:ec2/vpc:Vpc", SUBNET, ADDRESS, "aws:cloudwatch/logGroup:LogGroup"}
    assert all(item.protect for item in prod if item.type in protected)
    assert not any(item.protect for item in network(replace(CONTEXT, protect=False)))


def test_what_has_no_name_is_found_by_a_tag_that_nothing_else_has(prod: list[Registration]) -> None:
    unnamed = [
        item
        for item in prod
        if item.custom and "name" not in item.inputs and item.type not in (ROUTE, ASSOCIATION)
    ]
    names = [item.inputs["tags"]["Name"] for item in unnamed]
    assert len(names) == len(set(names)) > 25
    assert all(name.startswith("mpac-prod-") for name in names)


def test_every_resource_is_in_its_component(prod: list[Registration]) -> None:
    components = {item.urn for item in prod if not item.custom}
    assert len(components) == 3
    assert all(item.parent in components for item in prod if item.custom)


def test_outputs_name_subnets_in_the_order_of_the_zones(prod: list[Registration]) -> None:
    outputs = only(prod, "mpac:network:Vpc").outputs
    assert outputs == {
        "vpcId": "vpc-id",
        "cidr": "10.0.0.0/16",
        "publicSubnetIds": ["vpc-public-1a-id", "vpc-public-1c-id", "vpc-public-1d-id"],
        "privateSubnetIds": ["vpc-private-1a-id", "vpc-private-1c-id", "vpc-private-1d-id"],
        "databaseSubnetIds": ["vpc-database-1a-id", "vpc-database-1c-id", "vpc-database-1d-id"],
        "peeringRouteTableIds": {
            "private-1a": "vpc-private-1a-id",
            "private-1c": "vpc-private-1c-id",
            "private-1d": "vpc-private-1d-id",
            "database": "vpc-database-id",
        },
        "natPublicIps": [f"vpc-nat-{zone}-publicIp" for zone in ("1a", "1c", "1d")],
    }


def test_a_preview_with_unknown_ids_declares_the_same_resources(prod: list[Registration]) -> None:
    preview = record(lambda: Vpc("vpc", VpcArgs(context=CONTEXT, settings=PROD)), preview=True)
    assert {item.urn for item in preview} == {item.urn for item in prod}
    assert only(preview, INTERNET_GATEWAY).inputs["vpcId"] == UNKNOWN


# A stack is recorded each time, which a busy machine may take longer over than Hypothesis has patience.
@settings(max_examples=20, deadline=None)
@given(
    zone_letters=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True),
    second_octet=st.integers(0, 255),
    nat_gateways=st.sampled_from(["perZone", "single"]),
    services=st.lists(st.sampled_from(["ecr.api", "kms", "logs", "sts"]), unique=True),
)
def test_any_network_keeps_its_tiers_apart(
    zone_letters: list[str], second_octet: int, nat_gateways: str, services: list[str]
) -> None:
    cidr = f"10.{second_octet}.0.0/16"
    ranges = [str(subnet) for subnet in IPv4Network(cidr).subnets(new_prefix=24)]
    count = len(zone_letters)
    recorded = network(
        cidr=cidr,
        availability_zones=[f"{TOKYO}{letter}" for letter in zone_letters],
        public_subnets=ranges[:count],
        private_subnets=ranges[10 : 10 + count],
        database_subnets=ranges[20 : 20 + count],
        nat_gateways=nat_gateways,
        interface_endpoints=services,
    )
    targets, tables = default_targets(recorded), tables_by_subnet(recorded)
    assert tables.keys() == of_type(recorded, SUBNET).keys()
    assert len(tables) == 3 * count
    for subnet, table in tables.items():
        kind = targets.get(table, (None, ""))[0]
        tier = subnet.split("-")[1]
        assert kind == {"public": INTERNET_GATEWAY, "private": NAT_GATEWAY, "database": None}[tier]
    assert len(of_type(recorded, NAT_GATEWAY)) == (1 if nat_gateways == "single" else count)
    assert len(of_type(recorded, ENDPOINT)) == 1 + len(services)
    assert all(item.inputs["vpcId"] == "vpc-id" for item in recorded if "vpcId" in item.inputs)


@pytest.mark.parametrize("tier", ["public_subnets", "private_subnets", "database_subnets"])
def test_a_tier_needs_a_range_for_each_zone(tier: str) -> None:
    with pytest.raises(ValueError, match="shorter"):
        network(CONTEXT, **{tier: ("10.0.100.0/24", "10.0.101.0/24")})


def test_two_stand_side_by_side() -> None:
    def program() -> None:
        for name in ("shops", "offices"):
            Vpc(name, VpcArgs(context=CONTEXT, settings=PROD))

    graph = record(program)
    assert repeated_names(graph) == []
    names = [each.inputs["tags"]["Name"] for each in graph if "Name" in each.inputs.get("tags", {})]
    assert len(names) == len(set(names))


def test_another_program_needs_no_key() -> None:
    graph = network(PLAIN)
    log_group = only(graph, "aws:cloudwatch/logGroup:LogGroup")
    assert log_group.inputs["name"] == "/acme/test/vpc-flow-logs"
    assert "kmsKeyId" not in log_group.inputs


def test_subnets_outside_the_range_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"Vpc vpc(.|\n)*privateSubnets\[0\](.|\n)*is outside cidr"):
        network(private_subnets=("10.9.10.0/24", "10.0.11.0/24", "10.0.12.0/24"))


def statements(document: str) -> list[dict[str, Any]]:
    parsed = json.loads(document)
    assert parsed["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = parsed["Statement"]
    return found


def test_only_flow_logs_of_this_account_and_region_assume_the_role() -> None:
    (trust,) = statements(flow_log_trust(ACCOUNT, TOKYO))
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:ap-northeast-1:123456789012:vpc-flow-log/*"},
    }


def test_flow_logs_write_to_their_own_log_group_only() -> None:
    write, find = statements(flow_log_delivery(ACCOUNT, TOKYO, "/mpac/prod/vpc-flow-logs"))
    assert write["Resource"] == (
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/mpac/prod/vpc-flow-logs:*"
    )
    assert sorted(write["Action"]) == [
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    ]
    assert (find["Action"], find["Resource"]) == ("logs:DescribeLogGroups", "*")


def test_the_s3_endpoint_leads_to_own_buckets_and_image_layers_only() -> None:
    own, layers = statements(s3_endpoint(ACCOUNT, TOKYO))
    assert own["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert layers["Action"] == "s3:GetObject"
    assert layers["Resource"] == "arn:aws:s3:::prod-ap-northeast-1-starport-layer-bucket/*"


@pytest.mark.parametrize("document", [flow_log_trust, s3_endpoint])
def test_documents_name_the_region_they_are_for(document: Callable[[str, str], str]) -> None:
    assert "ap-northeast-3" in document(ACCOUNT, "ap-northeast-3")
    assert TOKYO not in document(ACCOUNT, "ap-northeast-3")
