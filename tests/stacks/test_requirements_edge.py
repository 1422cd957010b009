"""Requirements: Load Balancing and DNS. What the plan of production says of them, one figure a test."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.plan import Plan, read_configuration, record
from tests.stacks.reading import named, sources

ROOT = Path(__file__).parents[2]
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CHECK = "aws:route53/healthCheck:HealthCheck"
GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
RECORD = "aws:route53/record:Record"
RULE = "aws:lb/listenerRule:ListenerRule"


def label(name: object) -> str:
    """The first label of a host name; what is not known yet has none."""
    return name.split(".")[0] if isinstance(name, str) else ""


def pairs(plan: Plan) -> list[Any]:
    return [each for each in named(plan, RECORD).values() if each.get("failoverRoutingPolicies")]


def endpoint_checks(plan: Plan) -> list[Any]:
    return [each for each in named(plan, CHECK).values() if "fqdn" in each]


@pytest.mark.parametrize(("listener", "port"), [("alb-https", 443), ("alb-http", 80)])
def test_listener_port(prod: Plan, listener: str, port: int) -> None:
    assert named(prod, LISTENER)[listener]["port"] == port


def test_http_is_redirected_to_443(prod: Plan) -> None:
    (action,) = named(prod, LISTENER)["alb-http"]["defaultActions"]
    assert (action["type"], action["redirect"]["port"]) == ("redirect", "443")


def test_certificate_is_of_acm(prod: Plan) -> None:
    assert sources(prod, LISTENER, "alb-https", "certificateArn") == {
        ("aws:acm/certificateValidation:CertificateValidation", "certificate")
    }


def test_tls_policy(prod: Plan) -> None:
    assert named(prod, LISTENER)["alb-https"]["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


@pytest.mark.parametrize(("service", "port"), [("portal", 8002), ("smarttab", 8001), ("pgw", 8003)])
def test_target_group_port(prod: Plan, service: str, port: int) -> None:
    assert named(prod, GROUP)[f"alb-{service}"]["port"] == port


def test_target_group_port_of_the_frontend_where_it_is_on() -> None:
    given = read_configuration(ROOT, "prod")
    services = json.loads(given.values["mpac:services"])
    services["frontend"] = services.get("frontend", {}) | {"enabled": True, "image": "2.1.0"}
    plan = record("prod", replace(given, values={**given.values, "mpac:services": json.dumps(services)}))
    assert named(plan, GROUP)["alb-frontend"]["port"] == 3000
    task = named(plan, "aws:ecs/taskDefinition:TaskDefinition")["mpac-frontend"]
    (container,) = json.loads(task["containerDefinitions"])
    assert [each["containerPort"] for each in container["portMappings"]] == [3000]


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("path", "/health"),
        ("interval", 30),
        ("timeout", 5),
        ("healthyThreshold", 2),
        ("unhealthyThreshold", 3),
        ("matcher", "200"),
    ],
)
def test_health_check(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401 (of any input)
    groups = named(prod, GROUP)
    for service in ("portal", "smarttab", "pgw"):
        assert groups[f"alb-{service}"]["healthCheck"][key] == figure


def test_there_is_no_load_balancer_for_websockets_alone(prod: Plan) -> None:
    assert "websockets" not in named(prod, LOAD_BALANCER)


def test_zone(prod: Plan) -> None:
    assert [zone["name"] for zone in named(prod, "aws:route53/zone:Zone").values()] == ["mpac-cloud.com"]


def test_portal_leads_to_the_load_balancer(prod: Plan) -> None:
    names = {label(each["name"]): name for name, each in named(prod, RECORD).items()}
    assert "portal" in names
    assert sources(prod, RECORD, names["portal"], "aliases") == {(LOAD_BALANCER, "alb")}


@pytest.mark.parametrize("service", ["smarttab", "pgw"])
def test_api_leads_to(prod: Plan, service: str) -> None:
    hosts, _ = named(prod, RULE)[f"alb-{service}-1"]["conditions"]
    assert {label(host) for host in hosts["hostHeader"]["values"]} == {"api", "api-tokyo"}


def test_cdn_leads_to_cloudfront(prod: Plan) -> None:
    assert label(named(prod, RECORD)["cdn-A"]["name"]) == "cdn"
    assert sources(prod, RECORD, "cdn-A", "aliases") == {("aws:cloudfront/distribution:Distribution", "cdn")}


def test_names_evaluate_the_health_of_their_targets(prod: Plan) -> None:
    assert pairs(prod)
    assert {alias["evaluateTargetHealth"] for each in pairs(prod) for alias in each["aliases"]} == {True}


@pytest.mark.parametrize(
    ("key", "figure"),
    [("type", "HTTPS"), ("resourcePath", "/health"), ("requestInterval", 10), ("failureThreshold", 3)],
)
def test_check_for_failover(prod: Plan, key: str, figure: Any) -> None:  # noqa: ANN401
    assert {check[key] for check in endpoint_checks(prod)} == {figure}


def test_three_regions_check(prod: Plan) -> None:
    assert {len(check["regions"]) for check in endpoint_checks(prod)} == {3}


def test_production_is_the_primary(prod: Plan) -> None:
    policies = [policy["type"] for each in pairs(prod) for policy in each["failoverRoutingPolicies"]]
    assert set(policies) == {"PRIMARY"}


def test_production_serves_while_it_answers_and_is_not_latched(prod: Plan) -> None:
    verdicts = [each for each in named(prod, CHECK).values() if each["type"] == "CALCULATED"]
    assert verdicts
    assert {(len(each["childHealthchecks"]), each["childHealthThreshold"]) for each in verdicts} == {(2, 2)}


def test_a_failover_stays_until_a_person_ends_it(prod: Plan) -> None:
    latch = named(prod, CHECK)["latch"]
    assert (latch["type"], latch["insufficientDataHealthStatus"]) == ("CLOUDWATCH_METRIC", "LastKnownStatus")
