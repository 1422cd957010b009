"""What the two halves of each failover pair must share, and nobody else sees: they are of two stacks."""

import json
from collections.abc import Iterator

import pytest

from operations.plan import Plan, Resource

NAMES = {"portal.mpac-cloud.com", "api.mpac-cloud.com"}


def of_type(plan: Plan, type_: str) -> Iterator[Resource]:
    return (each for each in plan.resources if each.type == type_)


def pairs(plan: Plan) -> dict[str, tuple[str, str]]:
    """Role and set identifier of each half, by the name that clients ask."""
    return {
        each.inputs["name"]: (
            each.inputs["failoverRoutingPolicies"][0]["type"],
            each.inputs["setIdentifier"],
        )
        for each in of_type(plan, "aws:route53/record:Record")
        if each.inputs.get("failoverRoutingPolicies")
    }


def test_each_name_of_the_platform_has_both_halves(plans: dict[str, Plan]) -> None:
    assert pairs(plans["prod"]) == dict.fromkeys(NAMES, ("PRIMARY", "primary-tokyo"))
    assert pairs(plans["dr"]) == dict.fromkeys(NAMES, ("SECONDARY", "secondary-osaka"))
    assert pairs(plans["staging"]) == {}


def test_no_record_is_created_twice(plans: dict[str, Plan]) -> None:
    found = [
        (record.inputs["name"], record.inputs["type"], record.inputs.get("setIdentifier"))
        for plan in plans.values()
        for record in of_type(plan, "aws:route53/record:Record")
        if "mpac-cloud" in record.inputs["name"]  # known: what ACM asks for is not
    ]
    assert len(found) == len(set(found)) > len(NAMES)


@pytest.mark.parametrize(("stack_name", "city"), [("prod", "tokyo"), ("dr", "osaka")])
def test_load_balancers_answer_to_the_names_of_platform_and_region(
    plans: dict[str, Plan], stack_name: str, city: str
) -> None:
    """The check asks the region's name: without a rule for it every region is always unhealthy."""
    hosts = {
        host
        for rule in of_type(plans[stack_name], "aws:lb/listenerRule:ListenerRule")
        for condition in rule.inputs["conditions"]
        for host in condition.get("hostHeader", {}).get("values", [])
    }
    assert {*NAMES, *(name.replace(".", f"-{city}.", 1) for name in NAMES)} <= hosts


def test_the_latch_waits_for_alarms_that_are_there(plans: dict[str, Plan]) -> None:
    rules = {
        each.region: each.inputs["eventPattern"]
        for each in of_type(plans["prod"], "aws:cloudwatch/eventRule:EventRule")
        if each.inputs["name"] == "mpac-prod-latch"
    }
    assert rules.keys() == {"us-east-1", "ap-northeast-1", "ap-northeast-3"}
    (pattern,) = set(rules.values())
    regions = {
        each.inputs["name"]: each.region
        for each in of_type(plans["prod"], "aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    waited_for = json.loads(pattern)["detail"]["alarmName"]
    assert {name: regions[name] for name in waited_for} == {
        "mpac-prod-portal-endpoint": "us-east-1",
        "mpac-prod-api-endpoint": "us-east-1",
        "mpac-prod-alb-portal-no-targets": "ap-northeast-1",
        "mpac-prod-alb-smarttab-no-targets": "ap-northeast-1",
        "mpac-prod-alb-pgw-no-targets": "ap-northeast-1",
    }
