"""What WAF refuses, and moto accepts."""

from collections import Counter
from typing import Any

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.certificates import VIRGINIA
from local.aws.refusals.registry import refuses
from local.aws.untyped import Moto

_INVALID = "WAFInvalidParameterException"
_GONE = "WAFNonexistentItemException"
_LOGS_BEGIN = "aws-waf-logs-"
# Web ACL capacity units of AWS's groups: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_GROUPS = {
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesWordPressRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesAntiDDoSRuleSet": 50,
}
_LARGEST_CAPACITY = 5000


@refuses("wafv2", "*")
def scope(call: Call) -> None:
    """What is for CloudFront is asked for in us-east-1."""
    if call.params.get("Scope") == "CLOUDFRONT" and call.region != VIRGINIA:
        message = f"Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: {call.region}"
        raise AwsError(_INVALID, message)


def _group(rule: dict[str, Any]) -> str | None:
    statement = rule["Statement"].get("ManagedRuleGroupStatement")
    return str(statement["Name"]) if statement and statement["VendorName"] == "AWS" else None


@refuses("wafv2", "CreateWebACL", "UpdateWebACL")
def rules(call: Call) -> None:
    """Rules have names and priorities of their own, and do one thing; AWS's groups are those it has."""
    given = call.params.get("Rules", [])
    for member, field in (("Priority", "RULE_PRIORITY"), ("Name", "RULE_NAME")):
        for value, count in Counter(rule[member] for rule in given).items():
            if count > 1:
                message = (
                    f"Error reason: The value is used more than once., field: {field}, parameter: {value}"
                )
                raise AwsError(_INVALID, message)
    for rule in given:
        if ("OverrideAction" in rule) != bool(_group(rule)) or ("Action" in rule) == (
            "OverrideAction" in rule
        ):
            message = (
                f"Error reason: A rule has one action, and a group an override., parameter: {rule['Name']}"
            )
            raise AwsError(_INVALID, message)
    groups = [name for name in map(_group, given) if name]
    if unknown := sorted(set(groups) - MANAGED_GROUPS.keys()):
        raise AwsError(_GONE, f"AWS WAF couldn't perform the operation: no managed rule group {unknown[0]}")
    if sum(MANAGED_GROUPS[name] for name in groups) > _LARGEST_CAPACITY:
        raise AwsError("WAFLimitsExceededException", "The web ACL needs more than 5000 capacity units.")


def _acl(call: Call, arn: str) -> Moto:
    region = "global" if ":global/" in arn else call.region
    return backend("wafv2", region).wacls.get(arn)


@refuses("wafv2", "AssociateWebACL")
def association(call: Call) -> None:
    """A regional web ACL with a load balancer of its region."""
    acl, resource = call.params["WebACLArn"], call.params["ResourceArn"]
    if ":global/" in acl:
        message = f"Error reason: The ARN isn't valid., field: WEB_ACL_ARN, parameter: {acl}"
        raise AwsError(_INVALID, message)
    if acl.split(":")[3] != call.region or _acl(call, acl) is None:
        raise AwsError(_GONE, f"{acl} does not exist in {call.region}")
    if ":loadbalancer/app/" not in resource:
        message = f"Error reason: The ARN isn't valid., field: RESOURCE_ARN, parameter: {resource}"
        raise AwsError(_INVALID, message)
    if resource not in call.backend("elbv2").load_balancers:
        message = "AWS WAF couldn't retrieve the resource that you requested."
        raise AwsError("WAFUnavailableEntityException", message)


@refuses("wafv2", "PutLoggingConfiguration")
def log_destination(call: Call) -> None:
    """A log group of the web ACL's region, with the name that WAF asks for."""
    configuration = call.params["LoggingConfiguration"]
    if _acl(call, configuration["ResourceArn"]) is None:
        raise AwsError(_GONE, f"{configuration['ResourceArn']} does not exist in {call.region}")
    for arn in configuration["LogDestinationConfigs"]:
        parts = arn.split(":")
        name = parts[6] if parts[2] == "logs" else ""
        if not name.startswith(_LOGS_BEGIN) or parts[3] != call.region:
            message = f"Error reason: The ARN isn't valid., field: LOG_DESTINATION, parameter: {arn}"
            raise AwsError(_INVALID, message)
        if name not in call.backend("logs").groups:
            raise AwsError(
                "WAFLogDestinationPermissionIssueException", f"The log group {name} does not exist."
            )


@refuses("wafv2", "DeleteWebACL")
def in_use(call: Call) -> None:
    """A web ACL in front of something stays."""
    for acl in backend(
        "wafv2", "global" if call.params["Scope"] == "CLOUDFRONT" else call.region
    ).wacls.values():
        if acl.id != call.params["Id"]:
            continue
        balancers = call.backend("elbv2").load_balancers
        users = [arn for arn in acl.associated_resources if arn in balancers]
        distributions = backend("cloudfront", "aws").distributions.values()
        users += [each.arn for each in distributions if each.document.get("WebACLId") == acl.arn]
        if users:
            raise AwsError("WAFAssociatedItemException", f"The web ACL is associated with {users[0]}")
