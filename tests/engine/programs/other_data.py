"""A key and a bucket of `prod`, which hold data without being the database."""

import sys

sys.path.append("REPOSITORY")  # put in by the test

import pulumi
import pulumi_aws as aws

from components.context import Context, DataClass
from components.encryption.keys import EncryptionKey, EncryptionKeyArgs
from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from components.storage.lifecycle import ObjectLock, Rule
from program.data_holders import DataHolders, own_outputs

TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"


async def main() -> None:
    holders = await DataHolders.watch([], own_outputs())
    opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=TOKYO))
    EncryptionKey(
        "keys-files",
        EncryptionKeyArgs(
            context=Context(prefix="mpac", environment="prod", account_id="123456789012", region=TOKYO),
            data_class=DataClass.FILES,
            replica_regions=[OSAKA],
        ),
        opts,
    )
    for region, suffix in ((None, ""), (OSAKA, f"-{OSAKA}")):
        PrivateBucket(
            f"buckets-receipts{suffix}",
            PrivateBucketArgs(
                bucket=f"mpac-receipts-prod{suffix}",
                versioned=True,
                lifecycle=[Rule(id="retain", expire_after_days=2557)],
                object_lock=ObjectLock(mode="GOVERNANCE", years=7),
                region=region,
                protect=True,
            ),
            opts,
        )
    holders.export()


pulumi.run(main)
