"""ECR and its refusals."""

import itertools
import json
from typing import Any

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, Aws, Client, Refused, Server

_numbers = itertools.count()
INVALID = "InvalidParameterException"


@pytest.fixture
def ecr(aws: Aws) -> Client:
    return aws("ecr")


@pytest.fixture
def name() -> str:
    return f"registry-{next(_numbers)}"


def make_secret(aws: Aws, name: str, value: dict[str, str] | None = None, region: str = TOKYO) -> str:
    value = {"username": "x", "accessToken": "x"} if value is None else value
    return str(aws("secretsmanager", region).create_secret(Name=name, SecretString=json.dumps(value))["ARN"])


def test_a_repository_is_read_back(aws: Aws, ecr: Client, name: str) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    given = {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": key},
    }
    ecr.create_repository(repositoryName=f"{name}/portal", **given)
    (repository,) = ecr.describe_repositories(repositoryNames=[f"{name}/portal"])["repositories"]
    assert {key: repository[key] for key in given} == given
    assert repository["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.{TOKYO}.amazonaws.com/{name}/portal"


def test_a_pull_through_cache_is_read_back(aws: Aws, ecr: Client, name: str, refused: Refused) -> None:
    secret = make_secret(aws, f"ecr-pullthroughcache/{name}")
    rule = {
        "ecrRepositoryPrefix": name,
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": secret,
    }
    ecr.create_pull_through_cache_rule(**rule)
    (found,) = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[name])["pullThroughCacheRules"]
    assert {key: found[key] for key in rule} == rule
    assert found["registryId"] == ACCOUNT
    with refused("PullThroughCacheRuleAlreadyExistsException"):
        ecr.create_pull_through_cache_rule(**rule)
    other = make_secret(aws, f"ecr-pullthroughcache/{name}-other")
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix=name, credentialArn=other)
    (found,) = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[name])["pullThroughCacheRules"]
    assert found["credentialArn"] == other
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=name)
    with refused("PullThroughCacheRuleNotFoundException"):
        ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[name])


def test_a_template_is_read_back(ecr: Client, name: str, refused: Refused) -> None:
    def policy(first: int) -> str:
        rule = {
            "rulePriority": first,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3},
            "action": {"type": "expire"},
        }
        untagged = rule | {"rulePriority": 2, "selection": {**rule["selection"], "tagStatus": "untagged"}}
        return json.dumps({"rules": [rule, untagged]})

    given = {"prefix": name, "appliedFor": ["PULL_THROUGH_CACHE"], "lifecyclePolicy": policy(3)}
    for changes in (
        {"lifecyclePolicy": policy(1)},
        {"resourceTags": [{"Key": "Name", "Value": name}]},
        {"encryptionConfiguration": {"encryptionType": "KMS"}},
    ):
        with refused(INVALID):
            ecr.create_repository_creation_template(**given | changes)
    ecr.create_repository_creation_template(**given)

    def found() -> Client:
        answer = ecr.describe_repository_creation_templates(prefixes=[name])
        (template,) = answer["repositoryCreationTemplates"]
        return template

    assert {key: found()[key] for key in given} == given
    assert found()["imageTagMutability"] == "MUTABLE"
    with refused("TemplateAlreadyExistsException"):
        ecr.create_repository_creation_template(**given)
    ecr.update_repository_creation_template(prefix=name, description="other")
    assert found()["description"] == "other"
    ecr.delete_repository_creation_template(prefix=name)
    with refused("TemplateNotFoundException"):
        found()


def replication(*destinations: tuple[str, str]) -> dict[str, Any]:
    return {
        "rules": [
            {
                "destinations": [{"region": region, "registryId": account}],
                "repositoryFilters": [{"filter": "mpac-prod/", "filterType": "PREFIX_MATCH"}],
            }
            for region, account in destinations
        ]
    }


def test_replication_is_read_back_and_taken_away(ecr: Client) -> None:
    given = replication((OSAKA, ACCOUNT))
    ecr.put_replication_configuration(replicationConfiguration=given)
    assert ecr.describe_registry()["replicationConfiguration"] == given
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}


def test_replication_into_the_same_registry(ecr: Client, refused: Refused) -> None:
    with refused(INVALID):
        ecr.put_replication_configuration(replicationConfiguration=replication((TOKYO, ACCOUNT)))
    with refused(INVALID):
        ecr.put_replication_configuration(replicationConfiguration=replication(*[(OSAKA, ACCOUNT)] * 11))


def test_repository_with_a_key_of_another_region(aws: Aws, ecr: Client, name: str, refused: Refused) -> None:
    key = aws("kms", OSAKA).create_key()["KeyMetadata"]["Arn"]
    for kind, code in (("KMS", "KmsException"), ("AES256", INVALID)):
        with refused(code):
            ecr.create_repository(
                repositoryName=name, encryptionConfiguration={"encryptionType": kind, "kmsKey": key}
            )


