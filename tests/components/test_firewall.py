"""Web ACLs: what they refuse, and what is logged of it."""

from typing import Any

import pytest

from components.firewall import WebAcl, WebAclArgs
from tests.components.recording import Registration, of_type, record

ACL = "aws:wafv2/webAcl:WebAcl"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def firewall(**changes: Any) -> list[Registration]:  # noqa: ANN401
    given: dict[str, Any] = {
        "environment": "prod",
        "scope": "REGIONAL",
        "requests_per_address": 10000,
        "log_retention_days": 90,
        "logs_key_arn": "logs-key",
        "protect": True,
    }
    return record(lambda: WebAcl("firewall", WebAclArgs(**given | changes)))


def only(registrations: list[Registration], type_: str) -> Registration:
    (found,) = of_type(registrations, type_).values()
    return found


@pytest.mark.parametrize(
    ("scope", "region", "name"),
    [("REGIONAL", None, "mpac-prod-regional"), ("CLOUDFRONT", "us-east-1", "mpac-prod-cloudfront")],
)
def test_lies_where_its_scope_does(scope: str, region: str | None, name: str) -> None:
    graph = firewall(scope=scope)
    acl, group, logging = only(graph, ACL), only(graph, LOGS), only(graph, LOGGING)
    assert (acl.inputs["name"], acl.inputs["scope"]) == (name, scope)
    # WAF writes to groups of this beginning only.
    assert group.inputs["name"] == f"aws-waf-logs-{name}"
    assert {acl.region, group.region, logging.region} == {region}


class TestRules:
    def test_one_address_sends_so_many_requests_in_five_minutes(self) -> None:
        rule = only(firewall(), ACL).inputs["rules"][0]
        assert rule["priority"] == 0
        assert rule["action"] == {"block": {}}
        assert rule["statement"]["rateBasedStatement"] == {
            "limit": 10000,
            "aggregateKeyType": "IP",
            "evaluationWindowSec": 300,
        }

    def test_what_aws_knows_to_be_harmful_is_refused(self) -> None:
        managed = only(firewall(), ACL).inputs["rules"][1:]
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
        managed = only(firewall(), ACL).inputs["rules"][1:]
        counted = [
            (override["name"], override["actionToUse"])
            for rule in managed
            for override in rule["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
        ]
        assert counted == [("SizeRestrictions_BODY", {"count": {}})]

    def test_all_else_passes_and_is_measured(self) -> None:
        acl = only(firewall(), ACL).inputs
        assert acl["defaultAction"] == {"allow": {}}
        for each in (acl, *acl["rules"]):
            assert each["visibilityConfig"]["cloudwatchMetricsEnabled"] is True


class TestLogs:
    def test_are_encrypted_and_kept(self) -> None:
        group = only(firewall(), LOGS)
        assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("logs-key", 90)
        assert group.protect

    def test_hold_what_was_refused_or_counted(self) -> None:
        filter_ = only(firewall(), LOGGING).inputs["loggingFilter"]
        assert filter_["defaultBehavior"] == "DROP"
        (kept,) = filter_["filters"]
        assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
        assert [each["actionCondition"]["action"] for each in kept["conditions"]] == ["BLOCK", "COUNT"]

    def test_hold_no_credentials(self) -> None:
        fields = only(firewall(), LOGGING).inputs["redactedFields"]
        assert {field["singleHeader"]["name"] for field in fields} == {"authorization", "cookie"}
