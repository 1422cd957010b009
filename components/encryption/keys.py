"""KMS keys and their replicas."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.encryption.policies import DataClass, key_policy


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """Inputs of `EncryptionKey`.

    Attributes:
        environment: Part of the alias and of the `Name` tags.
        account_id: The account whose IAM policies administer and use the key.
        region: The region of the stack's provider, where the key is created.
        data_class: What the key protects; decides which AWS services may use it.
        replica_regions: Regions that get a replica of the key. With none the key is single-region.
        deletion_window_days: Days between a deletion and the loss of the key, 7 to 30.
        protect: Whether Pulumi refuses to delete the key and its replicas.
    """

    environment: str
    account_id: str
    region: str
    data_class: DataClass
    replica_regions: Sequence[str] = ()
    deletion_window_days: int
    protect: bool


class EncryptionKey(pulumi.ComponentResource):
    """A customer-managed KMS key for one class of data, with its replicas.

    Creates the key, rotated by AWS once a year, its alias `alias/mpac-<environment>-<class>`, and in each
    replica region a replica with the same alias. A replica shares the key material and its rotation, and
    carries a policy of its own that names the services of its own region, and of the others where AWS copies
    what the key encrypts between regions.

    Replaces the key: nothing but a first replica region, or the removal of the last one, because a key
    is made multi-region at its creation or never. A replaced key no longer opens what it encrypted: data
    must be copied to the new key before the old one is deleted.

    Requirements: "Encryption: At-rest encryption with AWS KMS".

    Attributes:
        arn: ARN of the key.
        replica_arns: ARN of the replica in each replica region.
    """

    arn: pulumi.Output[str]
    replica_arns: dict[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:encryption:EncryptionKey", name, None, opts)
        stateful = pulumi.ResourceOptions(parent=self, protect=args.protect)
        key_name = f"mpac-{args.environment}-{args.data_class}"
        description = f"{args.data_class.capitalize()} of mpac {args.environment}"

        key = aws.kms.Key(
            name,
            description=description,
            policy=key_policy(args.data_class, args.account_id, args.region, args.replica_regions),
            multi_region=bool(args.replica_regions),
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_window_days,
            tags={"Name": key_name},
            opts=stateful,
        )
        aws.kms.Alias(
            name,
            name=f"alias/{key_name}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.arn = key.arn
        self.replica_arns = {}
        for region in args.replica_regions:
            others = [each for each in (args.region, *args.replica_regions) if each != region]
            replica = aws.kms.ReplicaKey(
                f"{name}-{region}",
                region=region,
                primary_key_arn=key.arn,
                description=description,
                policy=key_policy(args.data_class, args.account_id, region, others),
                deletion_window_in_days=args.deletion_window_days,
                tags={"Name": f"{key_name}-{region}"},
                opts=stateful,
            )
            aws.kms.Alias(
                f"{name}-{region}",
                region=region,
                name=f"alias/{key_name}",
                target_key_id=replica.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.replica_arns[region] = replica.arn

        self.register_outputs({"arn": self.arn, "replicaArns": self.replica_arns})


@dataclass(frozen=True, kw_only=True)
class EncryptionKeysArgs:
    """Inputs of `EncryptionKeys`.

    Attributes:
        environment: Part of every alias and `Name` tag.
        account_id: The account whose IAM policies administer and use the keys.
        region: The region of the stack's provider.
        replica_regions: Regions that get a replica of every key.
        log_replica_regions: Further regions that get a replica of the logs key: Route 53 query logs and
            the logs of a CloudFront web ACL can only lie in us-east-1.
        deletion_window_days: Days between a deletion and the loss of a key, 7 to 30.
        protect: Whether Pulumi refuses to delete the keys and their replicas.
    """

    environment: str
    account_id: str
    region: str
    replica_regions: Sequence[str] = ()
    log_replica_regions: Sequence[str] = ()
    deletion_window_days: int
    protect: bool


class EncryptionKeys(pulumi.ComponentResource):
    """One `EncryptionKey` for each class of data.

    A separate key per class keeps one compromised role, or one deleted key, from opening or losing the
    data of the others. What replaces a key is said at `EncryptionKey`.

    Attributes:
        arns: ARN of each class's key.
        replica_arns: ARN of each class's replica, by region.
    """

    arns: dict[DataClass, pulumi.Output[str]]
    replica_arns: dict[DataClass, dict[str, pulumi.Output[str]]]

    def __init__(
        self, name: str, args: EncryptionKeysArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:encryption:EncryptionKeys", name, None, opts)
        keys = {
            data_class: EncryptionKey(
                f"{name}-{data_class}",
                EncryptionKeyArgs(
                    environment=args.environment,
                    account_id=args.account_id,
                    region=args.region,
                    data_class=data_class,
                    replica_regions=[
                        *args.replica_regions,
                        *(args.log_replica_regions if data_class is DataClass.LOGS else ()),
                    ],
                    deletion_window_days=args.deletion_window_days,
                    protect=args.protect,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            for data_class in DataClass
        }
        self.arns = {data_class: key.arn for data_class, key in keys.items()}
        self.replica_arns = {data_class: key.replica_arns for data_class, key in keys.items()}
        self.register_outputs({"arns": self.arns, "replicaArns": self.replica_arns})
