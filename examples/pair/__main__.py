"""Two of each: shops and ledgers beside each other in one environment, with keys and a topic of alarms."""

from dataclasses import replace

import pulumi
import pulumi_aws as aws
from mpac_infrastructure.cache.cluster import RedisCluster, RedisClusterArgs
from mpac_infrastructure.cache.settings import CacheSettings
from mpac_infrastructure.compute.cluster import Cluster, ClusterArgs
from mpac_infrastructure.compute.containers import Container
from mpac_infrastructure.compute.service import FargateService, FargateServiceArgs
from mpac_infrastructure.compute.task import FargateTaskArgs
from mpac_infrastructure.context import Context
from mpac_infrastructure.database.cluster import PostgresCluster, PostgresClusterArgs
from mpac_infrastructure.database.settings import DatabaseSettings
from mpac_infrastructure.encryption.keys import EncryptionKeys, EncryptionKeysArgs
from mpac_infrastructure.monitoring.topic import AlarmTopic, AlarmTopicArgs
from mpac_infrastructure.network.settings import NetworkSettings
from mpac_infrastructure.network.vpc import Vpc, VpcArgs

ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
context = Context(
    prefix="shop",
    environment="test",
    account_id=pulumi.Config().require("account"),
    region="ap-northeast-1",
    protect=False,
)
keys = EncryptionKeys("keys", EncryptionKeysArgs(context=context))
topic = AlarmTopic("alarms", AlarmTopicArgs(context=context))
context = replace(context, key_arns=keys.arns, alarm_topic_arn=topic.arn)

for number, area in enumerate(("orders", "ledger"), start=30):
    vpc = Vpc(
        area,
        VpcArgs(
            context=context,
            settings=NetworkSettings(
                cidr=f"10.{number}.0.0/16",
                availability_zones=ZONES,
                public_subnets=(f"10.{number}.1.0/24", f"10.{number}.2.0/24", f"10.{number}.3.0/24"),
                private_subnets=(f"10.{number}.10.0/24", f"10.{number}.11.0/24", f"10.{number}.12.0/24"),
                database_subnets=(f"10.{number}.20.0/24", f"10.{number}.21.0/24", f"10.{number}.22.0/24"),
                nat_gateways="single",
                interface_endpoints=(),
            ),
        ),
    )
    group = aws.ec2.SecurityGroup(
        area,
        name=context.name(area),
        description="Tasks, database and cache",
        vpc_id=vpc.vpc_id,
        tags={"Name": context.name(area)},
    )
    images = aws.vpc.SecurityGroupEgressRule(
        area,
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="0.0.0.0/0",
        description="Images and AWS's interfaces",
        tags={"Name": context.name(area)},
    )
    database = PostgresCluster(
        area,
        PostgresClusterArgs(
            context=context,
            settings=DatabaseSettings(
                instance_class="db.r6g.large",
                multi_az=False,
                read_replicas=0,
                allocated_storage_gib=100,
                max_allocated_storage_gib=200,
                iops=1000,
                max_connections=500,
            ),
            subnet_ids=vpc.database_subnet_ids,
            security_group_id=group.id,
        ),
    )
    cache = RedisCluster(
        f"{area}-cache",
        RedisClusterArgs(
            context=context,
            settings=CacheSettings(shards=1, replicas_per_shard=1),
            subnet_ids=vpc.database_subnet_ids,
            security_group_ids=[group.id],
        ),
    )
    cluster = Cluster(area, ClusterArgs(context=context, vpc_id=vpc.vpc_id))
    FargateService(
        f"{area}-web",
        FargateServiceArgs(
            context=context,
            task=FargateTaskArgs(
                context=context,
                cpu=256,
                memory_mib=512,
                containers=[
                    Container(
                        name="web",
                        image="public.ecr.aws/nginx/nginx:1.29.3",
                        ports=[8080],
                        environment={"DATABASE": database.address, "CACHE": cache.endpoint},
                    )
                ],
            ),
            cluster=cluster,
            subnet_ids=vpc.private_subnet_ids,
            security_group_ids=[group.id],
            scaling=1,
            # A task that starts before it may pull its image ends the update.
            after=[vpc, images],
        ),
    )
    pulumi.export(area, {"database": database.address, "cache": cache.endpoint})
