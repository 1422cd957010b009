"""Names of the snapshots that are taken when what holds data is deleted."""

import pulumi
import pulumi_random as random


def final_snapshot_name(
    name: str,
    identifier: pulumi.Input[str],
    *,
    key_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Name the snapshot of a deletion: RDS and ElastiCache refuse a name that an earlier snapshot has.

    Args:
        name: Logical name of what is deleted.
        identifier: Its name in AWS, with which the snapshot's begins.
        key_arn: Its KMS key, None for AWS's own. Another one replaces it, and what replaces it needs another
            name.
        opts: Options of the part of the name that makes it another each time.
    """
    distinct = random.RandomId(
        f"{name}-final", byte_length=4, keepers=None if key_arn is None else {"key": key_arn}, opts=opts
    )
    return pulumi.Output.format("{0}-final-{1}", identifier, distinct.hex)
