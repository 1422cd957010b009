"""Web ACLs: what they refuse, and what is logged of it."""

from typing import Literal

import pytest

from components.context import Context
from components.waf.web_acl import WebAcl, WebAclArgs
from tests.components.contexts import CONTEXT, PLAIN
from tests.components.recording import Registration, of_type, only, record, repeated_names

ACL = "aws:wafv2/webAcl:WebAcl"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def web_acl(
    name: str = "waf", scope: Literal["REGIONAL", "CLOUDFRONT"] = "REGIONAL", context: Context = CONTEXT
) -> list[Registration]:
    return record(lambda: WebAcl(name, WebAclArgs(context=context, scope=scope)))


@pytest.mark.parametrize(
    ("scope", "region", "name"),
    [("REGIONAL", None, "waf"), ("CLOUDFRONT", "us-east-1", "cdn-waf")],
)
def test_is_where_its_scope_is(
    scope: Literal["REGIONAL", "CLOUDFRONT"], region: str | None, name: str
) -> None:
    graph = web_acl(name, scope)
    acl, group, logging = only(graph, ACL), only(graph, LOGS), only(graph, LOGGING)
    assert (acl.inputs["name"], acl.inputs["scope"]) == (f"mpac-prod-{name}", scope)
    # WAF writes to groups of this beginning only.
    assert group.inputs["name"] == f"aws-waf-logs-mpac-prod-{name}"
    assert {acl.region, group.region, logging.region} == {region}


class TestRules:
    def test_one_address_sends_so_many_requests_in_five_minutes(self) -> None:
        rule = only(web_acl(), ACL).inputs["rules"][0]
        assert rule["priority"] == 0
        assert rule["action"] == {"block": {}}
        assert rule["statement"]["rateBasedStatement"] == {
            "limit": 10000,
            "aggregateKeyType": "IP",
            "evaluationWindowSec": 300,
        }

    def test_what_aws_knows_to_be_harmful_is_refused(self) -> None:
        managed = only(web_acl(), ACL).inputs["rules"][1:]
        names = [rule["statement"]["managedRuleGroupStatement"]["name"] for rule in managed]
        assert names == [
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            "AWSManagedRulesSQLiRuleSet",
        ]
        assert [rule["priority"] for rule in managed] == [1, 2, 3, 4]
        # "count" here would turn a whole group off.
        assert all(rule["overrideAction"] == {"none": {}} for rule in managed)

    def test_nothing_but_long_bodies_is_only_counted(self) -> None:
        managed = only(web_acl(), ACL).inputs["rules"][1:]
        counted = [
            (override["name"], override["actionToUse"])
            for rule in managed
            for override in rule["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
        ]
        assert counted == [("SizeRestrictions_BODY", {"count": {}})]

    def test_all_else_passes_and_is_measured(self) -> None:
        acl = only(web_acl(), ACL).inputs
        assert acl["defaultAction"] == {"allow": {}}
        for each in (acl, *acl["rules"]):
            assert each["visibilityConfig"]["cloudwatchMetricsEnabled"] is True


class TestLogs:
    def test_are_encrypted_and_kept(self) -> None:
        group = only(web_acl(), LOGS)
        assert group.inputs["kmsKeyId"] == "arn:aws:kms:ap-northeast-1:123456789012:key/logs"
        assert group.inputs["retentionInDays"] == 90
        assert group.protect

    def test_hold_what_was_refused_or_counted(self) -> None:
        filter_ = only(web_acl(), LOGGING).inputs["loggingFilter"]
        assert filter_["defaultBehavior"] == "DROP"
        (kept,) = filter_["filters"]
        assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
        assert [each["actionCondition"]["action"] for each in kept["conditions"]] == ["BLOCK", "COUNT"]

    def test_hold_no_credentials(self) -> None:
        fields = only(web_acl(), LOGGING).inputs["redactedFields"]
        assert {field["singleHeader"]["name"] for field in fields} == {"authorization", "cookie"}


def test_two_stand_side_by_side() -> None:
    def program() -> None:
        for name in ("shop", "office"):
            WebAcl(name, WebAclArgs(context=CONTEXT, scope="REGIONAL"))

    graph = record(program)
    assert repeated_names(graph) == []
    assert {each.inputs["name"] for each in of_type(graph, ACL).values()} == {
        "mpac-prod-shop",
        "mpac-prod-office",
    }


def test_another_program_needs_no_key() -> None:
    graph = web_acl(context=PLAIN)
    assert only(graph, ACL).inputs["name"] == "acme-test-waf"
    assert "kmsKeyId" not in only(graph, LOGS).inputs
    assert not only(graph, LOGS).protect
