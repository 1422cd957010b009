"""The registry. Requirements: Compute, "ECS Services Deployed", whose images come from it."""

import json
from dataclasses import replace

import pytest

from components.registry import Registry, RegistryArgs, RegistryReplica
from tests.components.recording import Registration, of_type, record

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
NAMES = ("svc-portal", "svc-smarttab", "mpac-pgw")

PROD = RegistryArgs(
    environment="prod",
    account_id="123456789012",
    region=TOKYO,
    repositories=NAMES,
    kept_images=100,
    key_arn="registry-key",
    replica=RegistryReplica(region=OSAKA, key_arn="osaka-registry-key"),
    protect=True,
)


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
        key = "osaka-registry-key" if each.region else "registry-key"
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


def test_without_a_replica_the_registry_s_setting_is_left_alone() -> None:
    graph = deploy(replace(PROD, replica=None))
    assert not of_type(graph, REPLICATION)
    assert len(of_type(graph, REPOSITORY)) == 3


def test_docker_hub_is_cached_in_the_region_of_each_secret() -> None:
    secrets = [
        f"arn:aws:secretsmanager:{region}:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
        for region in (TOKYO, OSAKA)
    ]
    graph = deploy(replace(PROD, docker_hub_secret_arns=secrets))
    rules = of_type(graph, CACHE).values()
    assert {each.region: each.inputs["credentialArn"] for each in rules} == {
        None: secrets[0],
        OSAKA: secrets[1],
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
    secrets = [
        f"arn:aws:secretsmanager:{region}:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
        for region in (TOKYO, OSAKA)
    ]
    graph = deploy(replace(PROD, docker_hub_secret_arns=secrets))
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
    for each in of_type(deploy(replace(PROD, protect=False)), REPOSITORY).values():
        assert not each.protect
        assert each.inputs["forceDelete"] is True
