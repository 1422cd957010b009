"""Load balancers, their listeners, rules and target groups, with the requirements' figures."""

from typing import Any

import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.load_balancing import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerArgs,
    ServiceRoute,
    WebsocketLoadBalancer,
    WebsocketLoadBalancerArgs,
    listener_rules,
)
from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from tests.components.recording import Registration, of_type, record

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
PORTAL_HOSTS = ("portal.mpac-cloud.com", "portal-tokyo.mpac-cloud.com")
API_HOSTS = ("api.mpac-cloud.com", "api-tokyo.mpac-cloud.com")


def route(service: str, port: int, hosts: tuple[str, ...], *paths: str) -> ServiceRoute:
    return ServiceRoute(
        service=service,
        position=port % 100,
        port=port,
        hosts=hosts,
        paths=paths,
        health_path="/health",
        drain_seconds=60,
    )


PORTAL = route("portal", 8002, PORTAL_HOSTS, "/*")
SMARTTAB = route("smarttab", 8001, API_HOSTS, "/*")
PGW = route("pgw", 8003, API_HOSTS, "/pgw/*")


def shared() -> dict[str, Any]:
    """What both kinds are given; made within a recording."""
    logs = PrivateBucket(
        "logs", PrivateBucketArgs(bucket="mpac-access-logs", versioned=False, lifecycle=[], protect=True)
    )
    return {
        "environment": "prod",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-c", "subnet-d"],
        "security_group_id": "sg-front",
        "certificate_arn": "certificate",
        "tls_policy": TLS_POLICY,
        "access_logs": logs,
        "internet_gateway": aws.ec2.InternetGateway("internet"),
        "protect": True,
    }


def application(**changes: Any) -> list[Registration]:  # noqa: ANN401
    given_: dict[str, Any] = {
        "idle_timeout_seconds": 120,
        "routes": [PORTAL, SMARTTAB, PGW],
        "web_acl_arn": "acl",
        "alarm_topic_arn": "topic",
    }
    return record(
        lambda: ApplicationLoadBalancer(
            "balancer", ApplicationLoadBalancerArgs(**shared() | given_ | changes)
        )
    )


def network(**changes: Any) -> list[Registration]:  # noqa: ANN401
    return record(
        lambda: WebsocketLoadBalancer(
            "websockets", WebsocketLoadBalancerArgs(**shared() | {"route": SMARTTAB} | changes)
        )
    )


@pytest.fixture(scope="module")
def alb() -> list[Registration]:
    return application()


@pytest.fixture(scope="module")
def nlb() -> list[Registration]:
    return network()


def only(registrations: list[Registration], type_: str) -> Registration:
    (found,) = of_type(registrations, type_).values()
    return found


class TestBalancer:
    def test_faces_the_internet_in_every_zone(self, alb: list[Registration]) -> None:
        inputs = only(alb, BALANCER).inputs
        assert inputs["name"] == "mpac-prod"
        assert (inputs["loadBalancerType"], inputs["internal"]) == ("application", False)
        assert inputs["subnets"] == ["subnet-a", "subnet-c", "subnet-d"]
        assert inputs["securityGroups"] == ["sg-front"]

    def test_drops_invalid_headers_and_defends_the_services(self, alb: list[Registration]) -> None:
        inputs = only(alb, BALANCER).inputs
        assert inputs["dropInvalidHeaderFields"] is True
        assert inputs["desyncMitigationMode"] == "defensive"

    @pytest.mark.parametrize(("kind", "prefix"), [(application, "alb"), (network, "nlb")])
    def test_logs_every_access(self, kind: Any, prefix: str) -> None:  # noqa: ANN401
        logs = only(kind(), BALANCER).inputs["accessLogs"]
        assert logs == {"bucket": "mpac-access-logs", "prefix": prefix, "enabled": True}

    @pytest.mark.parametrize("kind", [application, network])
    def test_comes_when_logs_may_be_written_and_the_internet_is_there(self, kind: Any) -> None:  # noqa: ANN401
        graph = kind()
        needed = {
            only(graph, "aws:s3/bucketPolicy:BucketPolicy").urn,
            only(graph, "aws:ec2/internetGateway:InternetGateway").urn,
        }
        assert needed <= only(graph, BALANCER).dependencies

    @pytest.mark.parametrize("kind", [application, network])
    @pytest.mark.parametrize("protect", [True, False])
    def test_stays_where_it_is_protected(self, kind: Any, *, protect: bool) -> None:  # noqa: ANN401
        balancer = only(kind(protect=protect), BALANCER)
        assert balancer.inputs["enableDeletionProtection"] is protect
        assert balancer.protect is protect

    def test_is_behind_a_firewall(self, alb: list[Registration]) -> None:
        association = only(alb, ASSOCIATION)
        assert association.inputs["webAclArn"] == "acl"
        assert association.property_dependencies["resourceArn"] == {only(alb, BALANCER).urn}


