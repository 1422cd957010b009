"""The deployed zones, names and health checks hold the requirement's figures: DNS."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.cloud.conftest import Aws, Client

TOKYO, OSAKA, VIRGINIA = "ap-northeast-1", "ap-northeast-3", "us-east-1"
BALANCERS = {"tokyo": ("prod", TOKYO), "osaka": ("dr", OSAKA)}
ROLES = {"tokyo": "PRIMARY", "osaka": "SECONDARY"}
Outputs = Callable[[str], Mapping[str, Any]]
Records = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def route53(aws: Aws) -> Client:
    return aws("route53", VIRGINIA)


@pytest.fixture
def records(route53: Client, outputs: Outputs) -> Records:
    """Records of the production zone by name and set identifier."""
    outputs("dr")
    return _records(route53, "mpac-cloud.com")


def _zone(route53: Client, domain: str) -> str:
    (zone,) = (z for z in route53.list_hosted_zones()["HostedZones"] if z["Name"] == f"{domain}.")
    assert not zone["Config"]["PrivateZone"]
    return str(zone["Id"]).removeprefix("/hostedzone/")


def _records(route53: Client, domain: str) -> Records:
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=_zone(route53, domain))
    return {
        (record["Name"].rstrip("."), record.get("SetIdentifier", "")): record
        for page in pages
        for record in page["ResourceRecordSets"]
        if record["Type"] not in ("NS", "SOA")
    }


def config_of(route53: Client, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = route53.get_health_check(HealthCheckId=id_)["HealthCheck"]["HealthCheckConfig"]
    return found


@pytest.mark.parametrize(("stack", "domain"), [("prod", "mpac-cloud.com"), ("staging", "mpac-cloud-stg.com")])
def test_production_and_staging_have_zones_of_their_own(
    route53: Client, outputs: Outputs, stack: str, domain: str
) -> None:
    assert outputs(stack)["domain"]["name"] == domain
    zone = route53.get_hosted_zone(Id=_zone(route53, domain))
    assert zone["DelegationSet"]["NameServers"] == outputs(stack)["domain"]["nameServers"]
    (logging,) = (
        each
        for each in route53.list_query_logging_configs()["QueryLoggingConfigs"]
        if each["HostedZoneId"] == _zone(route53, domain)
    )
    assert logging["CloudWatchLogsLogGroupArn"].split(":")[3] == VIRGINIA
    assert f":log-group:/aws/route53/{domain}" in logging["CloudWatchLogsLogGroupArn"]


@pytest.mark.parametrize("label", ["portal", "api"])
@pytest.mark.parametrize("city", ["tokyo", "osaka"])
def test_each_name_is_a_pair_of_both_regions(
    aws: Aws, records: Records, outputs: Outputs, label: str, city: str
) -> None:
    identifier = {"tokyo": "primary-tokyo", "osaka": "secondary-osaka"}[city]
    half = records[f"{label}.mpac-cloud.com", identifier]
    assert (half["Type"], half["Failover"]) == ("A", ROLES[city])
    stack, region = BALANCERS[city]
    name = outputs(stack)["loadBalancer"]["dnsName"]
    (balancer,) = (
        each
        for each in aws("elbv2", region).describe_load_balancers()["LoadBalancers"]
        if each["DNSName"] == name
    )
    target = half["AliasTarget"]
    assert target["DNSName"].rstrip(".").removeprefix("dualstack.").lower() == name.lower()
    assert target["HostedZoneId"] == balancer["CanonicalHostedZoneId"]
    assert target["EvaluateTargetHealth"] is True
    regional = records[f"{label}-{city}.mpac-cloud.com", ""]["AliasTarget"]
    assert regional == target | {"EvaluateTargetHealth": False}


@pytest.mark.parametrize("label", ["portal", "api"])
def test_a_name_has_nothing_beside_its_pair(records: Records, label: str) -> None:
    found = {identifier for name, identifier in records if name == f"{label}.mpac-cloud.com"}
    assert found == {"primary-tokyo", "secondary-osaka"}


def checks(route53: Client, records: Records, label: str, city: str) -> dict[str, str]:
    """Ids of what a half's record follows, by type: in Tokyo the children of its calculated check."""
    identifier = {"tokyo": "primary-tokyo", "osaka": "secondary-osaka"}[city]
    followed = [records[f"{label}.mpac-cloud.com", identifier]["HealthCheckId"]]
    config = config_of(route53, followed[0])
    if config["Type"] == "CALCULATED":
        assert config["HealthThreshold"] == len(config["ChildHealthChecks"]) == 2
        followed = config["ChildHealthChecks"]
    return {config_of(route53, id_)["Type"]: id_ for id_ in followed}


