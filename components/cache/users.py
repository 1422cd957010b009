"""Who may use a cluster."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from ..context import Context
from ..secrets.generated import PASSWORD_LENGTH, GeneratedSecret, GeneratedSecretArgs
from .engine import APPLICATION_RULES, NO_RULES, Engine

APPLICATION = "application"


@dataclass(frozen=True, kw_only=True)
class CacheUsersArgs:
    """Inputs of `CacheUsers`.

    Attributes:
        context: Who and where.
        engine: Engine of the cluster; users and group are of one engine.
    """

    context: Context
    engine: Engine


class CacheUsers(pulumi.ComponentResource):
    """A group of users: one for the services, and the default user, switched off.

    Creates the password of the user `application` in the secret `<prefix>/<environment>/<name>`, as JSON with
    `username` and `password`; the users `<prefix>-<environment>-<name>-application` and
    `...-default`, and the group `<prefix>-<environment>-<name>`. ElastiCache wants the
    default user in a group of Redis OSS; in one of Valkey without any it switches it off by itself. Of Valkey
    it wants each user with a password, so this one has one that nobody knows.

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
        group_name = args.context.name(name)

        secret = GeneratedSecret(
            name,
            GeneratedSecretArgs(
                context=args.context,
                description=f"User of the services in the cache of {args.context.title}",
                further_fields={"username": APPLICATION},
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
