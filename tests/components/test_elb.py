"""Load balancers, their listeners, rules and target groups, with the requirements' figures."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.context import Context
from components.elb.alb import ApplicationLoadBalancer, ApplicationLoadBalancerArgs
from components.elb.nlb import WebsocketLoadBalancer, WebsocketLoadBalancerArgs
from components.elb.routes import ServiceRoute, listener_rules
from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from tests.components.contexts import CONTEXT, PLAIN, TOKYO, topic_arn
from tests.components.recording import Registration, of_type, only, record, repeated_names

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
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


def test_routes_of_one_position_are_refused() -> None:
    with pytest.raises(ValueError, match="a position of its own"):
        listener_rules([PORTAL, route("other", 8102, API_HOSTS, "/*")])


def access_logs() -> PrivateBucket:
    return PrivateBucket("logs", PrivateBucketArgs(bucket="mpac-access-logs", protect=True))


def alb_args(context: Context = CONTEXT) -> ApplicationLoadBalancerArgs:
    """Made within a recording."""
    return ApplicationLoadBalancerArgs(
        context=context,
        vpc_id="vpc-1",
        subnet_ids=["subnet-a", "subnet-c", "subnet-d"],
        security_group_id="sg-front",
        certificate_arn="certificate",
        routes=[PORTAL, SMARTTAB, PGW],
        access_logs=access_logs(),
        internet_gateway=aws.ec2.InternetGateway("internet"),
        web_acl_arn="acl",
    )


def nlb_args(
    context: Context = CONTEXT, logs: PrivateBucket | None = None, internet: pulumi.Resource | None = None
) -> WebsocketLoadBalancerArgs:
    """Made within a recording."""
    return WebsocketLoadBalancerArgs(
        context=context,
        vpc_id="vpc-1",
        subnet_ids=["subnet-a", "subnet-c", "subnet-d"],
        security_group_id="sg-front",
        certificate_arn="certificate",
        tls_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        route=SMARTTAB,
        access_logs=logs or access_logs(),
        internet_gateway=internet or aws.ec2.InternetGateway("internet"),
    )


Kind: TypeAlias = Callable[[Context], list[Registration]]


def application(context: Context = CONTEXT) -> list[Registration]:
    return record(lambda: ApplicationLoadBalancer("alb", alb_args(context)))


def network(context: Context = CONTEXT) -> list[Registration]:
    return record(lambda: WebsocketLoadBalancer("nlb", nlb_args(context)))


@pytest.fixture(scope="module")
def alb() -> list[Registration]:
    return application()


@pytest.fixture(scope="module")
def nlb() -> list[Registration]:
    return network()


class TestLoadBalancer:
    def test_faces_the_internet_in_every_zone(self, alb: list[Registration]) -> None:
        inputs = only(alb, LOAD_BALANCER).inputs
        assert inputs["name"] == "mpac-prod-alb"
        assert (inputs["loadBalancerType"], inputs["internal"]) == ("application", False)
        assert inputs["subnets"] == ["subnet-a", "subnet-c", "subnet-d"]
        assert inputs["securityGroups"] == ["sg-front"]

    def test_drops_invalid_headers_and_defends_the_services(self, alb: list[Registration]) -> None:
        inputs = only(alb, LOAD_BALANCER).inputs
        assert inputs["dropInvalidHeaderFields"] is True
        assert inputs["desyncMitigationMode"] == "defensive"

    @pytest.mark.parametrize(("kind", "prefix"), [(application, "alb"), (network, "nlb")])
    def test_logs_every_access(self, kind: Kind, prefix: str) -> None:
        logs = only(kind(CONTEXT), LOAD_BALANCER).inputs["accessLogs"]
        assert logs == {"bucket": "mpac-access-logs", "prefix": prefix, "enabled": True}

    @pytest.mark.parametrize("kind", [application, network])
    def test_comes_when_logs_may_be_written_and_the_internet_is_there(self, kind: Kind) -> None:
        graph = kind(CONTEXT)
        needed = {
            only(graph, "aws:s3/bucketPolicy:BucketPolicy").urn,
            only(graph, "aws:ec2/internetGateway:InternetGateway").urn,
        }
        assert needed <= only(graph, LOAD_BALANCER).dependencies

    @pytest.mark.parametrize("kind", [application, network])
    @pytest.mark.parametrize("protect", [True, False])
    def test_stays_where_it_is_protected(self, kind: Kind, *, protect: bool) -> None:
        load_balancer = only(kind(replace(CONTEXT, protect=protect)), LOAD_BALANCER)
        assert load_balancer.inputs["enableDeletionProtection"] is protect
        assert load_balancer.protect is protect

    def test_is_behind_a_web_acl(self, alb: list[Registration]) -> None:
        association = only(alb, ASSOCIATION)
        assert association.inputs["webAclArn"] == "acl"
        assert association.property_dependencies["resourceArn"] == {only(alb, LOAD_BALANCER).urn}


class TestListeners:
    def test_443_answers_over_tls_and_404_where_nothing_fits(self, alb: list[Registration]) -> None:
        https = of_type(alb, LISTENER)["alb-https"].inputs
        assert (https["port"], https["protocol"]) == (443, "HTTPS")
        assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert https["certificateArn"] == "certificate"
        (action,) = https["defaultActions"]
        assert action["type"] == "fixed-response"
        assert action["fixedResponse"]["statusCode"] == "404"

    def test_80_redirects_to_443(self, alb: list[Registration]) -> None:
        http = of_type(alb, LISTENER)["alb-http"].inputs
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
        del rules["alb-internal-paths"]
        found = {
            name: [next(iter(condition.values()))["values"] for condition in rule.inputs["conditions"]]
            for name, rule in rules.items()
        }
        assert found == {
            "alb-portal-1": [list(PORTAL_HOSTS), ["/*"]],
            "alb-smarttab-1": [list(API_HOSTS), ["/*"]],
            "alb-pgw-1": [list(API_HOSTS), ["/pgw/*"]],
        }
        for name, rule in rules.items():
            (action,) = rule.inputs["actions"]
            service = name.removeprefix("alb-").removesuffix("-1")
            assert action == {"type": "forward", "targetGroupArn": f"alb-{service}-arn"}

    def test_metrics_of_the_tasks_are_not_public_at_any_host(self, alb: list[Registration]) -> None:
        rules = of_type(alb, RULE)
        internal = rules["alb-internal-paths"].inputs
        assert internal["conditions"] == [{"pathPattern": {"values": ["/metrics", "/metrics/*"]}}]
        (action,) = internal["actions"]
        assert action["fixedResponse"]["statusCode"] == "404"
        assert internal["priority"] == min(rule.inputs["priority"] for rule in rules.values())

    def test_pgw_comes_before_the_rest_of_its_host(self, alb: list[Registration]) -> None:
        rules = of_type(alb, RULE)
        assert rules["alb-pgw-1"].inputs["priority"] < rules["alb-smarttab-1"].inputs["priority"]

    def test_services_join_groups_that_a_rule_uses(self) -> None:
        made: list[ApplicationLoadBalancer] = []

        def program() -> None:
            made.append(ApplicationLoadBalancer("alb", alb_args()))
            aws.ssm.Parameter("user", type="String", value=made[0].services["portal"].arn)

        graph = record(program)
        user = only(graph, "aws:ssm/parameter:Parameter")
        assert of_type(graph, RULE)["alb-portal-1"].urn in user.property_dependencies["value"]

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

    def test_too_many_hosts_are_refused(self) -> None:
        with pytest.raises(ValueError, match="portal has 5 hosts; a rule takes 4"):
            listener_rules([route("portal", 8002, tuple("abcde"), "/*")])


class TestTargets:
    def test_ports(self, alb: list[Registration]) -> None:
        ports = {name: each.inputs["port"] for name, each in of_type(alb, GROUP).items()}
        assert ports == {"alb-portal": 8002, "alb-smarttab": 8001, "alb-pgw": 8003}

    @pytest.mark.parametrize("kind", [application, network])
    def test_health(self, kind: Kind) -> None:
        for group in of_type(kind(CONTEXT), GROUP).values():
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
        group = of_type(alb, GROUP)["alb-portal"].inputs
        assert (group["targetType"], group["protocol"], group["vpcId"]) == ("ip", "HTTP", "vpc-1")
        assert group["deregistrationDelay"] == 60
        assert group["name"] == "mpac-prod-alb-portal-8002"


class TestWebsockets:
    def test_end_tls_on_443(self, nlb: list[Registration]) -> None:
        listener = only(nlb, LISTENER).inputs
        assert (listener["port"], listener["protocol"]) == (443, "TLS")
        assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        assert listener["certificateArn"] == "certificate"
        assert listener["defaultActions"] == [{"type": "forward", "targetGroupArn": "nlb-arn"}]

    def test_drain_for_300_seconds(self, nlb: list[Registration]) -> None:
        group = only(nlb, GROUP).inputs
        assert group["deregistrationDelay"] == 300
        assert (group["protocol"], group["port"], group["targetType"]) == ("TCP", 8001, "ip")

    def test_cross_zones_and_have_a_group_from_the_start(self, nlb: list[Registration]) -> None:
        inputs = only(nlb, LOAD_BALANCER).inputs
        assert inputs["loadBalancerType"] == "network"
        assert inputs["enableCrossZoneLoadBalancing"] is True
        assert inputs["securityGroups"] == ["sg-front"]
        assert (inputs["name"], inputs["internal"]) == ("mpac-prod-nlb", False)


class TestAlarms:
    def test_a_service_without_tasks_notifies_at_once(self, alb: list[Registration]) -> None:
        alarm = of_type(alb, ALARM)["alb-portal-no-targets"].inputs
        assert (alarm["metricName"], alarm["statistic"]) == ("HealthyHostCount", "Maximum")
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
        assert (alarm["period"], alarm["evaluationPeriods"]) == (60, 1)
        assert alarm["treatMissingData"] == "breaching"
        assert alarm["dimensions"] == {
            "TargetGroup": "alb-portal-arnSuffix",
            "LoadBalancer": "alb-arnSuffix",
        }

    def test_all_notify(self, alb: list[Registration]) -> None:
        alarms = of_type(alb, ALARM)
        assert alarms.keys() >= {
            "alb-errors",
            "alb-connection-errors",
            "alb-rejected-connections",
            *(f"alb-{service}-no-targets" for service in ("portal", "smarttab", "pgw")),
        }
        for alarm in alarms.values():
            assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [topic_arn(TOKYO)]


def test_two_of_each_stand_side_by_side() -> None:
    def program() -> None:
        one = alb_args()
        other = nlb_args(logs=one.access_logs, internet=one.internet_gateway)
        for name in ("front", "shop"):
            ApplicationLoadBalancer(f"{name}-alb", one)
            WebsocketLoadBalancer(f"{name}-nlb", other)

    graph = record(program)
    assert repeated_names(graph) == []
    assert {each.inputs["name"] for each in of_type(graph, LOAD_BALANCER).values()} == {
        "mpac-prod-front-alb",
        "mpac-prod-shop-alb",
        "mpac-prod-front-nlb",
        "mpac-prod-shop-nlb",
    }
    tags = [each.inputs["tags"]["Name"] for each in of_type(graph, RULE).values()]
    assert len(tags) == len(set(tags)) == 8


def test_another_program_needs_no_topic_and_no_web_acl() -> None:
    graph = record(lambda: ApplicationLoadBalancer("alb", replace(alb_args(PLAIN), web_acl_arn=None)))
    assert only(graph, LOAD_BALANCER).inputs["name"] == "acme-test-alb"
    assert not of_type(graph, ASSOCIATION)
    assert all(each.inputs["alarmActions"] == [] for each in of_type(graph, ALARM).values())


def test_a_long_name_of_a_target_group_keeps_its_port() -> None:
    groups = of_type(application(replace(CONTEXT, environment="acceptance")), GROUP)
    name = groups["alb-smarttab"].inputs["name"]
    assert name == "mpac-acceptance-alb-smartta-8001"
    assert len(name) == 32
