"""A generated password in Secrets Manager."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from ..context import Context, DataClass

# Letters and digits alone go into URLs and configuration files as they are; 48 of them are 285 bits.
PASSWORD_LENGTH = 48
RECOVERY_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretArgs:
    """Inputs of `GeneratedSecret`.

    Attributes:
        context: Who and where. With `protect`, a deletion can be taken back for 30 days; without, the name
            is free at once. With a region that stands by, the secret is copied there.
        description: What the password opens.
        further_fields: What the secret's JSON holds beside `password`, such as `username`.
    """

    context: Context
    description: str
    further_fields: Mapping[str, str] = field(default_factory=dict)


class GeneratedSecret(pulumi.ComponentResource):
    """A random password, kept as JSON in Secrets Manager and, where asked for, in a second region.

    Creates the secret `<prefix>/<environment>/<name>`, its password, which is known to the stack's encrypted
    state only, and its version.

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
        context, standby = args.context, args.context.standby
        protected = pulumi.ResourceOptions(parent=self, protect=context.protect)

        self.password = pulumi.Output.secret(
            random.RandomPassword(name, length=PASSWORD_LENGTH, special=False, opts=protected).result
        )
        secret = aws.secretsmanager.Secret(
            name,
            name=context.path(name),
            description=args.description,
            kms_key_id=context.key_arn(DataClass.SECRETS),
            recovery_window_in_days=RECOVERY_DAYS if context.protect else 0,
            replicas=(
                [
                    aws.secretsmanager.SecretReplicaArgs(
                        region=standby.region, kms_key_id=standby.key_arns.get(DataClass.SECRETS)
                    )
                ]
                if standby
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
        # A copy has the ARN of its original but for the region.
        self.replica_arn = (
            self.arn.apply(lambda arn: arn.replace(f":{context.region}:", f":{standby.region}:"))
            if standby
            else None
        )
        self.version_id = version.version_id
        self.register_outputs({"arn": self.arn, "replicaArn": self.replica_arn})
