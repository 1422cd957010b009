"""The database of `prod` in Tokyo, or of `dr`, which follows it from Osaka; with network and keys for it."""

import json
import sys

sys.path.append("REPOSITORY")  # put in by the test

import pulumi
import pulumi_aws as aws

from components.database import (
    CrossRegionReplica,
    PostgresCluster,
    PostgresClusterArgs,
    Primary,
    StandByRegion,
)
from wiring.data_holders import DataHolders, own_outputs

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
    if IS_PRIMARY:
        osaka = key(OSAKA).arn
        database_key, copies_key = own_key.arn, osaka
        role: Primary | CrossRegionReplica = Primary(
            secrets_key_arn=own_key.arn,
            replica_zones=[f"{TOKYO}a", f"{TOKYO}c"],
            stand_by=StandByRegion(region=OSAKA, key_arn=osaka, secrets_key_arn=osaka),
        )
    else:
        # As in the stacks: the copies of backups in Osaka and the database there have one key, or what is
        # restored from the copies would have to be replaced.
        database_key = pulumi.StackReference("organization/mpac/prod").get_output("copiesKey")
        role = CrossRegionReplica(
            source_arn=f"arn:aws:rds:{TOKYO}:{ACCOUNT}:db:mpac-prod-postgres",
            promoted=CONFIG.get_bool("promoted") or False,
        )
    PostgresCluster(
        "database",
        PostgresClusterArgs(
            environment=ENVIRONMENT,
            account_id=ACCOUNT,
            region=REGION,
            role=role,
            subnet_ids=[subnet.id for subnet in subnets],
            security_group_id=group.id,
            key_arn=database_key,
            logs_key_arn=own_key.arn,
            topic_arn=topic.arn,
            version=CONFIG.require("version"),
            upgrade_from=CONFIG.get("upgradeFrom"),
            instance_class="db.r6g.4xlarge",
            multi_az=True,
            storage_gib=1024,
            max_storage_gib=5120,
            iops=10000,
            max_connections=5000,
            backup_window="03:00-03:30",
            backup_retention_days=30,
            maintenance_window="sun:18:00-sun:19:00",
            replica_maintenance_windows=["sun:16:00-sun:17:00", "sun:17:00-sun:18:00"] if IS_PRIMARY else [],
            log_retention_days=90,
            backup_tags={"Backup": "weekly"},
            protect=True,
        ),
        opts,
    )
    pulumi.export("group", group.id)
    if IS_PRIMARY:
        pulumi.export("copiesKey", copies_key)
    holders.export()


pulumi.run(main)
