"""Repositories of images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..problems import Problem, SettingsError
from ..section import verify
from .docker_hub import docker_hub_path
from .policies import lifecycle_policy
from .settings import RegistrySettings

DOCKER_HUB = "registry-1.docker.io"
NO_STANDBY = Problem(
    key="replicate",
    value=True,
    rule="needs a region that stands by, and the context names none",
    remedy="give the context a standby, or leave it out",
)


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Inputs of `Registry`.

    Attributes:
        context: Who and where.
        settings: What is kept, copied and cached. One stack in an account and region may replicate: the
            setting is the account's there, and a second one overwrites it. The same goes for the cache.
        repositories: Names of the repositories, without the part of the environment.
    """

    context: Context
    settings: RegistrySettings = field(default_factory=RegistrySettings)
    repositories: Sequence[str] = ()


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

    Creates for each name the repository `<prefix>-<environment>/<name>`, with immutable tags, encrypted,
    scanned when an image arrives, and with a lifecycle policy; with `replicate` the same repositories in the
    standby's region (those that ECR would create itself have mutable tags and no key), and the rule that
    copies what is pushed from then on. For each secret of Docker Hub it creates the pull-through cache
    `<prefix>-<environment>-docker-hub`: an image is pulled as `<docker_hub_urls[region]>/grafana/loki:3.6.0`,
    and a repository for it is made on the first pull, with the lifecycle policy of the others. Those that
    were made before keep what they have.

    Replaces a repository: its name and its key; its images are lost then.

    Requirements: Compute, "ECS Services Deployed", whose images have to come from somewhere.

    Attributes:
        repositories: By name, the repositories in the stack's region.
        replicas: By name, those in the standby's region.
        docker_hub_urls: By region, what goes before the name of an image of Docker Hub.
    """

    repositories: dict[str, RepositoryReference]
    replicas: dict[str, RepositoryReference]
    docker_hub_urls: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:registry:Registry", name, None, opts)
        verify(f"Registry {name}", args.settings)
        child = pulumi.ResourceOptions(parent=self)
        self._context, settings = args.context, args.settings
        context = args.context

        repositories = {
            repository: self._repository(f"{name}-{repository}", repository, args, context)
            for repository in args.repositories
        }
        replicas: dict[str, aws.ecr.Repository] = {}
        if settings.replicate:
            if context.standby is None:
                raise SettingsError(f"Registry {name}", [NO_STANDBY])
            standby = context.in_standby()
            replicas = {
                repository: self._repository(
                    f"{name}-{repository}-{standby.region}", repository, args, standby
                )
                for repository in args.repositories
            }
            # What is pushed before its repository is there would create it, without key and lifecycle.
            self._replicate(name, standby, list(replicas.values()))
        self.repositories = _references(repositories)
        self.replicas = _references(replicas)

        self.docker_hub_urls = {}
        for arn in settings.docker_hub_secret_arns:
            region = arn.split(":")[3]
            rule = aws.ecr.PullThroughCacheRule(
                f"{name}-docker-hub-{region}",
                # ECR takes 30 characters at most: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
                ecr_repository_prefix=context.name("docker-hub"),
                upstream_registry_url=DOCKER_HUB,
                credential_arn=arn,
                region=None if region == context.region else region,
                opts=child,
            )
            # ECR makes the repositories of the cache itself, and nothing would ever expire in them. Its own
            # key and tags that may change, by default; a key of one's own would need a role for ECR:
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
            template = aws.ecr.RepositoryCreationTemplate(
                f"{name}-docker-hub-{region}",
                prefix=rule.ecr_repository_prefix,
                applied_fors=["PULL_THROUGH_CACHE"],
                description=f"Images of Docker Hub for {context.title}",
                lifecycle_policy=lifecycle_policy(settings.kept_images),
                region=None if region == context.region else region,
                opts=child,
            )
            # By its output: what names an image of the cache waits for the rule and the template.
            self.docker_hub_urls[region] = pulumi.Output.concat(
                f"{context.account_id}.dkr.ecr.{region}.amazonaws.com/", template.prefix
            )

        self.register_outputs(
            {
                "repositoryUrls": {key: each.url for key, each in self.repositories.items()},
                "replicaUrls": {key: each.url for key, each in self.replicas.items()},
                "dockerHubUrls": self.docker_hub_urls,
            }
        )

    def cached(self, image: str) -> pulumi.Input[str]:
        """Name an image of Docker Hub by the cache in the stack's region, where there is one.

        Args:
            image: An image of Docker Hub or of any other registry.
        """
        cache, path = self.docker_hub_urls.get(self._context.region), docker_hub_path(image)
        return pulumi.Output.concat(cache, "/", path) if cache and path else image

    def _repository(
        self, name: str, repository: str, args: RegistryArgs, context: Context
    ) -> aws.ecr.Repository:
        region = None if context.region == args.context.region else context.region
        created = aws.ecr.Repository(
            name,
            name=f"{_namespace(context)}{repository}",
            image_tag_mutability="IMMUTABLE",
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=context.key_arn(DataClass.REGISTRY)
                )
            ],
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not context.protect,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=created.name,
            policy=lifecycle_policy(args.settings.kept_images),
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return created

    def _replicate(self, name: str, standby: Context, after: list[aws.ecr.Repository]) -> None:
        aws.ecr.ReplicationConfiguration(
            name,
            replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
                rules=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                        destinations=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                region=standby.region, registry_id=standby.account_id
                            )
                        ],
                        repository_filters=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                filter=_namespace(standby), filter_type="PREFIX_MATCH"
                            )
                        ],
                    )
                ]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )


def _namespace(context: Context) -> str:
    return f"{context.prefix}-{context.environment}/"


def _references(repositories: Mapping[str, aws.ecr.Repository]) -> dict[str, RepositoryReference]:
    return {
        key: RepositoryReference(arn=repository.arn, url=repository.repository_url)
        for key, repository in repositories.items()
    }
