"""ECR: pull-through cache rules, and templates of the repositories that ECR creates itself."""

from datetime import UTC, datetime
from typing import Any

from moto.core.common_models import BaseModel
from moto.ecr.responses import ECRResponse

from local.aws.additions.operations import answers
from local.aws.call import ACCOUNT, Call
from local.aws.errors import AwsError


class PullThroughCacheRule(BaseModel):
    """A rule, as it is described."""

    def __init__(self, call: Call) -> None:
        now = datetime.now(UTC)
        self.document = {**call.params, "registryId": ACCOUNT, "createdAt": now, "updatedAt": now}


def rules(call: Call) -> dict[str, PullThroughCacheRule]:
    """The rules of the call's region, by prefix."""
    stored: dict[str, PullThroughCacheRule] = call.backend("ecr").__dict__.setdefault(
        "pull_through_rules", {}
    )
    return stored


def rule_of(call: Call) -> PullThroughCacheRule:
    """The rule that a call names.

    Raises:
        AwsError: there is none.
    """
    prefix = call.params["ecrRepositoryPrefix"]
    if prefix not in rules(call):
        message = f"The pull through cache rule with prefix '{prefix}' does not exist in the registry"
        raise AwsError("PullThroughCacheRuleNotFoundException", message)
    return rules(call)[prefix]


@answers("ecr", "CreatePullThroughCacheRule", ECRResponse)
def create_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    """A rule."""
    prefix = call.params["ecrRepositoryPrefix"]
    if prefix in rules(call):
        message = f"A pull through cache rule with prefix '{prefix}' already exists"
        raise AwsError("PullThroughCacheRuleAlreadyExistsException", message)
    rules(call)[prefix] = PullThroughCacheRule(call)
    return rules(call)[prefix].document


@answers("ecr", "DescribePullThroughCacheRules", ECRResponse)
def describe_pull_through_cache_rules(call: Call) -> dict[str, Any]:
    """Those of some prefixes, or all."""
    prefixes = call.params.get("ecrRepositoryPrefixes", rules(call))
    named = [
        Call(call.service, call.operation, call.region, {"ecrRepositoryPrefix": prefix})
        for prefix in prefixes
    ]
    return {"pullThroughCacheRules": [rule_of(each).document for each in named]}


@answers("ecr", "UpdatePullThroughCacheRule", ECRResponse)
def update_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    """Other credentials."""
    rule = rule_of(call)
    rule.document |= {**call.params, "updatedAt": datetime.now(UTC)}
    return rule.document


@answers("ecr", "DeletePullThroughCacheRule", ECRResponse)
def delete_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    """Delete a rule."""
    document = rule_of(call).document
    del rules(call)[call.params["ecrRepositoryPrefix"]]
    return document


class RepositoryCreationTemplate(BaseModel):
    """A template, as it is described."""

    def __init__(self, call: Call) -> None:
        now = datetime.now(UTC)
        defaults = {
            "imageTagMutability": "MUTABLE",
            "encryptionConfiguration": {"encryptionType": "AES256"},
        }
        self.document = {**defaults, **call.params, "createdAt": now, "updatedAt": now}


def _templates(call: Call) -> dict[str, RepositoryCreationTemplate]:
    stored: dict[str, RepositoryCreationTemplate] = call.backend("ecr").__dict__.setdefault(
        "creation_templates", {}
    )
    return stored


def _template(call: Call, prefix: str) -> dict[str, Any]:
    if prefix not in _templates(call):
        message = f"The repository creation template with prefix '{prefix}' does not exist in the registry"
        raise AwsError("TemplateNotFoundException", message)
    return _templates(call)[prefix].document


@answers("ecr", "CreateRepositoryCreationTemplate", ECRResponse)
def create_repository_creation_template(call: Call) -> dict[str, Any]:
    """A template."""
    prefix = call.params["prefix"]
    if prefix in _templates(call):
        message = f"A repository creation template with prefix '{prefix}' already exists"
        raise AwsError("TemplateAlreadyExistsException", message)
    _templates(call)[prefix] = RepositoryCreationTemplate(call)
    return {"registryId": ACCOUNT, "repositoryCreationTemplate": _template(call, prefix)}


@answers("ecr", "DescribeRepositoryCreationTemplates", ECRResponse)
def describe_repository_creation_templates(call: Call) -> dict[str, Any]:
    """Those of some prefixes, or all."""
    prefixes = call.params.get("prefixes", _templates(call))
    return {
        "registryId": ACCOUNT,
        "repositoryCreationTemplates": [_template(call, prefix) for prefix in prefixes],
    }


@answers("ecr", "UpdateRepositoryCreationTemplate", ECRResponse)
def update_repository_creation_template(call: Call) -> dict[str, Any]:
    """What is given."""
    document = _template(call, call.params["prefix"])
    document |= {**call.params, "updatedAt": datetime.now(UTC)}
    return {"registryId": ACCOUNT, "repositoryCreationTemplate": document}


@answers("ecr", "DeleteRepositoryCreationTemplate", ECRResponse)
def delete_repository_creation_template(call: Call) -> dict[str, Any]:
    """Delete a template; repositories made by it stay."""
    document = _template(call, call.params["prefix"])
    del _templates(call)[call.params["prefix"]]
    return {"registryId": ACCOUNT, "repositoryCreationTemplate": document}