def test_an_immutable_tag_stays(ecr: Client, name: str, refused: Refused) -> None:
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": {"size": 1}, "layers": []}
    ecr.put_image(repositoryName=name, imageTag="1.0.0", imageManifest=json.dumps(manifest))
    with refused("ImageTagAlreadyExistsException"):
        ecr.put_image(
            repositoryName=name,
            imageTag="1.0.0",
            imageManifest=json.dumps(manifest | {"config": {"size": 2}}),
        )
    with refused("RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName=name)


def lifecycle(*rules: tuple[int, str]) -> str:
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": priority,
                    "selection": {
                        "tagStatus": status,
                        "countType": "imageCountMoreThan",
                        "countNumber": 10,
                    },
                    "action": {"type": "expire"},
                }
                for priority, status in rules
            ]
        }
    )


@pytest.mark.parametrize(
    "policy",
    [lifecycle((1, "any"), (2, "untagged")), lifecycle((1, "untagged"), (1, "any")), "no policy" * 12],
)
def test_refused_lifecycle(ecr: Client, name: str, refused: Refused, policy: str) -> None:
    ecr.create_repository(repositoryName=name)
    with refused(INVALID):
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=policy)


def test_refused_pull_through_caches(aws: Aws, ecr: Client, name: str, refused: Refused) -> None:
    hub = {"ecrRepositoryPrefix": name, "upstreamRegistryUrl": "registry-1.docker.io"}
    good = make_secret(aws, f"ecr-pullthroughcache/{name}")
    for changes, code in (
        ({}, "UnsupportedUpstreamRegistryException"),
        ({"credentialArn": good[:-1] + "?"}, INVALID),
        (
            {"credentialArn": good.replace("ecr-pullthroughcache/registry", "ecr-pullthroughcache/x")},
            "SecretNotFoundException",
        ),
        (
            {"credentialArn": make_secret(aws, f"ecr-pullthroughcache/{name}", region=OSAKA)},
            "SecretNotFoundException",
        ),
        (
            {"credentialArn": make_secret(aws, f"ecr-pullthroughcache/{name}-bad", {"user": "x"})},
            "UnableToAccessSecretException",
        ),
        (
            {"credentialArn": good, "upstreamRegistryUrl": "docker.example.com"},
            "UnsupportedUpstreamRegistryException",
        ),
    ):
        with refused(code):
            ecr.create_pull_through_cache_rule(**hub | changes)
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=name, upstreamRegistryUrl="public.ecr.aws")
    with refused("PullThroughCacheRuleAlreadyExistsException"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=f"{name}/more", upstreamRegistryUrl="public.ecr.aws"
        )


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"SecretBinary": b'{"username": "x", "accessToken": "x"}'},
        {"SecretString": "x"},
        {"SecretString": '["username", "accessToken"]'},
        {"SecretString": '{"username": "x"}'},
    ],
    ids=["no value", "binary", "no JSON", "no pairs", "no token"],
)
def test_a_pull_through_cache_needs_a_secret_with_both_pairs(
    aws: Aws, ecr: Client, name: str, refused: Refused, value: dict[str, Any]
) -> None:
    secrets = aws("secretsmanager")
    arn = secrets.create_secret(Name=f"ecr-pullthroughcache/{name}", **value)["ARN"]
    rule = {"ecrRepositoryPrefix": name, "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": arn}
    with refused("UnableToAccessSecretException"):
        ecr.create_pull_through_cache_rule(**rule)
    pairs = json.dumps({"username": "x", "accessToken": "x"})
    secrets.put_secret_value(SecretId=arn, SecretString=pairs)
    ecr.create_pull_through_cache_rule(**rule)
    secrets.delete_secret(SecretId=arn)
    with refused("SecretNotFoundException"):
        ecr.update_pull_through_cache_rule(ecrRepositoryPrefix=name, credentialArn=arn)


def test_a_pull_through_cache_reads_a_secret_replicated_from_another_region(
    aws: Aws, ecr: Client, name: str
) -> None:
    made = aws("secretsmanager", OSAKA).create_secret(
        Name=f"ecr-pullthroughcache/{name}",
        SecretString=json.dumps({"username": "x", "accessToken": "x"}),
        AddReplicaRegions=[{"Region": TOKYO}],
    )
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix=name,
        upstreamRegistryUrl="registry-1.docker.io",
        credentialArn=made["ARN"].replace(OSAKA, TOKYO),
    )


def test_a_secret_that_stack_files_name_can_be_put_there_before(server: Server, ecr: Client) -> None:
    end = "ecr-pullthroughcache/put-before-AbCdEf"
    arn = f"arn:aws:secretsmanager:{TOKYO}:{ACCOUNT}:secret:{end}"
    for _ in range(2):
        assert server.control(f"/secrets/put/{TOKYO}/{end}", "POST") == {"arn": arn}
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="put-before", upstreamRegistryUrl="registry-1.docker.io", credentialArn=arn
    )
