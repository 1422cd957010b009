"""AWS raises the minor version of a cache: the next update neither loses nor replaces it."""

import pytest

from local import recovery
from tests.engine.checkouts import REPOSITORY, Checkout

pytestmark = pytest.mark.engine

REGION, NAME = "ap-northeast-1", "mpac-staging-cache"
# The component as `staging` has it: unprotected.
PROGRAM = """
    import json
    import sys

    sys.path.append(CHECKOUT)

    import pulumi
    import pulumi_aws as aws

    from components.cache.cluster import RedisCluster, RedisClusterArgs
    from components.cache.settings import CacheSettings
    from components.context import Context, DataClass

    async def main():
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="ap-northeast-1"))
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.10.0.0/16", opts=opts)
        subnets = [
            aws.ec2.Subnet(
                zone,
                vpc_id=vpc.id,
                cidr_block=f"10.10.{number}.0/24",
                availability_zone=f"ap-northeast-1{zone}",
                opts=opts,
            )
            for number, zone in enumerate("acd")
        ]
        group = aws.ec2.SecurityGroup("cache", name="cache", vpc_id=vpc.id, opts=opts)
        users = {"AWS": "arn:aws:iam::123456789012:root", "Service": "logs.ap-northeast-1.amazonaws.com"}
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": users, "Action": "kms:*", "Resource": "*"}],
        }
        key = aws.kms.Key("key", description="key", policy=json.dumps(policy), opts=opts)
        topic = aws.sns.Topic("alarms", name="alarms", opts=opts)
        RedisCluster(
            "cache",
            RedisClusterArgs(
                context=Context(
                    prefix="mpac",
                    environment="staging",
                    account_id="123456789012",
                    region="ap-northeast-1",
                    protect=False,
                    key_arns=dict.fromkeys(DataClass, key.arn),
                    alarm_topic_arn=topic.arn,
                ),
                settings=CacheSettings(
                    engine_version=pulumi.Config("mpac").require("engineVersion"),
                    durability="disabled",
                    node_type="cache.t4g.small",
                    shards=1,
                    replicas_per_shard=1,
                    snapshot_retention_days=1,
                ),
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[group.id],
            ),
            opts,
        )

    pulumi.run(main)
"""
COMMAND = 'eval "$("$1" -m local env)" && pulumi {} -s staging --non-interactive'


def write(checkout: Checkout, version: str) -> None:
    checkout.write(
        PROGRAM.replace("CHECKOUT", repr(str(REPOSITORY))), staging={"mpac:engineVersion": version}
    )


def test_a_minor_version_that_aws_raised_replaces_no_cache(checkout: Checkout) -> None:
    write(checkout, "9.0")
    checkout.up()
    client = recovery.clients_of(checkout.server)("elasticache", REGION)

    def created() -> object:
        (group,) = client.describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"]
        return group["ReplicationGroupCreateTime"]

    before = created()
    checkout.server.control("POST", f"/cache/upgrade/{REGION}/{NAME}/9.1")

    # The setting has not followed: the provider wants a replacement, and gets none.
    refused = checkout.shell(COMMAND.format("up --yes --refresh"))
    assert refused.returncode != 0
    assert "ReplicationGroupAlreadyExists" in refused.stdout + refused.stderr
    assert created() == before

    # It follows: nothing is left to do, and nothing to replace or delete.
    write(checkout, "9.1")
    followed = checkout.shell(COMMAND.format("preview --refresh --expect-no-changes"))
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert created() == before

    # What refuses a replacement refuses no destruction.
    destroyed = checkout.command("destroy", "staging")
    assert destroyed.returncode == 0, destroyed.stderr
