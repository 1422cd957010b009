"""Endpoints through which a VPC reaches AWS services without the internet."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..context import Context
from .policies import s3_endpoint


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsArgs:
    """Inputs of `VpcEndpoints`.

    Attributes:
        context: Who and where; the account's buckets are reached through the S3 endpoint.
        vpc_id: The VPC.
        cidr: Range of the VPC, which may use the interface endpoints.
        subnet_ids: Subnets, one per zone, in which the interface endpoints get an address.
        route_table_ids: Route tables that lead to S3 through the gateway endpoint.
        services: Services with an interface endpoint, as in `com.amazonaws.<region>.<service>`.
    """

    context: Context
    vpc_id: pulumi.Input[str]
    cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]
    services: Sequence[str]


class VpcEndpoints(pulumi.ComponentResource):
    """The S3 gateway endpoint, and an interface endpoint for each service.

    Creates the gateway endpoint, which is free, takes S3 traffic off the NAT gateways and is the database
    tier's only way out; interface endpoints with private DNS names, so that clients need no setting; and
    their security group `<prefix>-<environment>-<name>`, which takes HTTPS from the VPC.

    Replaces an endpoint: another service or VPC. Clients use the NAT gateways meanwhile.

    Attributes:
        s3_endpoint_id: Id of the gateway endpoint, for bucket policies.
        security_group_id: Id of the interface endpoints' group.
    """

    s3_endpoint_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:network:VpcEndpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        context = args.context
        group_name = context.name(name)

        s3 = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{context.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=args.route_table_ids,
            policy=s3_endpoint(context.account_id, context.region),
            tags={"Name": f"{group_name}-s3"},
            opts=child,
        )
        group = aws.ec2.SecurityGroup(
            name,
            name=group_name,
            description="Interface endpoints of AWS services",
            vpc_id=args.vpc_id,
            tags={"Name": group_name},
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-vpc-443",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=args.cidr,
            description="HTTPS from the VPC",
            tags={"Name": f"{group_name}-from-vpc-443"},
            opts=child,
        )
        for service in args.services:
            label = service.replace(".", "-")
            aws.ec2.VpcEndpoint(
                f"{name}-{label}",
                vpc_id=args.vpc_id,
                service_name=f"com.amazonaws.{context.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=args.subnet_ids,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags={"Name": f"{group_name}-{label}"},
                opts=child,
            )

        self.s3_endpoint_id = s3.id
        self.security_group_id = group.id
        self.register_outputs(
            {"s3EndpointId": self.s3_endpoint_id, "securityGroupId": self.security_group_id}
        )
