"""The deployed zones, certificates, load balancers and firewalls hold the requirement's figures."""

from typing import Any

import pytest

from tests.cloud.conftest import Aws, Client, Place

ACCOUNT = "123456789012"
VIRGINIA = "us-east-1"
DOMAINS = {"prod": "mpac-cloud.com", "dr": "mpac-cloud.com", "staging": "mpac-cloud-stg.com"}
CITIES = {"prod": "tokyo", "dr": "osaka", "staging": "tokyo"}
PORTS = {"portal": 8002, "smarttab": 8001, "pgw": 8003}
PROTECTED = {"prod": "true", "dr": "true", "staging": "false"}


@pytest.fixture
def elb(aws: Aws, stack: Place) -> Client:
    return aws("elbv2", stack.region)


@pytest.fixture
def balancer(elb: Client, stack: Place) -> Client:
    (found,) = elb.describe_load_balancers(Names=[f"mpac-{stack.name}-alb"])["LoadBalancers"]
    return found


@pytest.fixture
def listeners(elb: Client, balancer: Client) -> dict[int, Client]:
    found = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return {each["Port"]: each for each in found}


def group_of(elb: Client, stack: Place, service: str) -> Client:
    name = f"mpac-{stack.name}-alb-{service}-{PORTS[service]}"
    (found,) = elb.describe_target_groups(Names=[name])["TargetGroups"]
    return found


def zone_of(aws: Aws, stack: Place) -> Client:
    zones = aws("route53", VIRGINIA).list_hosted_zones_by_name(DNSName=DOMAINS[stack.name])["HostedZones"]
    (found,) = [
        zone
        for zone in zones
        if zone["Name"] == f"{DOMAINS[stack.name]}." and not zone["Config"]["PrivateZone"]
    ]
    return found


class TestLoadBalancer:
    def test_faces_the_internet_in_three_zones(self, balancer: Client, vpc_id: str) -> None:
        assert (balancer["Type"], balancer["Scheme"]) == ("application", "internet-facing")
        assert balancer["VpcId"] == vpc_id
        assert len(balancer["AvailabilityZones"]) == 3

    def test_has_the_network_s_group(self, aws: Aws, stack: Place, balancer: Client) -> None:
        groups = aws("ec2", stack.region).describe_security_groups(GroupIds=balancer["SecurityGroups"])
        (group,) = groups["SecurityGroups"]
        opened = {
            (rule["FromPort"], ip["CidrIp"]) for rule in group["IpPermissions"] for ip in rule["IpRanges"]
        }
        assert opened == {(443, "0.0.0.0/0"), (80, "0.0.0.0/0")}

    def test_attributes(self, elb: Client, stack: Place, balancer: Client) -> None:
        answer = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])
        attributes = {each["Key"]: each["Value"] for each in answer["Attributes"]}
        assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
        assert attributes["routing.http.desync_mitigation_mode"] == "defensive"
        assert attributes["deletion_protection.enabled"] == PROTECTED[stack.name]
        assert attributes["idle_timeout.timeout_seconds"] == "120"
        assert attributes["access_logs.s3.enabled"] == "true"
        assert attributes["access_logs.s3.bucket"] == f"mpac-access-logs-{stack.name}"
        assert attributes["access_logs.s3.prefix"] == "alb"

    def test_is_behind_a_firewall_of_its_region(self, aws: Aws, stack: Place, balancer: Client) -> None:
        acl = aws("wafv2", stack.region).get_web_acl_for_resource(ResourceArn=balancer["LoadBalancerArn"])
        assert acl["WebACL"]["Name"] == f"mpac-{stack.name}-waf"
        assert f":wafv2:{stack.region}:{ACCOUNT}:regional/" in acl["WebACL"]["ARN"]

    def test_websockets_have_none_of_their_own(self, elb: Client, stack: Place) -> None:
        names = {each["LoadBalancerName"] for each in elb.describe_load_balancers()["LoadBalancers"]}
        assert f"mpac-{stack.name}-nlb" not in names


