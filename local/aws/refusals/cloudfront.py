"""What CloudFront refuses of a distribution, and moto accepts."""

from collections.abc import Iterator
from typing import Any

from local.aws.additions.cloudfront_distributions import config_of, current
from local.aws.additions.kept import kept
from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.certificates import VIRGINIA, covers, issued
from local.aws.refusals.registry import refuses

_CHANGES = ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution")
_WRITING = {"PUT", "POST", "PATCH", "DELETE"}
# Policies that AWS manages are there without anybody creating them:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
MANAGED_CACHE_POLICIES = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "CachingOptimizedForUncompressedObjects",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
}
_POLICIES = {
    "CachePolicyId": ("CachePolicy", MANAGED_CACHE_POLICIES),
    "ResponseHeadersPolicyId": ("ResponseHeadersPolicy", {}),
}


def behaviors(config: dict[str, Any]) -> list[dict[str, Any]]:
    """All behaviors of a distribution, the default one first."""
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", [])]


@refuses("cloudfront", *_CHANGES)
def aliases(call: Call) -> None:
    """A host belongs to one distribution, and needs a certificate of us-east-1 that names it."""
    config = config_of(call)
    hosts = config.get("Aliases", {}).get("Items", [])
    for other in call.backend("cloudfront").distributions.values():
        taken = set(hosts) & set(other.document.get("Aliases", {}).get("Items", []))
        if taken and other.id != call.params.get("Id"):
            message = f"One or more of the CNAMEs you provided are already associated: {sorted(taken)}"
            raise AwsError("CNAMEAlreadyExists", message, 409)
    arn = config.get("ViewerCertificate", {}).get("ACMCertificateArn")
    if not arn:
        if hosts:
            message = "To add an alternate domain name, you must attach a trusted certificate that names it."
            raise AwsError("InvalidViewerCertificate", message)
        return
    certificate = issued(arn, VIRGINIA)
    if certificate is None:
        message = (
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't "
            "include a valid certificate chain."
        )
        raise AwsError("InvalidViewerCertificate", message)
    if missing := [host for host in hosts if not covers(certificate, host)]:
        message = f"The certificate that is attached to your distribution doesn't cover {missing[0]}"
        raise AwsError("InvalidViewerCertificate", message)


@refuses("cloudfront", *_CHANGES)
def web_acl(call: Call) -> None:
    """A web ACL of scope CLOUDFRONT."""
    arn = config_of(call).get("WebACLId")
    if arn and (":global/webacl/" not in arn or arn not in backend("wafv2", "global").wacls):
        raise AwsError("InvalidWebACLId", f"The web ACL {arn} is not valid for a distribution.")


@refuses("cloudfront", *_CHANGES)
def targets(call: Call) -> None:
    """Behaviors and groups name origins that are there."""
    config = config_of(call)
    origins = {origin["Id"] for origin in config["Origins"]["Items"]}
    groups = {group["Id"]: group for group in config.get("OriginGroups", {}).get("Items", [])}
    named = [behavior["TargetOriginId"] for behavior in behaviors(config)]
    for group in groups.values():
        members = [member["OriginId"] for member in group["Members"]["Items"]]
        if len(set(members)) != 2 or not set(members) <= origins:  # noqa: PLR2004 - a first and a second
            raise AwsError("InvalidArgument", f"The origin group {group['Id']} needs two origins: {members}")
    if missing := set(named) - origins - groups.keys():
        message = f"One or more of your origins or origin groups do not exist: {sorted(missing)}"
        raise AwsError("NoSuchOrigin", message, 404)
    for behavior in behaviors(config):
        methods = set(behavior.get("AllowedMethods", {}).get("Items", []))
        if behavior["TargetOriginId"] in groups and methods & _WRITING:
            message = (
                "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached "
                "behavior associated with an origin group."
            )
            raise AwsError("InvalidArgument", message)


@refuses("cloudfront", *_CHANGES)
def policies(call: Call) -> None:
    """Policies and access controls are there before who uses them."""
    config = config_of(call)
    for behavior in behaviors(config):
        for parameter, (kind, managed) in _POLICIES.items():
            policy = behavior.get(parameter)
            if policy and policy not in managed and policy not in kept(call, "cloudfront", kind):
                raise AwsError(f"NoSuch{kind}", f"The specified policy {policy} does not exist.", 404)
    controls = call.backend("cloudfront").origin_access_controls
    for origin in config["Origins"]["Items"]:
        control = origin.get("OriginAccessControlId")
        if control and control not in controls:
            raise AwsError("NoSuchOriginAccessControl", f"{control} does not exist.", 404)


@refuses("cloudfront", *_CHANGES)
def paths(call: Call) -> None:
    """One behavior for each path."""
    patterns = [each["PathPattern"] for each in behaviors(config_of(call))[1:]]
    if len(set(patterns)) != len(patterns):
        message = "The parameter PathPattern contains duplicate values across cache behaviors."
        raise AwsError("InvalidArgument", message)


@refuses("cloudfront", "DeleteDistribution")
def enabled(call: Call) -> None:
    """A distribution is disabled before it goes."""
    if current(call).document["Enabled"]:
        message = "The distribution you are trying to delete has not been disabled."
        raise AwsError("DistributionNotDisabled", message, 409)


def _uses(call: Call, name: str) -> Iterator[str]:
    for distribution in call.backend("cloudfront").distributions.values():
        if any(
            behavior.get("ResponseHeadersPolicyId") == name for behavior in behaviors(distribution.document)
        ):
            yield distribution.id
        if any(each["OriginAccessControlId"] == name for each in distribution.document["Origins"]["Items"]):
            yield distribution.id


@refuses("cloudfront", "DeleteResponseHeadersPolicy", "DeleteOriginAccessControl")
def in_use(call: Call) -> None:
    """What a distribution uses stays."""
    if users := sorted(_uses(call, call.params["Id"])):
        kind = call.operation.removeprefix("Delete")
        raise AwsError(f"{kind}InUse", f"{call.params['Id']} is attached to {users}", 409)


@refuses("cloudfront", "CreateOriginAccessControl")
def access_control_exists(call: Call) -> None:
    """Each has a name of its own."""
    name = call.params["OriginAccessControlConfig"]["Name"]
    if any(other.name == name for other in call.backend("cloudfront").origin_access_controls.values()):
        message = "An origin access control with this name already exists."
        raise AwsError("OriginAccessControlAlreadyExists", message, 409)
