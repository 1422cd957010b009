"""The deployed networks hold the requirement's figures: Networking."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.cloud.conftest import Aws, Client, Place

RANGES = {
    "prod": "10.0.0.0/16",
    "dr": "10.1.0.0/16",
    "staging": "10.10.0.0/16",
}
ZONES = {
    "prod": ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"],
    "dr": ["ap-northeast-3a", "ap-northeast-3b", "ap-northeast-3c"],
    "staging": ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"],
}
THIRD_OCTETS = {"public": (1, 2, 3), "private": (10, 11, 12), "database": (20, 21, 22)}


def named(tags: list[dict[str, str]]) -> str:
    return next(tag["Value"] for tag in tags if tag["Key"] == "Name")


@pytest.fixture
def ec2(aws: Aws, stack: Place) -> Client:
    return aws("ec2", stack.region)


@pytest.fixture
def within(vpc_id: str) -> list[dict[str, Any]]:
    """A filter for what lies in the stack's VPC."""
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


@pytest.fixture
def subnets(ec2: Client, within: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Subnets by range."""
    return {subnet["CidrBlock"]: subnet for subnet in ec2.describe_subnets(Filters=within)["Subnets"]}


@pytest.fixture
def table_of(ec2: Client, within: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The route table of each associated subnet."""
    tables = ec2.describe_route_tables(Filters=within)["RouteTables"]
    return {
        association["SubnetId"]: table
        for table in tables
        for association in table["Associations"]
        if "SubnetId" in association
    }


def default_route(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"), {})


def test_range_of_the_vpc_and_its_names(ec2: Client, stack: Place, vpc_id: str) -> None:
    (vpc,) = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    assert vpc["CidrBlock"] == RANGES[stack.name]
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is True


def test_three_tiers_in_three_zones(subnets: dict[str, Mapping[str, Any]], stack: Place) -> None:
    prefix = ".".join(RANGES[stack.name].split(".")[:2])
    expected = {
        f"{prefix}.{octet}.0/24": zone
        for octets in THIRD_OCTETS.values()
        for octet, zone in zip(octets, ZONES[stack.name], strict=True)
    }
    assert {cidr: subnet["AvailabilityZone"] for cidr, subnet in subnets.items()} == expected
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets.values())


def tier(subnets: Mapping[str, Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """Subnets of a tier, in the order of their zones."""
    by_octet = {int(cidr.split(".")[2]): subnet for cidr, subnet in subnets.items()}
    return [by_octet[octet] for octet in THIRD_OCTETS[name]]


def test_a_nat_gateway_per_zone_and_one_in_staging(
    ec2: Client, within: list[dict[str, Any]], subnets: dict[str, Mapping[str, Any]], stack: Place
) -> None:
    gateways = ec2.describe_nat_gateways(Filter=within)["NatGateways"]
    where = sorted(gateway["SubnetId"] for gateway in gateways if gateway["State"] == "available")
    public = [subnet["SubnetId"] for subnet in tier(subnets, "public")]
    assert where == sorted(public if stack.name != "staging" else public[:1])


def test_public_subnets_leave_by_the_internet_gateway(
    subnets: dict[str, Mapping[str, Any]], table_of: dict[str, Mapping[str, Any]]
) -> None:
    for subnet in tier(subnets, "public"):
        assert default_route(table_of[subnet["SubnetId"]])["GatewayId"].startswith("igw-")


def test_private_subnets_leave_by_the_gateway_of_their_zone(
    ec2: Client,
    within: list[dict[str, Any]],
    subnets: dict[str, Mapping[str, Any]],
    table_of: dict[str, Mapping[str, Any]],
) -> None:
    gateways = {
        gateway["NatGatewayId"]: gateway["SubnetId"]
        for gateway in ec2.describe_nat_gateways(Filter=within)["NatGateways"]
    }
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets.values()}
    single = len(gateways) == 1
    for subnet in tier(subnets, "private"):
        gateway = default_route(table_of[subnet["SubnetId"]])["NatGatewayId"]
        assert single or zones[gateways[gateway]] == subnet["AvailabilityZone"]


def test_database_subnets_have_no_way_out(
    subnets: dict[str, Mapping[str, Any]], table_of: dict[str, Mapping[str, Any]]
) -> None:
    for subnet in tier(subnets, "database"):
        assert default_route(table_of[subnet["SubnetId"]]) == {}


@pytest.fixture
def groups(ec2: Client, within: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Security groups by the last part of their names."""
    found = ec2.describe_security_groups(Filters=within)["SecurityGroups"]
    return {group["GroupName"].rpartition("-")[2]: group for group in found}


def allowed(group: Mapping[str, Any], direction: str) -> set[tuple[int | None, str]]:
    """Port and other end of every rule; a group is told by its id."""
    return {
        (permission.get("FromPort") if permission["IpProtocol"] != "-1" else None, peer)
        for permission in group[direction]
        for peer in [
            *(ip["CidrIp"] for ip in permission["IpRanges"]),
            *(pair["GroupId"] for pair in permission["UserIdGroupPairs"]),
        ]
    }


def test_load_balancer_takes_443_and_80_from_the_world_and_reaches_the_services(
    groups: dict[str, Mapping[str, Any]],
) -> None:
    assert allowed(groups["alb"], "IpPermissions") == {(443, "0.0.0.0/0"), (80, "0.0.0.0/0")}
    assert allowed(groups["alb"], "IpPermissionsEgress") == {(None, groups["app"]["GroupId"])}


def test_services_take_8001_to_8003_from_the_load_balancer(groups: dict[str, Mapping[str, Any]]) -> None:
    from_balancer = {
        port for port, peer in allowed(groups["app"], "IpPermissions") if peer == groups["alb"]["GroupId"]
    }
    assert from_balancer == {8001, 8002, 8003}
    assert allowed(groups["app"], "IpPermissionsEgress") >= {
        (443, "0.0.0.0/0"),
        (5432, groups["database"]["GroupId"]),
        (6379, groups["cache"]["GroupId"]),
    }


@pytest.mark.parametrize(("name", "port"), [("database", 5432), ("cache", 6379)])
def test_data_takes_its_port_from_the_services_and_sends_nothing(
    groups: dict[str, Mapping[str, Any]], name: str, port: int
) -> None:
    assert (port, groups["app"]["GroupId"]) in allowed(groups[name], "IpPermissions")
    assert {each for each, _ in allowed(groups[name], "IpPermissions")} == {port}
    assert allowed(groups[name], "IpPermissionsEgress") == set()


def test_the_default_group_is_empty(groups: dict[str, Mapping[str, Any]]) -> None:
    assert groups["default"]["IpPermissions"] == groups["default"]["IpPermissionsEgress"] == []


def test_flow_logs_hold_all_traffic_for_30_days_encrypted(
    aws: Aws, ec2: Client, stack: Place, vpc_id: str
) -> None:
    (log,) = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc_id]}])["FlowLogs"]
    assert (log["TrafficType"], log["LogDestinationType"]) == ("ALL", "cloud-watch-logs")
    name = log.get("LogGroupName") or log["LogDestination"].split(":")[6]
    (group,) = aws("logs", stack.region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 30
    key = aws("kms", stack.region).describe_key(KeyId=group["kmsKeyId"])["KeyMetadata"]
    assert key["KeyManager"] == "CUSTOMER"
    assert f"key/{key['KeyId']}" in group["kmsKeyId"]


def test_endpoints_keep_aws_traffic_inside(ec2: Client, within: list[dict[str, Any]], stack: Place) -> None:
    endpoints = ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    services = {
        each["ServiceName"].removeprefix(f"com.amazonaws.{stack.region}."): each for each in endpoints
    }
    few = {"s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager"}
    assert set(services) == (few if stack.name == "staging" else few | {"kms", "monitoring", "sts"})
    assert services.pop("s3")["VpcEndpointType"] == "Gateway"
    for endpoint in services.values():
        assert endpoint["VpcEndpointType"] == "Interface"
        assert endpoint["PrivateDnsEnabled"]
        assert len(endpoint["SubnetIds"]) == 3


def test_peering_routes_each_range_to_the_other_side(aws: Aws, outputs: Any) -> None:  # noqa: ANN401 (fixture)
    prod, dr = outputs("prod")["vpcId"], outputs("dr")["vpcId"]
    peerings = aws("ec2", "ap-northeast-3").describe_vpc_peering_connections(
        Filters=[{"Name": "requester-vpc-info.vpc-id", "Values": [dr]}]
    )["VpcPeeringConnections"]
    (peering,) = [each for each in peerings if each["AccepterVpcInfo"]["VpcId"] == prod]
    assert peering["Status"]["Code"] == "active"
    for vpc, region, other in (
        (prod, "ap-northeast-1", "10.1.0.0/16"),
        (dr, "ap-northeast-3", "10.0.0.0/16"),
    ):
        tables = aws("ec2", region).describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
        routed = [
            table
            for table in tables["RouteTables"]
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == other
            and route["VpcPeeringConnectionId"] == peering["VpcPeeringConnectionId"]
        ]
        # Three of private subnets; those of databases share one or have one each.
        assert len(routed) >= 4, region


def test_everything_is_tagged_by_environment_and_payer(
    ec2: Client, within: list[dict[str, Any]], stack: Place, vpc_id: str
) -> None:
    resources = [
        *ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"],
        *ec2.describe_subnets(Filters=within)["Subnets"],
        *ec2.describe_nat_gateways(Filter=within)["NatGateways"],
        *ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"],
    ]
    for resource in resources:
        tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
        assert tags["Environment"] == stack.name
        assert tags.keys() >= {"Name", "Project", "Owner", "CostCenter"}
