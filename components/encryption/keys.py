"""KMS keys and their replicas."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from .policies import key_policy
from .settings import EncryptionSettings


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """Inputs of `EncryptionKey`.

    Attributes:
        context: Who and where; IAM policies of its account administer and use the key.
        data_class: What the key protects; decides which AWS services may use it.
        replica_regions: Regions that get a replica of the key. With none the key is single-region.
        deletion_window_days: Days between a deletion and the loss of the key, 7 to 30.
    """

    context: Context
    data_class: DataClass
    replica_regions: Sequence[str] = ()
    deletion_window_days: int = 30


class EncryptionKey(pulumi.ComponentResource):
    """A customer-managed KMS key for one class of data, with its replicas.

    Creates the key, rotated by AWS once a year, its alias `alias/<prefix>-<environment>-<class>`, and in each
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
        context = args.context
        stateful = pulumi.ResourceOptions(parent=self, protect=context.protect)
        key_name = context.name(args.data_class)
        description = f"{args.data_class.capitalize()} of {context.title}"

        key = aws.kms.Key(
            name,
            description=description,
            policy=key_policy(args.data_class, context.account_id, context.region, args.replica_regions),
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
            others = [each for each in (context.region, *args.replica_regions) if each != region]
            replica = aws.kms.ReplicaKey(
                f"{name}-{region}",
                region=region,
                primary_key_arn=key.arn,
                description=description,
                policy=key_policy(args.data_class, context.account_id, region, others),
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
        context: Who and where.
        settings: Deletion window, and further regions of the logs key: Route 53 query logs and the logs of
            a CloudFront web ACL can only be in us-east-1.
        replica_regions: Regions that get a replica of every key.
    """

    context: Context
    settings: EncryptionSettings = field(default_factory=EncryptionSettings)
    replica_regions: Sequence[str] = ()


class EncryptionKeys(pulumi.ComponentResource):
    """One `EncryptionKey` for each class of data.

    A separate key per class keeps one compromised role, or one deleted key, from opening or losing the
    data of the others. What replaces a key is said at `EncryptionKey`. One to an environment and region, for
    aliases come from the class of data.

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
                    context=args.context,
                    data_class=data_class,
                    replica_regions=[
                        *args.replica_regions,
                        *(args.settings.log_replica_regions if data_class is DataClass.LOGS else ()),
                    ],
                    deletion_window_days=args.settings.deletion_window_days,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            for data_class in DataClass
        }
        self.arns = {data_class: key.arn for data_class, key in keys.items()}
        self.replica_arns = {data_class: key.replica_arns for data_class, key in keys.items()}
        self.register_outputs({"arns": self.arns, "replicaArns": self.replica_arns})
