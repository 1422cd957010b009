"""Repositories of images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.registry.policies import lifecycle_policy

DOCKER_HUB = "registry-1.docker.io"


@dataclass(frozen=True, kw_only=True)
class RegistryReplica:
    """Where images are copied to.

    Attributes:
        region: The region.
        key_arn: KMS key of the repositories there.
    """

    region: str
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Inputs of `Registry`.

    Attributes:
        environment: Part of every name.
        account_id: The account of the registry.
        region: The region of the stack's provider.
        repositories: Names of the repositories, without the part of the environment.
        kept_images: Images of each that are kept.
        key_arn: KMS key of the repositories.
        replica: Where images are copied to. One stack in an account and region may say so: the setting is the
            registry's, and a second one overwrites it.
        docker_hub_secret_arns: For each region that caches images of Docker Hub, a secret there named
            `ecr-pullthroughcache/...` that holds `username` and `accessToken`.
        protect: Whether Pulumi refuses to delete repositories. Without, a deletion takes their images along.
    """

    environment: str
    account_id: str
    region: str
    repositories: Sequence[str]
    kept_images: int
    key_arn: pulumi.Input[str]
    replica: RegistryReplica | None = None
    docker_hub_secret_arns: Sequence[str] = ()
    protect: bool


@dataclass(frozen=True, kw_only=True)
class RepositoryReference:
    """A repository for those who pull from it.

    Attributes:
        arn: ARN, for policies.
        url: What goes before the tag.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]


class Registry(pulumi.ComponentResource):
    """Repositories on ECR whose tags stay what they are, copied to another region.

    Creates for each name the repository `mpac-<environment>/<name>`, with immutable tags, encrypted,
    scanned when an image arrives, and with a lifecycle policy; with a replica the same repositories there
    (those that ECR would create itself have mutable tags and no key), and the rule that copies what is
    pushed from then on. For each secret of Docker Hub it creates a pull-through cache: an image is asked
    for as `<docker_hub_urls[region]>/grafana/loki:3.6.0`, and a repository for it is made on the first
    pull, with the lifecycle policy of the others. Those that were made before keep what they have.

    Replaces a repository: its name and its key; its images are lost then.

    Requirements: Compute, "ECS Services Deployed", whose images have to come from somewhere.

    Attributes:
        repositories: By name, the repositories in the stack's region.
        replicas: By name, those in the replica's region.
        docker_hub_urls: By region, what goes before the name of an image of Docker Hub.
    """

    repositories: dict[str, RepositoryReference]
    replicas: dict[str, RepositoryReference]
    docker_hub_urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:registry:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        prefix = f"mpac-{args.environment}"

        repositories = {
            repository: self._repository(f"{name}-{repository}", repository, args, args.key_arn)
            for repository in args.repositories
        }
        replicas: dict[str, aws.ecr.Repository] = {}
        if args.replica:
            region = args.replica.region
            replicas = {
                repository: self._repository(
                    f"{name}-{repository}-{region}", repository, args, args.replica.key_arn, region
                )
                for repository in args.repositories
            }
            # What is pushed before its repository is there would create it, without key and lifecycle.
            self._replicate(name, args.account_id, region, f"{prefix}/", list(replicas.values()))
        self.repositories = _references(repositories)
        self.replicas = _references(replicas)

        self.docker_hub_urls = {}
        for arn in args.docker_hub_secret_arns:
            region = arn.split(":")[3]
            cache_prefix = f"{prefix}-docker-hub"
            rule = aws.ecr.PullThroughCacheRule(
                f"{name}-docker-hub-{region}",
                ecr_repository_prefix=cache_prefix,
                upstream_registry_url=DOCKER_HUB,
                credential_arn=arn,
                region=None if region == args.region else region,
                opts=child,
            )
            # ECR makes the repositories of the cache itself, and nothing would ever expire in them. Its own
            # key and tags that may change, by default; a key of one's own would need a role for ECR:
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
            template = aws.ecr.RepositoryCreationTemplate(
                f"{name}-docker-hub-{region}",
                prefix=rule.ecr_repository_prefix,
                applied_fors=["PULL_THROUGH_CACHE"],
                description=f"Images of Docker Hub for mpac {args.environment}",
                lifecycle_policy=lifecycle_policy(args.kept_images),
                region=None if region == args.region else region,
                opts=child,
            )
            # By its output: what names an image of the cache waits for the rule and the template.
            self.docker_hub_urls[region] = pulumi.Output.concat(
                f"{args.account_id}.dkr.ecr.{region}.amazonaws.com/", template.prefix
            )

        self.register_outputs(
            {
                "repositoryUrls": {key: each.url for key, each in self.repositories.items()},
                "replicaUrls": {key: each.url for key, each in self.replicas.items()},
                "dockerHubUrls": self.docker_hub_urls,
            }
        )

    def _repository(
        self,
        name: str,
        repository: str,
        args: RegistryArgs,
        key_arn: pulumi.Input[str],
        region: str | None = None,
    ) -> aws.ecr.Repository:
        created = aws.ecr.Repository(
            name,
            name=f"mpac-{args.environment}/{repository}",
            image_tag_mutability="IMMUTABLE",
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=key_arn)
            ],
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not args.protect,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=created.name,
            policy=lifecycle_policy(args.kept_images),
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return created

    def _replicate(
        self, name: str, account_id: str, region: str, prefix: str, after: list[aws.ecr.Repository]
    ) -> None:
        aws.ecr.ReplicationConfiguration(
            name,
            replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
                rules=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                        destinations=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                region=region, registry_id=account_id
                            )
                        ],
                        repository_filters=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                filter=prefix, filter_type="PREFIX_MATCH"
                            )
                        ],
                    )
                ]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )


def _references(repositories: Mapping[str, aws.ecr.Repository]) -> dict[str, RepositoryReference]:
    return {
        key: RepositoryReference(arn=repository.arn, url=repository.repository_url)
        for key, repository in repositories.items()
    }
