"""One resource, or two, of every kind whose creation AWS answers with something that would be lost."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

ENVIRONMENT = pulumi.get_stack()
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def tags(name: str) -> dict[str, str]:
    return {"Name": f"mpac-{ENVIRONMENT}-{name}"}


def network(opts: pulumi.ResourceOptions) -> tuple[aws.ec2.Vpc, aws.ec2.RouteTable]:
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags=tags("vpc"), opts=opts)
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, tags=tags("default"), opts=opts)
    gateway = aws.ec2.InternetGateway("internet", vpc_id=vpc.id, tags=tags("internet"), opts=opts)
    table = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=tags("routes"), opts=opts)
    aws.ec2.Route(
        "internet",
        route_table_id=table.id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=gateway.id,
        opts=opts,
    )
    subnets = [
        aws.ec2.Subnet(
            f"subnet-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{index}.0/24",
            availability_zone=f"{TOKYO}{zone}",
            tags=tags(f"subnet-{zone}"),
            opts=opts,
        )
        for index, zone in enumerate("ac")
    ]
    aws.ec2.RouteTableAssociation("public", route_table_id=table.id, subnet_id=subnets[0].id, opts=opts)
    address = aws.ec2.Eip("address", domain="vpc", tags=tags("address"), opts=opts)
    aws.ec2.NatGateway(
        "nat",
        allocation_id=address.allocation_id,
        subnet_id=subnets[0].id,
        tags=tags("nat"),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[gateway])),
    )
    group = aws.ec2.SecurityGroup(
        "app", name=f"mpac-{ENVIRONMENT}-app", description="app", vpc_id=vpc.id, tags=tags("app"), opts=opts
    )
    aws.vpc.SecurityGroupIngressRule(
        "in",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="10.0.0.0/16",
        tags=tags("in"),
        opts=opts,
    )
    aws.vpc.SecurityGroupEgressRule(
        "out",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="0.0.0.0/0",
        tags=tags("out"),
        opts=opts,
    )
    aws.ec2.VpcEndpoint(
        "s3",
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{TOKYO}.s3",
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id],
        tags=tags("s3"),
        opts=opts,
    )
    aws.ec2.VpcEndpoint(
        "logs",
        vpc_id=vpc.id,
        service_name=f"com.amazonaws.{TOKYO}.logs",
        vpc_endpoint_type="Interface",
        subnet_ids=[subnet.id for subnet in subnets],
        security_group_ids=[group.id],
        tags=tags("logs"),
        opts=opts,
    )
    return vpc, table


def flow_log(vpc: aws.ec2.Vpc, opts: pulumi.ResourceOptions) -> None:
    group = aws.cloudwatch.LogGroup("flow", name=f"/mpac/{ENVIRONMENT}/flow", retention_in_days=30, opts=opts)
    role = aws.iam.Role("flow", name=f"mpac-{ENVIRONMENT}-flow", assume_role_policy=ASSUME, opts=opts)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
    }
    aws.iam.RolePolicy("flow", name="write", role=role.id, policy=json.dumps(policy), opts=opts)
    aws.ec2.FlowLog(
        "flow",
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags=tags("flow"),
        opts=opts,
    )


def peering(vpc: aws.ec2.Vpc, table: aws.ec2.RouteTable, opts: pulumi.ResourceOptions) -> None:
    other = aws.ec2.Vpc("osaka", cidr_block="10.1.0.0/16", region=OSAKA, tags=tags("osaka"), opts=opts)
    connection = aws.ec2.VpcPeeringConnection(
        "peering", vpc_id=vpc.id, peer_vpc_id=other.id, peer_region=OSAKA, tags=tags("peering"), opts=opts
    )
    accepted = aws.ec2.VpcPeeringConnectionAccepter(
        "peering",
        vpc_peering_connection_id=connection.id,
        auto_accept=True,
        region=OSAKA,
        tags=tags("peering-accepter"),
        opts=opts,
    )
    aws.ec2.Route(
        "osaka",
        route_table_id=table.id,
        destination_cidr_block="10.1.0.0/16",
        vpc_peering_connection_id=accepted.id,
        opts=opts,
    )


def keys_and_bucket(opts: pulumi.ResourceOptions) -> None:
    key = aws.kms.Key("key", description="key", multi_region=True, tags=tags("key"), opts=opts)
    aws.kms.Alias("key", name=f"alias/mpac-{ENVIRONMENT}", target_key_id=key.key_id, opts=opts)
    replica = aws.kms.ReplicaKey(
        "key", primary_key_arn=key.arn, region=OSAKA, tags=tags("key-osaka"), opts=opts
    )
    # The same name as in Tokyo: only the region tells them apart.
    aws.kms.Alias(
        "key-osaka", name=f"alias/mpac-{ENVIRONMENT}", target_key_id=replica.key_id, region=OSAKA, opts=opts
    )
    bucket = aws.s3.Bucket("bucket", bucket=f"mpac-{ENVIRONMENT}", opts=opts)
    versioning: Any = {"status": "Enabled"}
    aws.s3.BucketVersioning("bucket", bucket=bucket.bucket, versioning_configuration=versioning, opts=opts)
    aws.s3.BucketOwnershipControls(
        "bucket", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
    )


async def main() -> None:
    provider = aws.Provider(
        "aws", region=TOKYO, default_tags=aws.ProviderDefaultTagsArgs(tags={"Environment": ENVIRONMENT})
    )
    opts = pulumi.ResourceOptions(provider=provider)
    vpc, table = network(opts)
    flow_log(vpc, opts)
    peering(vpc, table, opts)
    keys_and_bucket(opts)
    pulumi.export("vpcId", vpc.id)


pulumi.run(main)
