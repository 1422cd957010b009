"""What ECR refuses and moto accepts."""

import json
from collections import Counter

from local.aws.additions.ecr import rules
from local.aws.additions.secretsmanager import current_text, fields
from local.aws.call import ACCOUNT, Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.keys import usable
from local.aws.refusals.registry import refuses

_INVALID = "InvalidParameterException"
_RULES, _DESTINATIONS = 10, 25
_SECRET_PREFIX = "ecr-pullthroughcache/"  # noqa: S105  the name that ECR may read
# Upstreams that let nobody pull through without credentials.
_CLOSED = ("registry-1.docker.io", "ghcr.io", "registry.gitlab.com")
_OPEN = ("public.ecr.aws", "registry.k8s.io", "quay.io")


@refuses("ecr", "CreateRepository")
def repository_key(call: Call) -> None:
    """A key of the repository's region, and only where KMS encrypts."""
    encryption = call.params.get("encryptionConfiguration", {})
    key = encryption.get("kmsKey")
    if key and encryption["encryptionType"] == "AES256":
        raise AwsError(_INVALID, "A KMS key cannot be specified with the AES256 encryption type")
    if key:
        usable(call.region, key, "KmsException")


@refuses("ecr", "PutImage")
def immutable_tag(call: Call) -> None:
    """A tag that another image has; moto says that the image itself is there already."""
    repository = backend("ecr", call.region).repositories.get(call.params["repositoryName"])
    tag = call.params.get("imageTag")
    if repository is None or tag is None or repository.image_tag_mutability != "IMMUTABLE":
        return
    for image in repository.images:
        if tag in image.image_tags and image.image_manifest != call.params["imageManifest"]:
            message = f"The tag '{tag}' already exists in '{repository.name}', whose tags are immutable"
            raise AwsError("ImageTagAlreadyExistsException", message)


@refuses("ecr", "CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate")
def template_role(call: Call) -> None:
    """With a key or tags, ECR needs a role of the account to create repositories.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html
    """
    kms = call.params.get("encryptionConfiguration", {}).get("encryptionType", "AES256") != "AES256"
    if (kms or call.params.get("resourceTags")) and not call.params.get("customRoleArn"):
        raise AwsError(_INVALID, "A customRoleArn is required for KMS encryption and resource tags")


@refuses("ecr", "PutLifecyclePolicy", "CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate")
def lifecycle(call: Call) -> None:
    """Priorities differ, and a rule about any image comes last."""
    text = call.params.get("lifecyclePolicyText") or call.params.get("lifecyclePolicy")
    if not text:
        return
    try:
        document = json.loads(text)["rules"]
    except (ValueError, KeyError):
        return  # moto says what is wrong
    priorities = Counter(rule["rulePriority"] for rule in document)
    if any(count > 1 for count in priorities.values()):
        raise AwsError(_INVALID, "Invalid parameter: rule priorities must be unique")
    anything = [rule["rulePriority"] for rule in document if rule["selection"]["tagStatus"] == "any"]
    if anything and anything != [max(priorities)]:
        message = "Invalid parameter: the only rule with tagStatus any must have the highest rulePriority"
        raise AwsError(_INVALID, message)


@refuses("ecr", "PutReplicationConfiguration")
def replication(call: Call) -> None:
    """To other registries or regions, within the quotas."""
    given = call.params["replicationConfiguration"]["rules"]
    if len(given) > _RULES:
        raise AwsError(_INVALID, f"A replication configuration can have {_RULES} rules at most")
    destinations = {(each["registryId"], each["region"]) for rule in given for each in rule["destinations"]}
    if len(destinations) > _DESTINATIONS:
        raise AwsError(_INVALID, f"A replication configuration can have {_DESTINATIONS} destinations at most")
    if (ACCOUNT, call.region) in destinations:
        message = "Invalid parameter: the destination region cannot be the region of the source registry"
        raise AwsError(_INVALID, message)


@refuses("ecr", "CreatePullThroughCacheRule", "UpdatePullThroughCacheRule")
def credentials(call: Call) -> None:
    """A secret of the region, by the one name that ECR may read, with two key/value pairs.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html names them.
    What becomes of a secret without them, AWS does not document: that ECR "verifies the syntax" is said of
    ValidatePullThroughCacheRule, which nobody calls here, and nothing could be pulled with it.
    """
    arn = call.params.get("credentialArn")
    upstream = call.params.get("upstreamRegistryUrl", "")
    if arn is None:
        if upstream in _CLOSED:
            # As AWS says it: https://github.com/aws-controllers-k8s/community/issues/2589
            message = (
                "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN"
            )
            raise AwsError("UnsupportedUpstreamRegistryException", message)
        return
    name = arn.split(":secret:")[-1].rsplit("-", 1)[0]
    if not name.startswith(_SECRET_PREFIX):
        raise AwsError(_INVALID, f"The name of the secret must begin with {_SECRET_PREFIX}")
    if arn.split(":")[3] != call.region:
        raise AwsError("SecretNotFoundException", f"The ARN {arn} is not in {call.region}")
    secret = backend("secretsmanager", call.region).secrets.get(name)
    if secret is None or secret.arn != arn or getattr(secret, "deleted_date", None):
        raise AwsError("SecretNotFoundException", f"The ARN of the secret specified is not found: {arn}")
    if not {"username", "accessToken"} <= fields(current_text(secret)).keys():
        raise AwsError("UnableToAccessSecretException", "The secret has no username and accessToken")


@refuses("ecr", "CreatePullThroughCacheRule")
def upstream(call: Call) -> None:
    """Known upstreams, and prefixes that do not lie in one another."""
    url, prefix = call.params["upstreamRegistryUrl"], call.params["ecrRepositoryPrefix"]
    if url not in (*_CLOSED, *_OPEN) and not url.endswith((".azurecr.io", ".amazonaws.com")):
        raise AwsError("UnsupportedUpstreamRegistryException", f"Upstream registry {url} is not supported")
    for other in rules(call):
        if prefix != other and (prefix.startswith(f"{other}/") or other.startswith(f"{prefix}/")):
            message = f"The prefix {prefix} overlaps that of another rule, {other}"
            raise AwsError("PullThroughCacheRuleAlreadyExistsException", message)
