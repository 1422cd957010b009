"""ECR: pull-through cache rules."""

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
