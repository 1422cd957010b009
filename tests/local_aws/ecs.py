"""Tasks and services of ECS as small as they get, and a network that their tasks start in."""

from collections.abc import Mapping
from typing import Any

from tests.local_aws.harness import TOKYO, Aws, Client


class Network:
    """A VPC with a public subnet, and a private one that reaches the internet through a NAT gateway.

    Attributes:
        subnet: Id of the private subnet.
        group: Id of a security group that lets HTTPS out.
    """

    def __init__(self, aws: Aws, beginning: str) -> None:
        self.ec2 = aws("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock=f"{beginning}.0.0/16")["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=self.vpc, **{attribute: {"Value": True}})
        self.subnet, self.table = self.tier(f"{beginning}.1.0/24")
        self.public_subnet, self.public_table = self.tier(f"{beginning}.2.0/24")
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.route(self.public_table, GatewayId=self.gateway)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=self.public_subnet, AllocationId=address)[
            "NatGateway"
        ]["NatGatewayId"]
        self.route(self.table, NatGatewayId=self.nat)
        self.group = self.security_group("tasks")
        self.allow("egress", self.group, "0.0.0.0/0")

    def tier(self, cidr: str) -> tuple[str, str]:
        """A subnet with a route table of its own."""
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"{TOKYO}a")
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(SubnetId=subnet["Subnet"]["SubnetId"], RouteTableId=table)
        return subnet["Subnet"]["SubnetId"], table

    def route(self, table: str, **target: str) -> None:
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)

    def security_group(self, name: str) -> str:
        """A group without rules."""
        group: str = self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)[
            "GroupId"
        ]
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
        return group

    def allow(self, direction: str, group: str, peer: str, port: int = 443) -> None:
        """A rule for a range, or for another group."""
        source: dict[str, Any] = (
            {"UserIdGroupPairs": [{"GroupId": peer}]}
            if peer.startswith("sg-")
            else {"IpRanges": [{"CidrIp": peer}]}
        )
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port} | source
        getattr(self.ec2, f"authorize_security_group_{direction}")(GroupId=group, IpPermissions=[rule])

    def endpoint(self, service: str, group: str) -> str:
        """An interface endpoint in the private subnet."""
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc,
            ServiceName=f"com.amazonaws.{TOKYO}.{service}",
            VpcEndpointType="Interface",
            SubnetIds=[self.subnet],
            SecurityGroupIds=[group],
            PrivateDnsEnabled=True,
        )
        endpoint: str = made["VpcEndpoint"]["VpcEndpointId"]
        return endpoint


def register(ecs: Client, name: str, container: Mapping[str, Any] | None = None, **changes: object) -> str:
    given: dict[str, Any] = {
        "family": name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [
            {"name": "app", "image": "app:1", "portMappings": [{"containerPort": 8002}], **(container or {})}
        ],
    }
    given = {key: value for key, value in (given | changes).items() if value is not None}
    arn: str = ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"]
    return arn


def start(ecs: Client, cluster: str, task: str, subnet: str, **changes: object) -> Client:
    given: dict[str, Any] = {
        "cluster": cluster,
        "serviceName": cluster,
        "taskDefinition": task,
        "desiredCount": 2,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}},
    }
    return ecs.create_service(**given | changes)["service"]


def described(ecs: Client, name: str) -> Client:
    (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
    return service


def newest(ecs: Client, name: str) -> Client:
    arn = ecs.list_service_deployments(cluster=name, service=name)["serviceDeployments"][0]
    (found,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn["serviceDeploymentArn"]])[
        "serviceDeployments"
    ]
    return found
