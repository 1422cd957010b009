"""A VPC and a cache in it."""

import pulumi
import pulumi_aws as aws
from mpac_infrastructure.cache.cluster import RedisCluster, RedisClusterArgs
from mpac_infrastructure.context import Context
from mpac_infrastructure.network.settings import NetworkSettings
from mpac_infrastructure.network.vpc import Vpc, VpcArgs

context = Context(
    prefix="shop",
    environment="test",
    account_id=pulumi.Config().require("account"),
    region="ap-northeast-1",
    protect=False,
)
vpc = Vpc(
    "vpc",
    VpcArgs(
        context=context,
        settings=NetworkSettings(
            cidr="10.20.0.0/16",
            availability_zones=("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"),
            public_subnets=("10.20.1.0/24", "10.20.2.0/24", "10.20.3.0/24"),
            private_subnets=("10.20.10.0/24", "10.20.11.0/24", "10.20.12.0/24"),
            database_subnets=("10.20.20.0/24", "10.20.21.0/24", "10.20.22.0/24"),
            nat_gateways="single",
            interface_endpoints=(),
        ),
    ),
)
group = aws.ec2.SecurityGroup(
    "cache",
    name=context.name("cache"),
    description="Cache",
    vpc_id=vpc.vpc_id,
    tags={"Name": context.name("cache")},
)
cache = RedisCluster(
    "cache",
    RedisClusterArgs(context=context, subnet_ids=vpc.database_subnet_ids, security_group_ids=[group.id]),
)
pulumi.export("endpoint", cache.endpoint)
