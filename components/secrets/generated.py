"""A generated password in Secrets Manager."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_random as random

# Letters and digits alone go into URLs and configuration files as they are; 48 of them are 285 bits.
PASSWORD_LENGTH = 48
RECOVERY_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class SecretReplica:
    """A copy in another region.

    Attributes:
        region: The region.
        key_arn: KMS key in that region.
    """

    region: str
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretArgs:
    """Inputs of `GeneratedSecret`.

    Attributes:
        secret_name: Name in Secrets Manager, `mpac/<environment>/...`.
        description: What the password opens.
        region: The region of the stack's provider.
        key_arn: KMS key in that region.
        replica: Copy in another region.
        further_fields: What the secret's JSON holds beside `password`, such as `username`.
        protect: Whether Pulumi refuses to delete the secret and the password, and whether a deletion can be
            taken back for 30 days. Without, the name is free at once.
    """

    secret_name: str
    description: str
    region: str
    key_arn: pulumi.Input[str]
    replica: SecretReplica | None = None
    further_fields: Mapping[str, str] = field(default_factory=dict)
    protect: bool


class GeneratedSecret(pulumi.ComponentResource):
    """A random password, kept as JSON in Secrets Manager and, where asked for, in a second region.

    Creates the password, which is known to the stack's encrypted state only, the secret and its version.

    Replaces the secret: another name. Nothing replaces the password.

    Requirements: not named there; "Failover: Can be promoted to primary" needs the copy in Osaka.

    Attributes:
        arn: ARN of the secret; known when it has its value.
        replica_arn: ARN of its copy; None where there is none.
        password: The password, marked as a secret.
        version_id: Version of the secret, to depend on for what reads its value.
    """

    arn: pulumi.Output[str]
    replica_arn: pulumi.Output[str] | None
    password: pulumi.Output[str]
    version_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: GeneratedSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mpac:secrets:GeneratedSecret", name, None, opts)
        protected = pulumi.ResourceOptions(parent=self, protect=args.protect)

        self.password = pulumi.Output.secret(
            random.RandomPassword(name, length=PASSWORD_LENGTH, special=False, opts=protected).result
        )
        secret = aws.secretsmanager.Secret(
            name,
            name=args.secret_name,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.protect else 0,
            replicas=(
                [
                    aws.secretsmanager.SecretReplicaArgs(
                        region=args.replica.region, kms_key_id=args.replica.key_arn
                    )
                ]
                if args.replica
                else None
            ),
            opts=protected,
        )
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps({**args.further_fields, "password": self.password}),
            opts=pulumi.ResourceOptions(parent=self),
        )

        # Known only when there is a value: a task that asks before does not start.
        self.arn = version.secret_arn
        replica_region = args.replica.region if args.replica else None
        # A copy has the ARN of its original but for the region.
        self.replica_arn = (
            self.arn.apply(lambda arn: arn.replace(f":{args.region}:", f":{replica_region}:"))
            if replica_region
            else None
        )
        self.version_id = version.version_id
        self.register_outputs({"arn": self.arn, "replicaArn": self.replica_arn})
