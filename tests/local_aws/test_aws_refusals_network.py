"""What EC2 refuses. Every test makes its own VPCs, so that order does not matter."""

import itertools

import pytest

from tests.local_aws.harness import Aws, Client, Refused

_numbers = itertools.count(1)


class Network:
    """A VPC and what tests put into it."""

    def __init__(self, ec2: Client, cidr: str = "10.0.0.0/16") -> None:
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.zone = f"{ec2.meta.region_name}a"

    def subnet(self, cidr: str = "10.0.1.0/24", zone: str | None = None) -> str:
        answer = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone or self.zone)
        return str(answer["Subnet"]["SubnetId"])

    def group(self) -> str:
        name = f"group-{next(_numbers)}"
        return str(self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)["GroupId"])

    def gateway(self) -> str:
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return str(gateway)

    def nat(self, subnet: str) -> str:
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        answer = self.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        return str(answer["NatGateway"]["NatGatewayId"])

    def table(self) -> str:
        return str(self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"])

    def allow_from(self, group: str, other: str, description: str = "") -> None:
        permission = {
            "IpProtocol": "tcp",
            "FromPort": 5432,
            "ToPort": 5432,
            "UserIdGroupPairs": [{"GroupId": other, "Description": description}],
        }
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


@pytest.fixture
def network(aws: Aws) -> Network:
    return Network(aws("ec2"))


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/29"])
def test_vpc_size(aws: Aws, refused: Refused, cidr: str) -> None:
    with refused("InvalidVpc.Range"):
        aws("ec2").create_vpc(CidrBlock=cidr)


def test_overlapping_subnets(network: Network, refused: Refused) -> None:
    network.subnet("10.0.1.0/24")
    with refused("InvalidSubnet.Conflict"):
        network.subnet("10.0.1.128/25")


@pytest.mark.parametrize("cidr", ["10.1.0.0/24", "10.0.1.0/29"])
def test_subnet_outside_the_vpc_or_too_small(network: Network, refused: Refused, cidr: str) -> None:
    with refused("InvalidSubnet.Range"):
        network.subnet(cidr)


@pytest.mark.parametrize("zone", ["ap-northeast-3a", "ap-northeast-1b"])
def test_zone_that_the_region_does_not_offer(network: Network, refused: Refused, zone: str) -> None:
    with refused("InvalidParameterValue"):
        network.subnet(zone=zone)


def test_rule_for_a_group_of_another_vpc(network: Network, aws: Aws, refused: Refused) -> None:
    other = Network(aws("ec2"), "10.50.0.0/16")
    with refused("InvalidGroup.NotFound"):
        network.allow_from(network.group(), other.group())


def test_rule_for_a_group_of_another_region(network: Network, aws: Aws, refused: Refused) -> None:
    other = Network(aws("ec2", "ap-northeast-3"), "10.51.0.0/16")
    with refused("InvalidGroup.NotFound"):
        network.allow_from(network.group(), other.group())


def test_rule_for_a_group_of_a_peered_vpc_is_accepted(network: Network, aws: Aws) -> None:
    other = Network(aws("ec2"), "10.52.0.0/16")
    ec2 = network.ec2
    peering = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other.vpc)
    peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    group, peer = network.group(), other.group()
    network.allow_from(group, peer)


def test_duplicate_rule(network: Network, refused: Refused) -> None:
    group, other = network.group(), network.group()
    network.allow_from(group, other)
    for description in ("", "other words"):
        with refused("InvalidPermission.Duplicate"):
            network.allow_from(group, other, description)


def test_rule_with_ports_in_the_wrong_order(network: Network, refused: Refused) -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 8003,
        "ToPort": 8001,
        "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
    }
    with refused("InvalidParameterValue"):
        network.ec2.authorize_security_group_ingress(GroupId=network.group(), IpPermissions=[permission])


def test_group_name_taken(network: Network, refused: Refused) -> None:
    network.ec2.create_security_group(GroupName="taken", Description="d", VpcId=network.vpc)
    with refused("InvalidGroup.Duplicate"):
        network.ec2.create_security_group(GroupName="taken", Description="d", VpcId=network.vpc)


def test_route_to_a_nat_gateway_of_another_vpc(network: Network, aws: Aws, refused: Refused) -> None:
    other = Network(aws("ec2"), "10.53.0.0/16")
    other.gateway()
    nat = other.nat(other.subnet("10.53.1.0/24"))
    with refused("InvalidParameterValue"):
        network.ec2.create_route(
            RouteTableId=network.table(), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat
        )


