"""CloudFront: distributions that read back as they were set; moto forgets half of them."""

import copy
import secrets
from typing import Any

from moto.cloudfront.models import DistributionConfig
from moto.cloudfront.responses import CloudFrontResponse

from local.aws.additions.operations import after, answers
from local.aws.additions.patching import wrap
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto

_NOBODY = {"Enabled": False, "Quantity": 0}
# What AWS fills in.
_BEHAVIOR = {
    "TrustedSigners": _NOBODY,
    "TrustedKeyGroups": _NOBODY,
    "SmoothStreaming": False,
    "FieldLevelEncryptionId": "",
    "LambdaFunctionAssociations": {"Quantity": 0},
    "FunctionAssociations": {"Quantity": 0},
    "GrpcConfig": {"Enabled": False},
}
_ORIGIN = {
    "OriginPath": "",
    "CustomHeaders": {"Quantity": 0},
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_NONE = {"Quantity": 0}
_CONFIG: dict[str, Any] = {
    "Aliases": _NONE,
    "OriginGroups": _NONE,
    "CacheBehaviors": _NONE,
    "CustomErrorResponses": _NONE,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "DefaultRootObject": "",
    "ContinuousDeploymentPolicyId": "",
    "Staging": False,
    "WebACLId": "",
}


@wrap(DistributionConfig, "__init__", digest="5500e01a")
def accept_groups(original: Moto, distribution: Moto, config: Moto) -> None:
    """The default behavior may name a group of origins; moto looks among the origins alone."""
    behavior, groups = config["DefaultCacheBehavior"], config.get("OriginGroups", {}).get("Items", [])
    members = {group["Id"]: group["Members"]["Items"][0]["OriginId"] for group in groups}
    target = behavior["TargetOriginId"]
    original(
        distribution,
        config | {"DefaultCacheBehavior": behavior | {"TargetOriginId": members.get(target, target)}},
    )
    distribution.DefaultCacheBehavior.target_origin_id = target


def config_of(call: Call) -> dict[str, Any]:
    """The distribution's configuration in a call that creates or changes one."""
    config: dict[str, Any] = call.params.get("DistributionConfigWithTags", call.params)["DistributionConfig"]
    return config


def _completed(config: dict[str, Any]) -> dict[str, Any]:
    completed = _CONFIG | copy.deepcopy(config)
    completed["Origins"]["Items"] = [_ORIGIN | origin for origin in completed["Origins"]["Items"]]
    completed["DefaultCacheBehavior"] = _BEHAVIOR | completed["DefaultCacheBehavior"]
    if behaviors := completed["CacheBehaviors"].get("Items"):
        completed["CacheBehaviors"]["Items"] = [_BEHAVIOR | behavior for behavior in behaviors]
    return completed


def current(call: Call) -> Moto:
    """The distribution that a call names, in the version that it expects.

    Raises:
        AwsError: there is none, or it has another version by now.
    """
    distribution = call.backend("cloudfront").distributions.get(call.params["Id"])
    if distribution is None:
        raise AwsError("NoSuchDistribution", "The specified distribution does not exist.", 404)
    if call.params.get("IfMatch") not in (None, distribution.etag):
        message = "The precondition given in one or more of the request-header fields evaluated to false."
        raise AwsError("PreconditionFailed", message, 412)
    return distribution


@after("cloudfront", "CreateDistribution", "CreateDistributionWithTags")
def keep_config(call: Call) -> None:
    """All that a new distribution was made of."""
    config = config_of(call)
    for distribution in call.backend("cloudfront").distributions.values():
        if distribution.distribution_config.caller_reference == config["CallerReference"]:
            distribution.document = _completed(config)


def _described(distribution: Moto) -> dict[str, Any]:
    return {
        "Distribution": {
            "Id": distribution.id,
            "ARN": distribution.arn,
            "Status": "Deployed",
            "LastModifiedTime": distribution.last_modified_time,
            "InProgressInvalidationBatches": 0,
            "DomainName": distribution.domain_name,
            "ActiveTrustedSigners": _NOBODY,
            "ActiveTrustedKeyGroups": _NOBODY,
            "DistributionConfig": distribution.document,
        },
        "ETag": distribution.etag,
    }


# What a list shows beside the configuration, and what of the configuration it leaves out.
_SUMMARY = ("Id", "ARN", "Status", "LastModifiedTime", "DomainName")
_NOT_LISTED = ("CallerReference", "Logging", "DefaultRootObject", "ContinuousDeploymentPolicyId")


def _listed(distribution: Moto) -> dict[str, Any]:
    described = _described(distribution)["Distribution"]
    config = {key: value for key, value in described["DistributionConfig"].items() if key not in _NOT_LISTED}
    return config | {key: described[key] for key in _SUMMARY}


@answers(
    "cloudfront", "ListDistributions", CloudFrontResponse, method="list_distributions", digest="6c6e7dbd"
)
def list_distributions(call: Call) -> dict[str, Any]:
    """All of the account; fewer than the hundred that one page holds."""
    items = [_listed(each) for each in call.backend("cloudfront").distributions.values()]
    page = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(items)}
    return {"DistributionList": page | ({"Items": items} if items else {})}


@answers("cloudfront", "GetDistribution", CloudFrontResponse, method="get_distribution", digest="32373f7a")
def get_distribution(call: Call) -> dict[str, Any]:
    """As it was set."""
    return _described(current(call))


@answers(
    "cloudfront",
    "GetDistributionConfig",
    CloudFrontResponse,
    method="get_distribution_config",
    digest="32e7d2af",
)
def get_distribution_config(call: Call) -> dict[str, Any]:
    """As it was set."""
    distribution = current(call)
    return {"DistributionConfig": distribution.document, "ETag": distribution.etag}


@answers(
    "cloudfront", "UpdateDistribution", CloudFrontResponse, method="update_distribution", digest="58b6b258"
)
def update_distribution(call: Call) -> dict[str, Any]:
    """A new version."""
    distribution = current(call)
    distribution.document = _completed(config_of(call))
    distribution.etag = secrets.token_hex(7).upper()
    return _described(distribution)