class TestListeners:
    def test_443_answers_over_tls_with_the_domain_s_certificate(
        self, aws: Aws, stack: Place, listeners: dict[int, Client]
    ) -> None:
        https = listeners[443]
        assert https["Protocol"] == "HTTPS"
        assert https["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        (shown,) = https["Certificates"]
        acm = aws("acm", stack.region)
        certificate = acm.describe_certificate(CertificateArn=shown["CertificateArn"])["Certificate"]
        assert certificate["Status"] == "ISSUED"
        domain = DOMAINS[stack.name]
        assert {*certificate["SubjectAlternativeNames"]} == {domain, f"*.{domain}"}

    def test_443_answers_404_where_no_rule_fits(self, listeners: dict[int, Client]) -> None:
        (action,) = listeners[443]["DefaultActions"]
        assert action["Type"] == "fixed-response"
        assert action["FixedResponseConfig"]["StatusCode"] == "404"

    def test_80_redirects_to_443(self, listeners: dict[int, Client]) -> None:
        assert listeners.keys() == {80, 443}
        assert listeners[80]["Protocol"] == "HTTP"
        (action,) = listeners[80]["DefaultActions"]
        redirect = action["RedirectConfig"]
        assert (action["Type"], redirect["StatusCode"]) == ("redirect", "HTTP_301")
        assert (redirect["Protocol"], redirect["Port"]) == ("HTTPS", "443")


class TestRules:
    def test_hosts_and_paths_lead_to_services(
        self, elb: Client, stack: Place, listeners: dict[int, Client]
    ) -> None:
        rules = elb.describe_rules(ListenerArn=listeners[443]["ListenerArn"])["Rules"]
        ordered = sorted(
            (rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"])
        )
        internal = ordered.pop(0)
        assert internal["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "404"
        assert values(internal, "path-pattern") == {"/metrics", "/metrics/*"}
        services = {group_of(elb, stack, name)["TargetGroupArn"]: name for name in PORTS}
        found = [
            (
                services[rule["Actions"][0]["TargetGroupArn"]],
                values(rule, "host-header"),
                values(rule, "path-pattern"),
            )
            for rule in ordered
        ]
        domain, city = DOMAINS[stack.name], CITIES[stack.name]
        api = {f"api.{domain}", f"api-{city}.{domain}"}
        portal = {f"portal.{domain}", f"portal-{city}.{domain}"}
        # The first that fits wins: what is special comes before the rest of its host.
        assert found[0] == ("pgw", api, {"/pgw/*"})
        assert sorted(found[1:], key=lambda each: each[0]) == [
            ("portal", portal, {"/*"}),
            ("smarttab", api, {"/*"}),
        ]


def values(rule: Client, field: str) -> set[str]:
    (condition,) = [each for each in rule["Conditions"] if each["Field"] == field]
    key = "HostHeaderConfig" if field == "host-header" else "PathPatternConfig"
    return set(condition[key]["Values"])


@pytest.mark.parametrize("service", PORTS)
class TestTargetGroups:
    def test_port_and_health(self, elb: Client, stack: Place, service: str) -> None:
        group = group_of(elb, stack, service)
        assert (group["Protocol"], group["Port"], group["TargetType"]) == ("HTTP", PORTS[service], "ip")
        assert (group["HealthCheckProtocol"], group["HealthCheckPath"]) == ("HTTP", "/health")
        assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (30, 5)
        assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (2, 3)
        assert group["Matcher"] == {"HttpCode": "200"}

    def test_lets_requests_end(self, elb: Client, stack: Place, service: str) -> None:
        arn = group_of(elb, stack, service)["TargetGroupArn"]
        answer = elb.describe_target_group_attributes(TargetGroupArn=arn)
        attributes = {each["Key"]: each["Value"] for each in answer["Attributes"]}
        seconds = "300" if service == "smarttab" else "60"
        assert attributes["deregistration_delay.timeout_seconds"] == seconds
        assert attributes["load_balancing.algorithm.type"] == "least_outstanding_requests"

    def test_no_task_left_is_told(self, aws: Aws, elb: Client, stack: Place, service: str) -> None:
        name = f"mpac-{stack.name}-alb-{service}-no-targets"
        (alarm,) = aws("cloudwatch", stack.region).describe_alarms(AlarmNames=[name])["MetricAlarms"]
        assert (alarm["MetricName"], alarm["Threshold"]) == ("HealthyHostCount", 1)
        assert alarm["TreatMissingData"] == "breaching"
        dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        assert group_of(elb, stack, service)["TargetGroupArn"].endswith(dimensions["TargetGroup"])
        assert f"arn:aws:sns:{stack.region}:{ACCOUNT}:mpac-{stack.name}-alarms" in alarm["AlarmActions"]


class TestFirewall:
    @pytest.fixture
    def acl(self, aws: Aws, stack: Place) -> Client:
        return web_acl(aws, stack.region, "REGIONAL", f"mpac-{stack.name}-waf")

    def test_limits_addresses_and_refuses_what_is_known(self, acl: Client) -> None:
        check_rules(acl)

    def test_logs_what_it_refuses(self, aws: Aws, stack: Place, acl: Client) -> None:
        check_logging(aws, stack.region, acl)


def web_acl(aws: Aws, region: str, scope: str, name: str) -> Client:
    wafv2 = aws("wafv2", region)
    (found,) = [each for each in wafv2.list_web_acls(Scope=scope)["WebACLs"] if each["Name"] == name]
    return wafv2.get_web_acl(Name=name, Id=found["Id"], Scope=scope)["WebACL"]


def check_rules(acl: Client) -> None:
    """What every web ACL of the platform refuses."""
    rules = sorted(acl["Rules"], key=lambda rule: int(rule["Priority"]))
    limit = rules[0]["Statement"]["RateBasedStatement"]
    assert rules[0]["Action"].keys() == {"Block"}
    assert (limit["Limit"], limit["EvaluationWindowSec"], limit["AggregateKeyType"]) == (10000, 300, "IP")
    assert [rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in rules[1:]] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    ]
    assert [rule["OverrideAction"].keys() for rule in rules[1:]] == [{"None"}] * 4
    assert acl["DefaultAction"].keys() == {"Allow"}


def check_logging(aws: Aws, region: str, acl: Client) -> None:
    """Where every web ACL of the platform writes, and what."""
    answer = aws("wafv2", region).get_logging_configuration(ResourceArn=acl["ARN"])
    configuration: dict[str, Any] = answer["LoggingConfiguration"]
    name = f"aws-waf-logs-{acl['Name']}"
    (group,) = aws("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert configuration["LogDestinationConfigs"] == [group["arn"].removesuffix(":*")]
    assert group["retentionInDays"] == 90
    assert f":kms:{region}:" in group["kmsKeyId"]
    redacted = {field["SingleHeader"]["Name"] for field in configuration["RedactedFields"]}
    assert redacted == {"authorization", "cookie"}
    assert configuration["LoggingFilter"]["DefaultBehavior"] == "DROP"


class TestZone:
    def test_is_the_environment_s_own(self, aws: Aws, stack: Place) -> None:
        assert zone_of(aws, stack)["Name"] == f"{DOMAINS[stack.name]}."

    def test_what_it_is_asked_is_logged(self, aws: Aws, stack: Place) -> None:
        zone = zone_of(aws, stack)["Id"].removeprefix("/hostedzone/")
        configs = aws("route53", VIRGINIA).list_query_logging_configs()["QueryLoggingConfigs"]
        (config,) = [each for each in configs if each["HostedZoneId"] == zone]
        name = f"/aws/route53/{DOMAINS[stack.name]}"
        (group,) = aws("logs", VIRGINIA).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        assert config["CloudWatchLogsLogGroupArn"].removesuffix(":*") == group["arn"].removesuffix(":*")
        assert group["retentionInDays"] == 30
        assert f":kms:{VIRGINIA}:" in group["kmsKeyId"]

    def test_has_the_record_that_proves_the_certificates(
        self, aws: Aws, stack: Place, listeners: dict[int, Client]
    ) -> None:
        acm = aws("acm", stack.region)
        (shown,) = listeners[443]["Certificates"]
        certificate = acm.describe_certificate(CertificateArn=shown["CertificateArn"])["Certificate"]
        wanted = {option["ResourceRecord"]["Value"] for option in certificate["DomainValidationOptions"]}
        records = aws("route53", VIRGINIA).list_resource_record_sets(HostedZoneId=zone_of(aws, stack)["Id"])
        found = {
            value["Value"]
            for record in records["ResourceRecordSets"]
            if record["Type"] == "CNAME"
            for value in record["ResourceRecords"]
        }
        assert wanted <= found
