"""The deployed registry: every image that the requirement's services need has a place to come from."""

import json

import pytest

from tests.cloud.conftest import Aws, Client

ACCOUNT = "123456789012"
TOKYO, OSAKA = "ap-northeast-1", "ap-northeast-3"
NAMES = ("svc-portal", "svc-smarttab", "mpac-pgw", "mpac-frontend")
REPOSITORIES = [
    *((TOKYO, f"mpac-{env}/{name}") for env in ("prod", "staging") for name in NAMES),
    # What Tokyo replicates, which is what `dr` runs.
    *((OSAKA, f"mpac-prod/{name}") for name in NAMES),
]


@pytest.fixture(params=REPOSITORIES, ids="/".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Region and name of each repository in turn."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def repository(aws: Aws, place: tuple[str, str]) -> Client:
    region, name = place
    (found,) = aws("ecr", region).describe_repositories(repositoryNames=[name])["repositories"]
    return found


def test_there_are_these_and_no_others(aws: Aws) -> None:
    found = {
        (region, each["repositoryName"])
        for region in (TOKYO, OSAKA)
        for each in aws("ecr", region).describe_repositories()["repositories"]
    }
    assert found == set(REPOSITORIES)


def test_tags_stay_what_they_are(repository: Client) -> None:
    assert repository["imageTagMutability"] == "IMMUTABLE"


def test_images_are_scanned_when_they_arrive(repository: Client) -> None:
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def test_images_are_encrypted_with_a_key_of_the_region(
    aws: Aws, place: tuple[str, str], repository: Client
) -> None:
    encryption = repository["encryptionConfiguration"]
    assert encryption["encryptionType"] == "KMS"
    key = aws("kms", place[0]).describe_key(KeyId=encryption["kmsKey"])["KeyMetadata"]
    assert (key["KeyManager"], key["KeyState"]) == ("CUSTOMER", "Enabled")


def test_a_hundred_images_stay_and_untagged_ones_a_week(aws: Aws, place: tuple[str, str]) -> None:
    region, name = place
    policy = aws("ecr", region).get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
    untagged, old = sorted(json.loads(policy)["rules"], key=lambda rule: rule["rulePriority"])
    assert (untagged["selection"]["tagStatus"], untagged["selection"]["countNumber"]) == ("untagged", 7)
    assert untagged["selection"]["countUnit"] == "days"
    assert (old["selection"]["tagStatus"], old["selection"]["countNumber"]) == ("any", 100)
    assert old["selection"]["countType"] == "imageCountMoreThan"


def test_prod_s_images_are_copied_to_osaka_and_staging_s_are_not(aws: Aws) -> None:
    (rule,) = aws("ecr", TOKYO).describe_registry()["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": OSAKA, "registryId": ACCOUNT}]
    assert rule["repositoryFilters"] == [{"filter": "mpac-prod/", "filterType": "PREFIX_MATCH"}]
    assert aws("ecr", OSAKA).describe_registry()["replicationConfiguration"]["rules"] == []


def test_nobody_else_may_pull_or_push(aws: Aws, place: tuple[str, str]) -> None:
    region, name = place
    client = aws("ecr", region)
    with pytest.raises(client.exceptions.RepositoryPolicyNotFoundException):
        client.get_repository_policy(repositoryName=name)