def test_route_to_an_internet_gateway_of_another_vpc(network: Network, aws: Aws, refused: Refused) -> None:
    gateway = Network(aws("ec2"), "10.54.0.0/16").gateway()
    with refused("InvalidParameterValue"):
        network.ec2.create_route(
            RouteTableId=network.table(), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )


def test_route_to_a_peering_of_other_vpcs(network: Network, aws: Aws, refused: Refused) -> None:
    first, second = Network(aws("ec2"), "10.55.0.0/16"), Network(aws("ec2"), "10.56.0.0/16")
    peering = network.ec2.create_vpc_peering_connection(VpcId=first.vpc, PeerVpcId=second.vpc)
    with refused("InvalidParameterValue"):
        network.ec2.create_route(
            RouteTableId=network.table(),
            DestinationCidrBlock="10.55.0.0/16",
            VpcPeeringConnectionId=peering["VpcPeeringConnection"]["VpcPeeringConnectionId"],
        )


def test_second_route_for_a_destination(network: Network, refused: Refused) -> None:
    gateway, table = network.gateway(), network.table()
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    network.ec2.create_route(**route)
    with refused("RouteAlreadyExists"):
        network.ec2.create_route(**route)


def test_gateway_route_inside_the_vpc(network: Network, refused: Refused) -> None:
    with refused("InvalidParameterValue"):
        network.ec2.create_route(
            RouteTableId=network.table(), DestinationCidrBlock="10.0.7.0/24", GatewayId=network.gateway()
        )


def test_subnet_with_two_route_tables(network: Network, refused: Refused) -> None:
    subnet = network.subnet()
    network.ec2.associate_route_table(RouteTableId=network.table(), SubnetId=subnet)
    with refused("Resource.AlreadyAssociated"):
        network.ec2.associate_route_table(RouteTableId=network.table(), SubnetId=subnet)


def test_nat_gateway_in_a_missing_subnet(aws: Aws, refused: Refused) -> None:
    ec2 = aws("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    with refused("InvalidSubnetID.NotFound"):
        ec2.create_nat_gateway(SubnetId="subnet-0123456789abcdef0", AllocationId=address)


def test_nat_gateway_without_internet_gateway(network: Network, refused: Refused) -> None:
    subnet = network.subnet()
    with refused("Gateway.NotAttached"):
        network.nat(subnet)


def test_nat_gateway_with_an_address_in_use(network: Network, refused: Refused) -> None:
    network.gateway()
    subnet = network.subnet()
    address = network.ec2.allocate_address(Domain="vpc")["AllocationId"]
    network.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    with refused("Resource.AlreadyAssociated"):
        network.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)


def interface_endpoint(network: Network, *subnets: str) -> None:
    network.ec2.create_vpc_endpoint(
        VpcId=network.vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.ap-northeast-1.logs",
        SubnetIds=list(subnets),
        PrivateDnsEnabled=True,
    )


def test_private_dns_endpoint_without_dns_hostnames(network: Network, refused: Refused) -> None:
    subnet = network.subnet()
    with refused("InvalidParameter"):
        interface_endpoint(network, subnet)


def test_second_private_dns_endpoint_for_a_service(network: Network, refused: Refused) -> None:
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    subnet = network.subnet()
    interface_endpoint(network, subnet)
    with refused("InvalidParameter"):
        interface_endpoint(network, subnet)


def test_endpoint_twice_in_a_zone(network: Network, refused: Refused) -> None:
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    with refused("DuplicateSubnetsInSameZone"):
        interface_endpoint(network, network.subnet("10.0.1.0/24"), network.subnet("10.0.2.0/24"))


def test_endpoint_service_of_another_region(network: Network, refused: Refused) -> None:
    with refused("InvalidServiceName"):
        network.ec2.create_vpc_endpoint(VpcId=network.vpc, ServiceName="com.amazonaws.ap-northeast-3.s3")


def test_peering_of_overlapping_networks_fails(network: Network, aws: Aws) -> None:
    other = Network(aws("ec2", "ap-northeast-3"), "10.0.128.0/17")
    peering = network.ec2.create_vpc_peering_connection(
        VpcId=network.vpc, PeerVpcId=other.vpc, PeerRegion="ap-northeast-3"
    )["VpcPeeringConnection"]
    described = network.ec2.describe_vpc_peering_connections(
        VpcPeeringConnectionIds=[peering["VpcPeeringConnectionId"]]
    )["VpcPeeringConnections"]
    assert described[0]["Status"]["Code"] == "failed"


