"""The deployed CDN asks private buckets over TLS, behind a firewall of its own."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.cloud.conftest import Aws, Client

ACCOUNT = "123456789012"
VIRGINIA, TOKYO, OSAKA = "us-east-1", "ap-northeast-1", "ap-northeast-3"
HOSTS = {"prod": "cdn.mpac-cloud.com", "staging": "cdn.mpac-cloud-stg.com"}
CONTENTS = ("app-apk", "static-assets")


@pytest.fixture(params=HOSTS)
def owner(request: pytest.FixtureRequest, outputs: Callable[[str], Mapping[str, Any]]) -> str:
    """Each stack that has a CDN: that of prod serves both regions."""
    name: str = request.param
    outputs(name)
    return name


@pytest.fixture
def cloudfront(aws: Aws) -> Client:
    return aws("cloudfront", VIRGINIA)


@pytest.fixture
def distribution(cloudfront: Client, owner: str) -> Client:
    summaries = cloudfront.list_distributions()["DistributionList"]["Items"]
    (found,) = [each["Id"] for each in summaries if each["Comment"] == f"mpac-{owner}-cdn"]
    return cloudfront.get_distribution(Id=found)["Distribution"]


@pytest.fixture
def config(distribution: Client) -> Client:
    return distribution["DistributionConfig"]


def behaviors(config: Client) -> list[Client]:
    return [config["DefaultCacheBehavior"], *config["CacheBehaviors"]["Items"]]


class TestOrigins:
    def test_are_the_buckets_of_both_regions(self, owner: str, config: Client) -> None:
        wanted = {f"mpac-{content}-{owner}.s3.{TOKYO}.amazonaws.com" for content in CONTENTS}
        if owner == "prod":
            wanted |= {f"mpac-{content}-prod-ap-northeast-3.s3.{OSAKA}.amazonaws.com" for content in CONTENTS}
        assert {origin["DomainName"] for origin in config["Origins"]["Items"]} == wanted

    def test_are_read_with_a_signature(self, cloudfront: Client, config: Client) -> None:
        (control,) = {origin["OriginAccessControlId"] for origin in config["Origins"]["Items"]}
        found = cloudfront.get_origin_access_control(Id=control)["OriginAccessControl"]
        assert (
            found["OriginAccessControlConfig"].items()
            >= {
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            }.items()
        )

    def test_prod_falls_over_to_osaka(self, owner: str, config: Client) -> None:
        groups = {
            group["Id"]: (
                [member["OriginId"] for member in group["Members"]["Items"]],
                sorted(group["FailoverCriteria"]["StatusCodes"]["Items"]),
            )
            for group in config["OriginGroups"].get("Items", [])
        }
        failing = [500, 502, 503, 504]
        wanted = {content: ([f"{content}-{TOKYO}", f"{content}-{OSAKA}"], failing) for content in CONTENTS}
        assert groups == (wanted if owner == "prod" else {})

    def test_buckets_let_this_distribution_read_and_no_other(
        self, aws: Aws, config: Client, distribution: Client
    ) -> None:
        for origin in config["Origins"]["Items"]:
            bucket, _, region = origin["DomainName"].removesuffix(".amazonaws.com").partition(".s3.")
            policy = aws("s3", region).get_bucket_policy(Bucket=bucket)["Policy"]
            assert distribution["ARN"] in policy, bucket
            blocked = aws("s3", region).get_public_access_block(Bucket=bucket)
            assert all(blocked["PublicAccessBlockConfiguration"].values()), bucket


class TestBehaviors:
    def test_apks_and_all_else(self, owner: str, config: Client) -> None:
        suffix = "" if owner == "prod" else f"-{TOKYO}"
        targets = {each.get("PathPattern"): each["TargetOriginId"] for each in behaviors(config)}
        assert targets == {
            None: f"static-assets{suffix}",
            "/apk/*": f"app-apk{suffix}",
            "/assets/*": f"static-assets{suffix}",
        }

    def test_are_over_tls_cached_and_only_read(self, config: Client) -> None:
        for behavior in behaviors(config):
            assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
            assert behavior["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
            assert set(behavior["AllowedMethods"]["Items"]) == {"GET", "HEAD", "OPTIONS"}
            assert behavior["Compress"] is True

    def test_only_files_that_never_change_are_kept_for_a_year(
        self, cloudfront: Client, config: Client
    ) -> None:
        added = {}
        for behavior in behaviors(config):
            answer = cloudfront.get_response_headers_policy(Id=behavior["ResponseHeadersPolicyId"])
            policy = answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
            headers = policy.get("CustomHeadersConfig", {}).get("Items", [])
            added[behavior.get("PathPattern")] = {each["Header"]: each["Value"] for each in headers}
            security = policy["SecurityHeadersConfig"]
            assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31536000
        immutable = {"Cache-Control": "max-age=31536000, immutable"}
        assert added == {None: {}, "/apk/*": {}, "/assets/*": immutable}


class TestFront:
    def test_host_and_tls(self, aws: Aws, owner: str, distribution: Client, config: Client) -> None:
        assert (distribution["Status"], config["Enabled"]) == ("Deployed", True)
        assert config["Aliases"]["Items"] == [HOSTS[owner]]
        viewer = config["ViewerCertificate"]
        assert (viewer["MinimumProtocolVersion"], viewer["SSLSupportMethod"]) == ("TLSv1.2_2021", "sni-only")
        arn = viewer["ACMCertificateArn"]
        assert f":acm:{VIRGINIA}:" in arn
        certificate = aws("acm", VIRGINIA).describe_certificate(CertificateArn=arn)["Certificate"]
        assert certificate["Status"] == "ISSUED"

    def test_names_lead_to_it_without_health(self, aws: Aws, owner: str, distribution: Client) -> None:
        route53 = aws("route53", VIRGINIA)
        domain = HOSTS[owner].removeprefix("cdn.")
        (zone,) = [
            each["Id"]
            for each in route53.list_hosted_zones_by_name(DNSName=domain)["HostedZones"]
            if each["Name"] == f"{domain}."
        ]
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        own = {each["Type"]: each["AliasTarget"] for each in records if each["Name"] == f"{HOSTS[owner]}."}
        assert own.keys() == {"A", "AAAA"}
        for target in own.values():
            assert target["DNSName"].rstrip(".") == distribution["DomainName"]
            assert target["HostedZoneId"] == "Z2FDTNDATAQYW2"
            assert target["EvaluateTargetHealth"] is False

    def test_is_behind_a_firewall_of_its_own(self, aws: Aws, owner: str, config: Client) -> None:
        wafv2 = aws("wafv2", VIRGINIA)
        name = f"mpac-{owner}-cdn-waf"
        (found,) = [
            each for each in wafv2.list_web_acls(Scope="CLOUDFRONT")["WebACLs"] if each["Name"] == name
        ]
        assert config["WebACLId"] == found["ARN"]
        assert f":wafv2:{VIRGINIA}:{ACCOUNT}:global/webacl/" in found["ARN"]
        acl = wafv2.get_web_acl(Name=name, Id=found["Id"], Scope="CLOUDFRONT")["WebACL"]
        limits = [
            rule["Statement"]["RateBasedStatement"]["Limit"]
            for rule in acl["Rules"]
            if "RateBasedStatement" in rule["Statement"]
        ]
        assert limits == [10000]
        logging = wafv2.get_logging_configuration(ResourceArn=found["ARN"])["LoggingConfiguration"]
        (destination,) = logging["LogDestinationConfigs"]
        assert destination.endswith(f":log-group:aws-waf-logs-{name}")

    def test_accesses_are_logged_into_a_bucket(self, aws: Aws, owner: str, distribution: Client) -> None:
        logs = aws("logs", VIRGINIA)
        (source,) = [
            each
            for each in logs.describe_delivery_sources()["deliverySources"]
            if each["resourceArns"] == [distribution["ARN"]]
        ]
        assert source["logType"] == "ACCESS_LOGS"
        (delivery,) = [
            each
            for each in logs.describe_deliveries()["deliveries"]
            if each["deliverySourceName"] == source["name"]
        ]
        (destination,) = [
            each["deliveryDestinationConfiguration"]["destinationResourceArn"]
            for each in logs.describe_delivery_destinations()["deliveryDestinations"]
            if each["arn"] == delivery["deliveryDestinationArn"]
        ]
        assert destination == f"arn:aws:s3:::mpac-access-logs-{owner}"

    def test_errors_are_told(self, aws: Aws, owner: str, distribution: Client) -> None:
        name = f"mpac-{owner}-cdn-errors"
        (alarm,) = aws("cloudwatch", VIRGINIA).describe_alarms(AlarmNames=[name])["MetricAlarms"]
        assert (alarm["MetricName"], alarm["Threshold"]) == ("5xxErrorRate", 5)
        assert {"Name": "DistributionId", "Value": distribution["Id"]} in alarm["Dimensions"]
        (action,) = alarm["AlarmActions"]
        assert action.startswith(f"arn:aws:sns:{VIRGINIA}:{ACCOUNT}:")


def test_the_standby_has_none(aws: Aws) -> None:
    summaries = aws("cloudfront", VIRGINIA).list_distributions()["DistributionList"]["Items"]
    assert not [each["Comment"] for each in summaries if "-dr-" in each["Comment"]]
