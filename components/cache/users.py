"""Who may use a cluster."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.cache.engine import APPLICATION_RULES, NO_RULES, Engine
from components.secrets import GeneratedSecret, GeneratedSecretArgs, SecretReplica
from components.secrets.generated import PASSWORD_LENGTH

APPLICATION = "application"


@dataclass(frozen=True, kw_only=True)
class CacheUsersArgs:
    """Inputs of `CacheUsers`.

    Attributes:
        environment: Part of every name.
        region: The region of the stack's provider.
        engine: Engine of the cluster; users and group are of one engine.
        secret_key_arn: KMS key of the secret.
        secret_replica: Copy of the secret in another region.
        protect: Whether Pulumi refuses to delete the secret.
    """

    environment: str
    region: str
    engine: Engine
    secret_key_arn: pulumi.Input[str]
    secret_replica: SecretReplica | None = None
    protect: bool


class CacheUsers(pulumi.ComponentResource):
    """A group of users: one for the services, and the default user, switched off.

    Creates the password of the user `application` in the secret `mpac/<environment>/cache`, as JSON with
    `username` and `password`; the users `mpac-<environment>-cache-application` and
    `mpac-<environment>-cache-default`, and the group `mpac-<environment>-cache`. ElastiCache wants the
    default user in a group of Redis OSS; in one of Valkey without any it switches it off by itself. Of Valkey
    it wants each user with a password, so this one has one that nobody is told.

    Replaces a user: its name. A changed engine is taken over in place.

    Requirements: not named there; AWS: "Role-Based Access Control (RBAC)" of ElastiCache.

    Attributes:
        group_id: Id of the group.
        secret_arn: ARN of the secret.
        secret_replica_arn: ARN of its copy in the other region; None where there is none.
    """

    group_id: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    secret_replica_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: CacheUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:cache:CacheUsers", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group_name = f"mpac-{args.environment}-cache"

        secret = GeneratedSecret(
            name,
            GeneratedSecretArgs(
                secret_name=f"mpac/{args.environment}/cache",
                description=f"User of the services in the cache of mpac {args.environment}",
                region=args.region,
                key_arn=args.secret_key_arn,
                replica=args.secret_replica,
                further_fields={"username": APPLICATION},
                protect=args.protect,
            ),
            child,
        )
        nobodys_password = random.RandomPassword(
            f"{name}-default", length=PASSWORD_LENGTH, special=False, opts=child
        )
        users = [
            aws.elasticache.User(
                f"{name}-{user}",
                user_id=f"{group_name}-{user}",
                user_name=user,
                engine=args.engine,
                access_string=rules,
                authentication_mode=aws.elasticache.UserAuthenticationModeArgs(
                    type="password", passwords=[password]
                ),
                tags={"Name": f"{group_name}-{user}"},
                opts=child,
            )
            for user, rules, password in (
                (APPLICATION, APPLICATION_RULES, secret.password),
                ("default", NO_RULES, nobodys_password.result),
            )
        ]
        group = aws.elasticache.UserGroup(
            name,
            user_group_id=group_name,
            engine=args.engine,
            user_ids=[user.user_id for user in users],
            tags={"Name": group_name},
            opts=child,
        )

        self.group_id = group.id
        self.secret_arn = secret.arn
        self.secret_replica_arn = secret.replica_arn
        self.register_outputs(
            {
                "groupId": self.group_id,
                "secretArn": self.secret_arn,
                "secretReplicaArn": self.secret_replica_arn,
            }
        )