def test_peering_accepted_in_the_wrong_region(network: Network, aws: Aws, refused: Refused) -> None:
    other = Network(aws("ec2", "ap-northeast-3"), "10.57.0.0/16")
    peering = network.ec2.create_vpc_peering_connection(
        VpcId=network.vpc, PeerVpcId=other.vpc, PeerRegion="ap-northeast-3"
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    with refused("OperationNotPermitted"):
        network.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    other.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)


def test_vpc_in_use(network: Network, refused: Refused) -> None:
    network.subnet()
    with refused("DependencyViolation"):
        network.ec2.delete_vpc(VpcId=network.vpc)


@pytest.mark.parametrize("content", ["gateway", "group", "table"])
def test_vpc_with_content(network: Network, refused: Refused, content: str) -> None:
    getattr(network, content)()
    with refused("DependencyViolation"):
        network.ec2.delete_vpc(VpcId=network.vpc)


def test_empty_vpc_can_go(network: Network) -> None:
    network.ec2.delete_vpc(VpcId=network.vpc)


def test_subnet_in_use(network: Network, refused: Refused) -> None:
    network.gateway()
    subnet = network.subnet()
    nat = network.nat(subnet)
    with refused("DependencyViolation"):
        network.ec2.delete_subnet(SubnetId=subnet)
    network.ec2.delete_nat_gateway(NatGatewayId=nat)
    network.ec2.delete_subnet(SubnetId=subnet)


def test_group_that_another_group_names(network: Network, refused: Refused) -> None:
    group, other = network.group(), network.group()
    network.allow_from(group, other)
    with refused("DependencyViolation"):
        network.ec2.delete_security_group(GroupId=other)
    network.ec2.delete_security_group(GroupId=group)
    network.ec2.delete_security_group(GroupId=other)


def test_group_in_use(network: Network, refused: Refused) -> None:
    group = network.group()
    interface = network.ec2.create_network_interface(SubnetId=network.subnet(), Groups=[group])
    with refused("DependencyViolation"):
        network.ec2.delete_security_group(GroupId=group)
    network.ec2.delete_network_interface(
        NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"]
    )
    network.ec2.delete_security_group(GroupId=group)


def test_default_group_stays(network: Network, refused: Refused) -> None:
    (group,) = network.ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [network.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    with refused("CannotDelete"):
        network.ec2.delete_security_group(GroupId=group["GroupId"])


def test_internet_gateway_in_use(network: Network, refused: Refused) -> None:
    gateway = network.gateway()
    with refused("DependencyViolation"):
        network.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    nat = network.nat(network.subnet())
    with refused("DependencyViolation"):
        network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    network.ec2.delete_nat_gateway(NatGatewayId=nat)
    network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)


def test_route_table_in_use(network: Network, refused: Refused) -> None:
    table = network.table()
    network.ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnet())
    with refused("DependencyViolation"):
        network.ec2.delete_route_table(RouteTableId=table)


def test_address_in_use(network: Network, refused: Refused) -> None:
    network.gateway()
    address = network.ec2.allocate_address(Domain="vpc")["AllocationId"]
    network.ec2.create_nat_gateway(SubnetId=network.subnet(), AllocationId=address)
    with refused("InvalidIPAddress.InUse"):
        network.ec2.release_address(AllocationId=address)


def flow_log(network: Network, role: str) -> Client:
    return network.ec2.create_flow_logs(
        ResourceIds=[network.vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogDestination="arn:aws:logs:ap-northeast-1:123456789012:log-group:flow",
        DeliverLogsPermissionArn=role,
    )


def role_for(aws: Aws, service: str) -> str:
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        f'"Principal": {{"Service": "{service}"}}}}]}}'
    )
    name = f"flow-{next(_numbers)}"
    return str(aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])


def test_flow_log_role_that_cannot_be_assumed(network: Network, aws: Aws, refused: Refused) -> None:
    with refused("InvalidParameter"):
        flow_log(network, role_for(aws, "ecs.amazonaws.com"))
    with refused("InvalidParameter"):
        flow_log(network, "arn:aws:iam::123456789012:role/missing")
    role = role_for(aws, "vpc-flow-logs.amazonaws.com")
    assert flow_log(network, role)["FlowLogIds"]
    with refused("FlowLogAlreadyExists"):
        flow_log(network, role)
