"""Subnets, NAT gateways, endpoints, flow logs: what EC2 refuses when a VPC is built."""

from ipaddress import IPv4Network

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.policies import lets_service
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto


@refuses("ec2", "CreateSubnet")
def subnet_size_and_zone(call: Call) -> None:
    """A subnet is a /16 to /28 in a zone of its own region."""
    cidr = call.params.get("CidrBlock")
    if cidr and not 16 <= IPv4Network(cidr, strict=False).prefixlen <= 28:  # noqa: PLR2004
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    zone = call.params.get("AvailabilityZone")
    zones = [zone.name for zone in call.backend("ec2").describe_availability_zones()]
    if zone and zone not in zones:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be "
            f"created in the following availability zones: {', '.join(zones)}.",
        )


@refuses("ec2", "CreateNatGateway")
def nat_gateway_without_way_out(call: Call) -> None:
    """A public NAT gateway needs an internet gateway and a free address. On AWS it becomes ``failed``."""
    ec2 = call.backend("ec2")
    vpc_id = ec2.get_subnet(call.params["SubnetId"]).vpc_id
    allocation = call.params.get("AllocationId")
    if call.params.get("ConnectivityType", "public") != "public":
        return
    if not any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in ec2.internet_gateways.values()):
        raise AwsError("Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")
    if not allocation:
        raise AwsError("MissingParameter", "The request must include the AllocationId parameter.")
    (address,) = ec2.address_by_allocation([allocation])
    if address.association_id:
        message = f"Elastic IP address [{allocation}] is already associated"
        raise AwsError("Resource.AlreadyAssociated", message)


@refuses("ec2", "CreateVpcEndpoint")
def endpoint_service_name(call: Call) -> None:
    """An AWS service's endpoint is in its own region; S3 and DynamoDB alone have gateway endpoints."""
    name = call.params["ServiceName"]
    prefix = f"com.amazonaws.{call.region}."
    gateway = call.params.get("VpcEndpointType", "Gateway") == "Gateway"
    known = name.startswith(prefix) and (not gateway or name in (f"{prefix}s3", f"{prefix}dynamodb"))
    if name.startswith("com.amazonaws.") and not known and not name.startswith("com.amazonaws.vpce."):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


@refuses("ec2", "CreateVpcEndpoint")
def endpoint_private_dns(call: Call) -> None:
    """Private DNS needs both DNS attributes of the VPC, and one endpoint per service."""
    if call.params.get("VpcEndpointType") != "Interface" or not call.params.get("PrivateDnsEnabled", True):
        return
    ec2 = call.backend("ec2")
    vpc = ec2.get_vpc(call.params["VpcId"])
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            f"to true for {vpc.id}",
        )
    for other in ec2.vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (vpc.id, call.params["ServiceName"])
        if same and other.private_dns_enabled and other.state != "deleted":
            raise AwsError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{other.service_name} in the VPC {vpc.id}",
            )


@refuses("ec2", "CreateVpcEndpoint")
def endpoint_subnets(call: Call) -> None:
    """An interface endpoint has at most one subnet per zone."""
    subnets = [call.backend("ec2").get_subnet(subnet) for subnet in call.params.get("SubnetIds", [])]
    if len({subnet.availability_zone for subnet in subnets}) < len(subnets):
        raise AwsError("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the same zone")


@refuses("ec2", "CreateFlowLogs")
def flow_log_role(call: Call) -> None:
    """The role that delivers a flow log must trust the service."""
    arn = call.params.get("DeliverLogsPermissionArn")
    if not arn or call.params.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs":
        return
    role = _role(arn)
    if role is None or not lets_service(
        role.assume_role_policy_document, "vpc-flow-logs.amazonaws.com", "sts:AssumeRole"
    ):
        raise AwsError("InvalidParameter", f"Unable to assume given IAM role: {arn}")


def _role(arn: str) -> Moto:
    return next((role for role in backend("iam", "aws").roles.values() if role.arn == arn), None)
