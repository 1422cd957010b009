"""Web ACLs of AWS WAF: what they stop."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_SET, IS_TRUE, Check, Verdict, one_of

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WAF = "https://docs.aws.amazon.com/waf/latest/developerguide"
# The lengths of a window that AWS WAF knows, and its least limit.
WINDOWS = ("60", "120", "300", "600")
LEAST_LIMIT = 10
STOPS = {"block", "captcha", "challenge"}
GROUP = "statement.managedRuleGroupStatement"
KEEPS_OUT = Check(
    "block, captcha or challenge",
    lambda value: isinstance(value, Mapping) and bool(value) and not {"count", "allow"} & value.keys(),
)
LIMIT = "statement.rateBasedStatement"


@resource_rule(
    "waf-rules-block",
    WEB_ACL,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("WAF.10",), checkov=("CKV_AWS_175", "CKV_AWS_192")),
    reason="A firewall that only counts attacks lets them through.",
    remedy="Give the web ACL the pack's wafManagedGroups with override_action none, and no rule that counts "
    "but the pack's wafCountedRules.",
    url=f"{WAF}/web-acl-rule-group-override-options.html",
)
def waf_rules_block(web_acl: Resource, settings: Settings) -> Iterator[Verdict]:
    """Unless it blocks by default, it has the managed groups; every rule acts, at a priority of its own."""
    yield _has_groups(web_acl, settings)
    seen: set[str] = set()
    for path, rule in web_acl.items("rules"):
        yield _acts(web_acl, path, rule)
        if web_acl.has(f"{path}.{GROUP}"):
            yield web_acl.must(f"{path}.{GROUP}.name", IS_SET)
        for place, _override in web_acl.items(f"{path}.{GROUP}.ruleActionOverrides"):
            may_count = str(web_acl.get(f"{place}.name")) in settings.waf_counted_rules
            use = f"{place}.actionToUse"
            yield web_acl.passes(use) if may_count else web_acl.must(use, KEEPS_OUT)
        own = Check("a priority of its own", lambda value: value is not ABSENT and str(value) not in seen)
        yield web_acl.must(f"{path}.priority", own)
        seen.add(str(web_acl.get(f"{path}.priority")))


def _has_groups(web_acl: Resource, settings: Settings) -> Verdict:
    if web_acl.get("defaultAction.block") is not ABSENT:
        return web_acl.passes("rules")
    names = [web_acl.get(f"{path}.{GROUP}.name") for path, _ in web_acl.items("rules")]
    missing = sorted(settings.waf_managed_groups - {name for name in names if isinstance(name, str)})
    if missing and any(isinstance(name, Unknown) for name in names):
        return web_acl.not_judged("rules", "the names of some managed rule groups are not known yet")
    message = f"rules lack the managed groups {', '.join(missing)}"
    return web_acl.fails("rules", message) if missing else web_acl.passes("rules")


def _acts(web_acl: Resource, path: str, rule: Any) -> Verdict:
    part = "overrideAction" if web_acl.get(f"{path}.overrideAction") is not ABSENT else "action"
    action = web_acl.get(f"{path}.{part}")
    if isinstance(action, Unknown) or isinstance(rule, Unknown):
        return web_acl.not_judged(f"{path}.{part}")
    acts = isinstance(action, Mapping) and bool(action) and "count" not in action
    message = f"{path}.{part} counts, or does nothing"
    return web_acl.passes(f"{path}.{part}") if acts else web_acl.fails(f"{path}.{part}", message)


@resource_rule(
    "waf-rate-limit",
    WEB_ACL,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="One address must not be able to take the service from all others.",
    remedy="Give the web ACL a rate_based_statement that blocks, its limit within the pack's wafRateLimit.",
    url=f"{WAF}/waf-rule-statement-type-rate-based.html",
)
def waf_rate_limit(web_acl: Resource, settings: Settings) -> Iterator[Verdict]:
    """AWS knows limits from 10 on, and windows of 1, 2, 5 and 10 minutes."""
    limits = [path for path, _ in web_acl.items("rules") if web_acl.get(f"{path}.{LIMIT}") is not ABSENT]
    if not limits:
        yield web_acl.fails("rules", "rules have no limit of requests")
    within = Check(
        f"{LEAST_LIMIT} to {settings.waf_rate_limit}",
        lambda value: str(value).isdigit() and LEAST_LIMIT <= int(value) <= settings.waf_rate_limit,
    )
    for path in limits:
        statement = f"{path}.{LIMIT}"
        yield web_acl.must(f"{statement}.limit", within)
        window = web_acl.get(f"{statement}.evaluationWindowSec")
        # Five minutes unless it says otherwise.
        window = "300" if window is ABSENT else window if isinstance(window, Unknown) else str(window)
        yield one_of(WINDOWS)(web_acl.urn, f"{statement}.evaluationWindowSec", window)
        action = web_acl.get(f"{path}.action")
        stops = Check(
            "block, captcha or challenge",
            lambda value: isinstance(value, Mapping) and bool(STOPS & value.keys()),
        )
        yield stops(web_acl.urn, f"{path}.action", action)


@resource_rule(
    "waf-metrics",
    WEB_ACL,
    severity=Severity.LOW,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("WAF.12",)),
    reason="An attack that nobody counts is not noticed.",
    remedy="Set cloudwatch_metrics_enabled and sampled_requests_enabled in each visibility_config.",
    url=f"{SECURITY_HUB}/waf-controls.html#waf-12",
)
def waf_metrics(web_acl: Resource, _: Settings) -> Iterator[Verdict]:
    """The web ACL and each of its rules have their own."""
    for prefix in ("", *(f"{path}." for path, _ in web_acl.items("rules"))):
        for name in ("cloudwatchMetricsEnabled", "sampledRequestsEnabled"):
            yield web_acl.must(f"{prefix}visibilityConfig.{name}", IS_TRUE)
