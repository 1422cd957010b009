"""The database of `prod` in Tokyo, or of `dr`, which follows it from Osaka; with network and keys for it."""

import json
import sys

sys.path.append("REPOSITORY")  # put in by the test

import pulumi
import pulumi_aws as aws

from components.context import Context, DataClass, Standby
from components.database.cluster import CrossRegionReplica, PostgresCluster, PostgresClusterArgs, Primary
from components.database.settings import DatabaseSettings
from program.data_holders import DataHolders, own_outputs

TOKYO, OSAKA, ACCOUNT = "ap-northeast-1", "ap-northeast-3", "123456789012"
ENVIRONMENT = pulumi.get_stack()
IS_PRIMARY = ENVIRONMENT == "prod"
REGION, ZONES = (TOKYO, "acd") if IS_PRIMARY else (OSAKA, "abc")
CONFIG = pulumi.Config("mpac")


def key(region: str) -> aws.kms.Key:
    users = {"AWS": f"arn:aws:iam::{ACCOUNT}:root", "Service": f"logs.{region}.amazonaws.com"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": users, "Action": "kms:*", "Resource": "*"}],
    }
    opts = pulumi.ResourceOptions(provider=aws.Provider(f"of-key-in-{region}", region=region))
    return aws.kms.Key(f"key-{region}", policy=json.dumps(policy), opts=opts)


async def main() -> None:
    holders = await DataHolders.watch([], own_outputs())
    opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=REGION))
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=opts)
    subnets = [
        aws.ec2.Subnet(
            zone,
            vpc_id=vpc.id,
            cidr_block=f"10.0.{number}.0/24",
            availability_zone=f"{REGION}{zone}",
            opts=opts,
        )
        for number, zone in enumerate(ZONES)
    ]
    group = aws.ec2.SecurityGroup("database", name="database", vpc_id=vpc.id, opts=opts)
    topic = aws.sns.Topic("alarms", name="alarms", opts=opts)
    own_key = key(REGION)
    standby, database_key = None, own_key.arn
    if IS_PRIMARY:
        copies_key = key(OSAKA).arn
        standby = Standby(
            region=OSAKA, key_arns={DataClass.DATABASE: copies_key, DataClass.SECRETS: copies_key}
        )
        role: Primary | CrossRegionReplica = Primary(replica_zones=[f"{TOKYO}a", f"{TOKYO}c"])
    else:
        # As in the stacks: the copies of backups in Osaka and the database there have one key, or what is
        # restored from the copies would have to be replaced.
        database_key = pulumi.StackReference("organization/mpac/prod").get_output("copiesKey")
        role = CrossRegionReplica(
            source_arn=f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:mpac-prod-database",
            promoted=CONFIG.get_bool("promoted") or False,
        )
    context = Context(
        prefix="mpac",
        environment=ENVIRONMENT,
        account_id=ACCOUNT,
        region=REGION,
        key_arns={
            DataClass.DATABASE: database_key,
            DataClass.LOGS: own_key.arn,
            DataClass.SECRETS: own_key.arn,
        },
        alarm_topic_arn=topic.arn,
        standby=standby,
    )
    PostgresCluster(
        "database",
        PostgresClusterArgs(
            context=context,
            # As the stack's file has it.
            settings=DatabaseSettings.model_validate(
                {
                    "version": CONFIG.require("version"),
                    "upgradeFrom": CONFIG.get("upgradeFrom"),
                    "readReplicas": 2 if IS_PRIMARY else 0,
                }
            ),
            role=role,
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_id=group.id,
            backup_tags={"Backup": "weekly"},
        ),
        opts,
    )
    pulumi.export("group", group.id)
    if IS_PRIMARY:
        pulumi.export("copiesKey", copies_key)
    holders.export()


pulumi.run(main)