class TestListeners:
    def test_443_answers_over_tls_and_404_where_nothing_fits(self, alb: list[Registration]) -> None:
        https = of_type(alb, LISTENER)["balancer-https"].inputs
        assert (https["port"], https["protocol"]) == (443, "HTTPS")
        assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert https["certificateArn"] == "certificate"
        (action,) = https["defaultActions"]
        assert action["type"] == "fixed-response"
        assert action["fixedResponse"]["statusCode"] == "404"

    def test_80_redirects_to_443(self, alb: list[Registration]) -> None:
        http = of_type(alb, LISTENER)["balancer-http"].inputs
        assert (http["port"], http["protocol"]) == (80, "HTTP")
        (action,) = http["defaultActions"]
        assert action == {
            "type": "redirect",
            "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"},
        }

    def test_there_are_no_others(self, alb: list[Registration]) -> None:
        assert {each.inputs["port"] for each in of_type(alb, LISTENER).values()} == {80, 443}


class TestRules:
    def test_hosts_and_paths_lead_to_services(self, alb: list[Registration]) -> None:
        rules = of_type(alb, RULE)
        del rules["balancer-internal-paths"]
        found = {
            name: [next(iter(condition.values()))["values"] for condition in rule.inputs["conditions"]]
            for name, rule in rules.items()
        }
        assert found == {
            "balancer-portal-1": [list(PORTAL_HOSTS), ["/*"]],
            "balancer-smarttab-1": [list(API_HOSTS), ["/*"]],
            "balancer-pgw-1": [list(API_HOSTS), ["/pgw/*"]],
        }
        for name, rule in rules.items():
            (action,) = rule.inputs["actions"]
            service = name.removeprefix("balancer-").removesuffix("-1")
            assert action == {"type": "forward", "targetGroupArn": f"balancer-{service}-arn"}

    def test_metrics_of_the_tasks_are_not_public_at_any_host(self, alb: list[Registration]) -> None:
        rules = of_type(alb, RULE)
        internal = rules["balancer-internal-paths"].inputs
        assert internal["conditions"] == [{"pathPattern": {"values": ["/metrics", "/metrics/*"]}}]
        (action,) = internal["actions"]
        assert action["fixedResponse"]["statusCode"] == "404"
        assert internal["priority"] == min(rule.inputs["priority"] for rule in rules.values())

    def test_pgw_comes_before_the_rest_of_its_host(self, alb: list[Registration]) -> None:
        rules = of_type(alb, RULE)
        assert rules["balancer-pgw-1"].inputs["priority"] < rules["balancer-smarttab-1"].inputs["priority"]

    def test_services_join_groups_that_a_rule_uses(self) -> None:
        made: list[ApplicationLoadBalancer] = []

        def program() -> None:
            made.append(
                ApplicationLoadBalancer(
                    "balancer",
                    ApplicationLoadBalancerArgs(
                        **shared(),
                        idle_timeout_seconds=120,
                        routes=[PORTAL],
                        web_acl_arn="acl",
                        alarm_topic_arn="topic",
                    ),
                )
            )
            aws.ssm.Parameter("user", type="String", value=made[0].services["portal"].arn)

        graph = record(program)
        user = only(graph, "aws:ssm/parameter:Parameter")
        assert of_type(graph, RULE)["balancer-portal-1"].urn in user.property_dependencies["value"]

    @given(
        st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=12, unique=True), min_size=1, max_size=4)
    )
    def test_no_path_is_lost_and_no_rule_is_too_long(self, paths: list[list[int]]) -> None:
        routes = [
            route(f"s{number}", 8001 + number, API_HOSTS, *(f"/{number}/{path}" for path in each))
            for number, each in enumerate(paths)
        ]
        rules = listener_rules(routes)
        assert all(len(rule.hosts) + len(rule.paths) <= 5 for rule in rules)
        assert len({rule.priority for rule in rules}) == len(rules)
        assert sorted((rule.service, path) for rule in rules for path in rule.paths) == sorted(
            (each.service, path) for each in routes for path in each.paths
        )

    @given(st.permutations([PORTAL, SMARTTAB, PGW]), st.integers(0, 3))
    def test_one_more_service_moves_no_rule(self, routes: list[ServiceRoute], place: int) -> None:
        frontend = route("frontend", 3004, ("app.mpac-cloud.com",), "/*")
        with_it = listener_rules([*routes[:place], frontend, *routes[place:]])
        without = {rule for rule in with_it if rule.service != "frontend"}
        assert without == {*listener_rules([PORTAL, SMARTTAB, PGW])}
        assert len({rule.priority for rule in with_it}) == 4

    def test_too_many_hosts_are_told(self) -> None:
        with pytest.raises(ValueError, match="portal has 5 hosts; a rule takes 4"):
            listener_rules([route("portal", 8002, tuple("abcde"), "/*")])


