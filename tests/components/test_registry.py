"""The registry. Requirements: Compute, "ECS Services Deployed", whose images come from it."""

import json
from dataclasses import replace

import pulumi
import pytest

from components.problems import SettingsError
from components.registry.registry import Registry, RegistryArgs
from components.registry.settings import RegistrySettings
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, TOKYO
from tests.components.recording import Registration, of_type, record, repeated_names

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
NAMES = ("svc-portal", "svc-smarttab", "mpac-pgw")

SECRETS = tuple(
    f"arn:aws:secretsmanager:{region}:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
    for region in (TOKYO, OSAKA)
)
PROD = RegistryArgs(context=CONTEXT, settings=RegistrySettings(replicate=True), repositories=NAMES)
CACHING = replace(PROD, settings=RegistrySettings(docker_hub_secret_arns=SECRETS))


def deploy(args: RegistryArgs) -> list[Registration]:
    return record(lambda: Registry("registry", args))


@pytest.fixture(scope="module")
def prod() -> list[Registration]:
    return deploy(PROD)


def test_each_service_has_a_repository_in_both_regions(prod: list[Registration]) -> None:
    found = [(each.region, each.inputs["name"]) for each in of_type(prod, REPOSITORY).values()]
    assert sorted(found, key=str) == sorted(
        [(region, f"mpac-prod/{name}") for region in (None, OSAKA) for name in NAMES], key=str
    )


def test_tags_cannot_be_moved_and_images_are_scanned(prod: list[Registration]) -> None:
    for each in of_type(prod, REPOSITORY).values():
        assert each.inputs["imageTagMutability"] == "IMMUTABLE"
        assert each.inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_each_region_encrypts_with_a_key_of_its_own(prod: list[Registration]) -> None:
    for each in of_type(prod, REPOSITORY).values():
        key = f"arn:aws:kms:{each.region or TOKYO}:123456789012:key/registry"
        assert each.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]


def test_every_repository_expires_what_nobody_can_name(prod: list[Registration]) -> None:
    policies = of_type(prod, LIFECYCLE)
    assert set(policies) == set(of_type(prod, REPOSITORY))
    for name, each in policies.items():
        assert each.region == of_type(prod, REPOSITORY)[name].region
        untagged, old = json.loads(each.inputs["policy"])["rules"]
        assert (untagged["selection"]["tagStatus"], untagged["selection"]["countNumber"]) == ("untagged", 7)
        assert (old["selection"]["tagStatus"], old["selection"]["countNumber"]) == ("any", 100)
        # ECR refuses a rule for any image before another.
        assert untagged["rulePriority"] < old["rulePriority"]


def test_images_are_copied_once_their_repository_is_there(prod: list[Registration]) -> None:
    (replication,) = of_type(prod, REPLICATION).values()
    (rule,) = replication.inputs["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": OSAKA, "registryId": "123456789012"}]
    # Of other stacks in the region nothing is copied: the setting is the whole registry's.
    assert rule["repositoryFilters"] == [{"filter": "mpac-prod/", "filterType": "PREFIX_MATCH"}]
    copies = {each.urn for each in of_type(prod, REPOSITORY).values() if each.region}
    assert len(copies) == 3
    assert copies <= replication.dependencies


def test_without_replication_the_registry_s_setting_is_left_alone() -> None:
    graph = deploy(replace(PROD, settings=RegistrySettings()))
    assert not of_type(graph, REPLICATION)
    assert len(of_type(graph, REPOSITORY)) == 3


def test_docker_hub_is_cached_in_the_region_of_each_secret() -> None:
    graph = deploy(CACHING)
    rules = of_type(graph, CACHE).values()
    assert {each.region: each.inputs["credentialArn"] for each in rules} == {
        None: SECRETS[0],
        OSAKA: SECRETS[1],
    }
    for each in rules:
        assert each.inputs["upstreamRegistryUrl"] == "registry-1.docker.io"
        assert each.inputs["ecrRepositoryPrefix"] == "mpac-prod-docker-hub"
    (registry,) = of_type(graph, "mpac:registry:Registry").values()
    assert registry.outputs["dockerHubUrls"] == {
        region: f"123456789012.dkr.ecr.{region}.amazonaws.com/mpac-prod-docker-hub"
        for region in (TOKYO, OSAKA)
    }


def test_what_the_cache_holds_expires_like_any_image() -> None:
    graph = deploy(CACHING)
    own = {
        each.inputs["policy"] for each in of_type(graph, "aws:ecr/lifecyclePolicy:LifecyclePolicy").values()
    }
    templates = of_type(graph, "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate").values()
    assert {each.region for each in templates} == {None, OSAKA}
    for each in templates:
        assert each.inputs["prefix"] == "mpac-prod-docker-hub"
        assert each.inputs["appliedFors"] == ["PULL_THROUGH_CACHE"]
        assert {each.inputs["lifecyclePolicy"]} == own


def test_images_are_kept_only_where_asked(prod: list[Registration]) -> None:
    for each in of_type(prod, REPOSITORY).values():
        assert each.protect
        assert each.inputs["forceDelete"] is False
    for each in of_type(deploy(replace(PROD, context=replace(CONTEXT, protect=False))), REPOSITORY).values():
        assert not each.protect
        assert each.inputs["forceDelete"] is True


@pytest.mark.parametrize(
    ("args", "image", "pulled"),
    [
        (
            CACHING,
            "grafana/loki:3.6.0",
            "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/mpac-prod-docker-hub/grafana/loki:3.6.0",
        ),
        (CACHING, "public.ecr.aws/nginx/nginx:1.29.3", "public.ecr.aws/nginx/nginx:1.29.3"),
        (PROD, "grafana/loki:3.6.0", "grafana/loki:3.6.0"),
    ],
)
def test_images_of_docker_hub_come_from_the_cache_where_there_is_one(
    args: RegistryArgs, image: str, pulled: str
) -> None:
    names: list[object] = []

    def program() -> None:
        pulumi.Output.from_input(Registry("registry", args).cached(image)).apply(names.append)

    record(program)
    assert names == [pulled]


def test_two_stand_side_by_side() -> None:
    def program() -> None:
        for name in ("one", "two"):
            Registry(name, RegistryArgs(context=CONTEXT, repositories=[f"{name}-web"]))

    graph = record(program)
    assert repeated_names(graph) == []
    names = {each.inputs["name"] for each in of_type(graph, REPOSITORY).values()}
    assert names == {"mpac-prod/one-web", "mpac-prod/two-web"}


def test_another_prefix_and_aws_s_own_key() -> None:
    graph = deploy(RegistryArgs(context=PLAIN, repositories=["web"]))
    (repository,) = of_type(graph, REPOSITORY).values()
    assert repository.inputs["name"] == "acme-test/web"
    assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS"}]


def test_without_a_standby_nothing_is_replicated() -> None:
    args = replace(PROD, context=PLAIN)
    with pytest.raises(SettingsError, match="needs a region that stands by"):
        deploy(args)