@pytest.mark.parametrize("label", ["portal", "api"])
@pytest.mark.parametrize("city", ["tokyo", "osaka"])
def test_endpoints_are_asked_every_ten_seconds(
    route53: Client, records: Records, label: str, city: str
) -> None:
    config = config_of(route53, checks(route53, records, label, city)["HTTPS"])
    assert (config["Type"], config["Port"], config["EnableSNI"]) == ("HTTPS", 443, True)
    assert config["FullyQualifiedDomainName"] == f"{label}-{city}.mpac-cloud.com"
    assert config["ResourcePath"] == "/health"
    assert (config["RequestInterval"], config["FailureThreshold"]) == (10, 3)
    assert set(config["Regions"]) == {"ap-southeast-1", "ap-southeast-2", "us-west-2"}


@pytest.mark.parametrize("label", ["portal", "api"])
def test_tokyo_is_well_only_while_it_answers_and_is_not_latched(
    aws: Aws, route53: Client, records: Records, label: str
) -> None:
    followed = checks(route53, records, label, "tokyo")
    assert followed.keys() == {"HTTPS", "CLOUDWATCH_METRIC"}
    latch = config_of(route53, followed["CLOUDWATCH_METRIC"])
    assert latch["AlarmIdentifier"] == {"Region": OSAKA, "Name": "mpac-prod-latch"}
    assert latch["InsufficientDataHealthStatus"] == "LastKnownStatus"
    (alarm,) = aws("cloudwatch", OSAKA).describe_alarms(AlarmNames=["mpac-prod-latch"])["MetricAlarms"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("MPAC/Failover", "Latched")
    assert alarm["Dimensions"] == [{"Name": "Latch", "Value": "mpac-prod-latch"}]


@pytest.mark.parametrize("label", ["portal", "api"])
def test_an_endpoint_that_fails_is_noticed_where_route_53_reports(
    aws: Aws, route53: Client, records: Records, label: str
) -> None:
    (alarm,) = aws("cloudwatch", VIRGINIA).describe_alarms(AlarmNames=[f"mpac-prod-{label}-endpoint"])[
        "MetricAlarms"
    ]
    check = checks(route53, records, label, "tokyo")["HTTPS"]
    assert alarm["Dimensions"] == [{"Name": "HealthCheckId", "Value": check}]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Minimum", 60, 1)


def test_names_of_staging_lead_to_its_load_balancer_alone(route53: Client, outputs: Outputs) -> None:
    name = outputs("staging")["loadBalancer"]["dnsName"]
    found = _records(route53, "mpac-cloud-stg.com")
    for label in ("portal", "api"):
        plain = found[f"{label}.mpac-cloud-stg.com", ""]
        assert plain["AliasTarget"]["DNSName"].rstrip(".").lower() == name.lower()
        assert "Failover" not in plain


def test_the_cdn_has_no_health_to_evaluate(records: Records) -> None:
    target = records["cdn.mpac-cloud.com", ""]["AliasTarget"]
    assert target["DNSName"].rstrip(".").endswith(".cloudfront.net")
    assert target["HostedZoneId"] == "Z2FDTNDATAQYW2"
    assert target["EvaluateTargetHealth"] is False


def test_one_record_proves_the_domain_to_all_certificates(aws: Aws, records: Records) -> None:
    proofs = [record for record in records.values() if record["Type"] == "CNAME"]
    assert len(proofs) == 1
    for region in (TOKYO, OSAKA, VIRGINIA):
        acm = aws("acm", region)
        (issued,) = (
            each
            for each in acm.list_certificates()["CertificateSummaryList"]
            if each["DomainName"] == "mpac-cloud.com"
        )
        certificate = acm.describe_certificate(CertificateArn=issued["CertificateArn"])["Certificate"]
        assert certificate["Status"] == "ISSUED"
        assert set(certificate["SubjectAlternativeNames"]) == {"mpac-cloud.com", "*.mpac-cloud.com"}
        for option in certificate["DomainValidationOptions"]:
            assert option["ResourceRecord"]["Name"].rstrip(".") == proofs[0]["Name"].rstrip(".")