class TestTargets:
    def test_ports(self, alb: list[Registration]) -> None:
        ports = {name: each.inputs["port"] for name, each in of_type(alb, GROUP).items()}
        assert ports == {"balancer-portal": 8002, "balancer-smarttab": 8001, "balancer-pgw": 8003}

    @pytest.mark.parametrize("kind", [application, network])
    def test_health(self, kind: Any) -> None:  # noqa: ANN401
        for group in of_type(kind(), GROUP).values():
            assert group.inputs["healthCheck"] == {
                "protocol": "HTTP",
                "path": "/health",
                "port": "traffic-port",
                "matcher": "200",
                "interval": 30,
                "timeout": 5,
                "healthyThreshold": 2,
                "unhealthyThreshold": 3,
            }

    def test_are_tasks_of_fargate_that_may_end_their_requests(self, alb: list[Registration]) -> None:
        group = of_type(alb, GROUP)["balancer-portal"].inputs
        assert (group["targetType"], group["protocol"], group["vpcId"]) == ("ip", "HTTP", "vpc-1")
        assert group["deregistrationDelay"] == 60
        assert group["name"] == "mpac-prod-portal-8002"


class TestWebsockets:
    def test_end_tls_on_443(self, nlb: list[Registration]) -> None:
        listener = only(nlb, LISTENER).inputs
        assert (listener["port"], listener["protocol"]) == (443, "TLS")
        assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert listener["certificateArn"] == "certificate"
        assert listener["defaultActions"] == [{"type": "forward", "targetGroupArn": "websockets-arn"}]

    def test_drain_for_300_seconds(self, nlb: list[Registration]) -> None:
        group = only(nlb, GROUP).inputs
        assert group["deregistrationDelay"] == 300
        assert (group["protocol"], group["port"], group["targetType"]) == ("TCP", 8001, "ip")

    def test_cross_zones_and_have_a_group_from_the_start(self, nlb: list[Registration]) -> None:
        inputs = only(nlb, BALANCER).inputs
        assert inputs["loadBalancerType"] == "network"
        assert inputs["enableCrossZoneLoadBalancing"] is True
        assert inputs["securityGroups"] == ["sg-front"]
        assert (inputs["name"], inputs["internal"]) == ("mpac-prod-ws", False)


class TestAlarms:
    def test_a_service_without_tasks_is_told_at_once(self, alb: list[Registration]) -> None:
        alarm = of_type(alb, ALARM)["balancer-portal-no-targets"].inputs
        assert (alarm["metricName"], alarm["statistic"]) == ("HealthyHostCount", "Maximum")
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
        assert (alarm["period"], alarm["evaluationPeriods"]) == (60, 1)
        assert alarm["treatMissingData"] == "breaching"
        assert alarm["dimensions"] == {
            "TargetGroup": "balancer-portal-arnSuffix",
            "LoadBalancer": "balancer-arnSuffix",
        }

    def test_all_notify(self, alb: list[Registration]) -> None:
        alarms = of_type(alb, ALARM)
        assert alarms.keys() >= {
            "balancer-errors",
            "balancer-connection-errors",
            "balancer-rejected-connections",
            *(f"balancer-{service}-no-targets" for service in ("portal", "smarttab", "pgw")),
        }
        for alarm in alarms.values():
            assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == ["topic"]
