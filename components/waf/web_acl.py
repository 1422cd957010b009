"""Web ACLs of AWS WAF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from ..context import Context, DataClass
from ..regions import GLOBAL_REGION
from ..section import verify
from .settings import WafSettings

RATE_WINDOW_SECONDS = 300
MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
# Rules of the groups that only count: uploads and signed receipts are longer than the 8 KB of this one.
COUNTED: Mapping[str, Sequence[str]] = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",)}
SECRET_HEADERS = ("authorization", "cookie")
# The rules of a group do what AWS has given each of them to do. (The SDK has no types here.)
_KEEP_ACTIONS = aws.wafv2.WebAclRuleOverrideActionArgs(
    none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call]
)


@dataclass(frozen=True, kw_only=True)
class WebAclArgs:
    """Inputs of `WebAcl`.

    Attributes:
        context: Who and where; for CLOUDFRONT with the keys of us-east-1.
        scope: REGIONAL for load balancers; CLOUDFRONT for distributions, which is in us-east-1.
        settings: Limit of requests, and how long logs are kept.
    """

    context: Context
    scope: Literal["REGIONAL", "CLOUDFRONT"]
    settings: WafSettings = field(default_factory=WafSettings)


class WebAcl(pulumi.ComponentResource):
    """Refuses requests that are known to be harmful, and addresses that send too many.

    Creates the web ACL `<prefix>-<environment>-<name>` with AWS's managed rule groups and a limit per
    address, the encrypted log group `aws-waf-logs-<prefix>-<environment>-<name>` (AWS requires that
    beginning) and the logging of every request that was not let through. Credentials in headers are not
    logged.

    Replaces the web ACL: its name or scope.

    Requirements: Security; AWS Foundational Security Best Practices ELB.16, CloudFront.6, WAF.11.

    Attributes:
        arn: ARN of the web ACL.
        name: Name of the web ACL, a dimension of its metrics.
    """

    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:waf:WebAcl", name, None, opts)
        verify(f"WebAcl {name}", args.settings)
        child = pulumi.ResourceOptions(parent=self)
        context, settings = args.context, args.settings
        region = GLOBAL_REGION if args.scope == "CLOUDFRONT" else None
        label = context.name(name)

        acl = aws.wafv2.WebAcl(
            name,
            name=label,
            region=region,
            scope=args.scope,
            description=f"Web ACL of {context.title}",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _rate_limit(settings.requests_per_address),
                *(_managed(group, priority) for priority, group in enumerate(MANAGED_GROUPS, start=1)),
            ],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=label
            ),
            tags={"Name": label},
            opts=child,
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"aws-waf-logs-{label}",
            region=region,
            retention_in_days=settings.log_retention_days,
            kms_key_id=context.key_arn(DataClass.LOGS),
            opts=pulumi.ResourceOptions(parent=self, protect=context.protect),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            region=region,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(
                        name=header
                    )
                )
                for header in SECRET_HEADERS
            ],
            logging_filter=_only_what_is_not_allowed(),
            opts=child,
        )
        self.arn = acl.arn
        self.name = acl.name
        self.register_outputs({"arn": self.arn, "name": self.name})


def _visible(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=metric
    )


def _rate_limit(requests: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="rate-limit",
        priority=0,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=requests,
                aggregate_key_type="IP",
                evaluation_window_sec=RATE_WINDOW_SECONDS,
            )
        ),
        visibility_config=_visible("rate-limit"),
    )


def _managed(group: str, priority: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=_KEEP_ACTIONS,
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[_counted(rule) for rule in COUNTED.get(group, ())],
            )
        ),
        visibility_config=_visible(group),
    )


def _counted(
    rule: str,
) -> aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    override = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
    return aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
        name=rule, action_to_use=override
    )


def _only_what_is_not_allowed() -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
        default_behavior="DROP",
        filters=[
            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                behavior="KEEP",
                requirement="MEETS_ANY",
                conditions=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                        action_condition=(
                            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                                action=action
                            )
                        )
                    )
                    for action in ("BLOCK", "COUNT")
                ],
            )
        ],
    )
