"""The CDN: what it reads from which bucket, and how the internet reaches it."""

from dataclasses import replace
from typing import Any

import pytest

from components.cdn.distribution import Cdn, CdnArgs
from components.cdn.logs import CdnLogs, CdnLogsArgs
from components.cdn.origins import BucketOrigin, Content
from components.cdn.settings import CdnSettings
from components.context import Context
from components.problems import SettingsError
from components.storage.bucket import PrivateBucket, PrivateBucketArgs
from tests.components.contexts import CONTEXT, OSAKA, PLAIN, TOKYO, VIRGINIA, topic_arn
from tests.components.recording import Registration, of_type, only, record, repeated_names

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ACCESS = "aws:cloudfront/originAccessControl:OriginAccessControl"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
RECORD = "aws:route53/record:Record"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CONTENTS: tuple[Content, ...] = ("app-apk", "static-assets")
BOTH = {
    content: [
        BucketOrigin(bucket=f"mpac-{content}-prod", region=TOKYO),
        BucketOrigin(bucket=f"mpac-{content}-prod-ap-northeast-3", region=OSAKA),
    ]
    for content in CONTENTS
}
ARGS = CdnArgs(
    context=replace(CONTEXT, alarm_topic_arn=topic_arn(VIRGINIA)),
    domain="mpac-cloud.com",
    zone_id="Z1",
    certificate_arn="virginia-certificate",
    web_acl_arn="virginia-acl",
    buckets=BOTH,
)


def cdn(args: CdnArgs = ARGS) -> list[Registration]:
    return record(lambda: Cdn("cdn", args))


@pytest.fixture(scope="module")
def graph() -> list[Registration]:
    return cdn()


@pytest.fixture
def distribution(graph: list[Registration]) -> dict[str, Any]:
    return only(graph, DISTRIBUTION).inputs


class TestOrigins:
    def test_are_private_buckets_read_with_a_signature(self, graph: list[Registration]) -> None:
        access = only(graph, ACCESS)
        assert access.inputs["originAccessControlOriginType"] == "s3"
        assert (access.inputs["signingBehavior"], access.inputs["signingProtocol"]) == ("always", "sigv4")
        origins = only(graph, DISTRIBUTION).inputs["origins"]
        assert {origin["domainName"] for origin in origins} == {
            "mpac-app-apk-prod.s3.ap-northeast-1.amazonaws.com",
            "mpac-app-apk-prod-ap-northeast-3.s3.ap-northeast-3.amazonaws.com",
            "mpac-static-assets-prod.s3.ap-northeast-1.amazonaws.com",
            "mpac-static-assets-prod-ap-northeast-3.s3.ap-northeast-3.amazonaws.com",
        }
        assert {origin["originAccessControlId"] for origin in origins} == {"cdn-id"}
        assert access.urn in only(graph, DISTRIBUTION).property_dependencies["origins"]

    def test_fall_over_to_osaka(self, distribution: dict[str, Any]) -> None:
        groups = {group["originId"]: group for group in distribution["originGroups"]}
        assert groups.keys() == {"app-apk", "static-assets"}
        for content, group in groups.items():
            assert [member["originId"] for member in group["members"]] == [
                f"{content}-{TOKYO}",
                f"{content}-{OSAKA}",
            ]
            assert group["failoverCriteria"]["statusCodes"] == [500, 502, 503, 504]

    def test_of_one_region_stand_alone(self) -> None:
        inputs = only(
            cdn(replace(ARGS, buckets={name: each[:1] for name, each in BOTH.items()})), DISTRIBUTION
        ).inputs
        assert not inputs.get("originGroups")
        ids = {origin["originId"] for origin in inputs["origins"]}
        behaviors = [inputs["defaultCacheBehavior"], *inputs["orderedCacheBehaviors"]]
        assert {behavior["targetOriginId"] for behavior in behaviors} == ids

    def test_are_not_waited_for_long(self, distribution: dict[str, Any]) -> None:
        for origin in distribution["origins"]:
            # CloudFront's own are 3 attempts of 10 seconds each.
            assert origin["connectionAttempts"] * origin["connectionTimeout"] == 10


class TestBehaviors:
    def test_apks_and_all_else(self, distribution: dict[str, Any]) -> None:
        assert distribution["defaultCacheBehavior"]["targetOriginId"] == "static-assets"
        targets = {
            each["pathPattern"]: each["targetOriginId"] for each in distribution["orderedCacheBehaviors"]
        }
        assert targets == {"/apk/*": "app-apk", "/assets/*": "static-assets"}

    def test_are_over_tls_cached_and_only_read(self, distribution: dict[str, Any]) -> None:
        for behavior in (distribution["defaultCacheBehavior"], *distribution["orderedCacheBehaviors"]):
            assert behavior["viewerProtocolPolicy"] == "redirect-to-https"
            assert behavior["allowedMethods"] == ["GET", "HEAD", "OPTIONS"]
            # AWS's CachingOptimized.
            assert behavior["cachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
            assert behavior["compress"] is True

    def test_only_files_that_never_change_are_kept_for_a_year(self, graph: list[Registration]) -> None:
        policies = of_type(graph, HEADERS)
        (header,) = policies["cdn-immutable"].inputs["customHeadersConfig"]["items"]
        assert (header["header"], header["value"]) == ("Cache-Control", "max-age=31536000, immutable")
        assert header["override"] is True
        assert "customHeadersConfig" not in policies["cdn"].inputs
        inputs = only(graph, DISTRIBUTION).inputs
        used = {
            each["pathPattern"]: each["responseHeadersPolicyId"] for each in inputs["orderedCacheBehaviors"]
        }
        assert used == {"/apk/*": "cdn-id", "/assets/*": "cdn-immutable-id"}
        assert inputs["defaultCacheBehavior"]["responseHeadersPolicyId"] == "cdn-id"

    def test_browsers_are_protected(self, graph: list[Registration]) -> None:
        for policy in of_type(graph, HEADERS).values():
            security = policy.inputs["securityHeadersConfig"]
            assert security["strictTransportSecurity"]["accessControlMaxAgeSec"] == 31536000
            assert security["contentTypeOptions"] == {"override": True}
            assert security["frameOptions"]["frameOption"] == "DENY"
            cors = policy.inputs["corsConfig"]
            assert cors["accessControlAllowOrigins"]["items"] == ["https://*.mpac-cloud.com"]
            assert cors["accessControlAllowCredentials"] is False


class TestFront:
    def test_host_and_tls(self, distribution: dict[str, Any]) -> None:
        assert distribution["aliases"] == ["cdn.mpac-cloud.com"]
        assert distribution["viewerCertificate"] == {
            "acmCertificateArn": "virginia-certificate",
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        }
        assert distribution["defaultRootObject"] == "index.html"
        assert distribution["enabled"] is True

    def test_is_behind_a_web_acl(self, distribution: dict[str, Any]) -> None:
        assert distribution["webAclId"] == "virginia-acl"

    def test_names_lead_to_it_without_health(self, graph: list[Registration]) -> None:
        records = of_type(graph, RECORD)
        assert {each.inputs["type"] for each in records.values()} == {"A", "AAAA"}
        for each in records.values():
            assert (each.inputs["name"], each.inputs["zoneId"]) == ("cdn.mpac-cloud.com", "Z1")
            assert each.inputs["aliases"] == [
                # Route 53 knows no health of a distribution.
                {"name": "cdn-domainName", "zoneId": "cdn-hostedZoneId", "evaluateTargetHealth": False}
            ]

    @pytest.mark.parametrize("protect", [True, False])
    def test_is_protected_where_the_stack_is(self, *, protect: bool) -> None:
        assert (
            only(cdn(replace(ARGS, context=replace(CONTEXT, protect=protect))), DISTRIBUTION).protect
            is protect
        )

    def test_errors_notify_where_they_are_measured(self, graph: list[Registration]) -> None:
        alarm = only(graph, ALARM)
        assert alarm.region == "us-east-1"
        assert (alarm.inputs["metricName"], alarm.inputs["threshold"]) == ("5xxErrorRate", 5)
        assert alarm.inputs["dimensions"] == {"DistributionId": "cdn-id", "Region": "Global"}
        assert alarm.inputs["alarmActions"] == [topic_arn(VIRGINIA)]


def test_two_stand_side_by_side() -> None:
    def program() -> None:
        Cdn("cdn", ARGS)
        Cdn("files", replace(ARGS, settings=CdnSettings(host="files")))

    graph = record(program)
    assert repeated_names(graph) == []
    assert {each.inputs["comment"] for each in of_type(graph, DISTRIBUTION).values()} == {
        "mpac-prod-cdn",
        "mpac-prod-files",
    }


def test_another_program_needs_no_topic() -> None:
    graph = cdn(replace(ARGS, context=PLAIN))
    assert only(graph, ACCESS).inputs["name"] == "acme-test-cdn"
    assert only(graph, ALARM).inputs["alarmActions"] == []


def test_paths_that_take_in_pages_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"Cdn cdn(.|\n)*immutablePaths(.|\n)*keep their name"):
        cdn(replace(ARGS, settings=CdnSettings(immutable_paths=("/*",))))


def logs(context: Context = CONTEXT) -> None:
    bucket = PrivateBucket("access-logs", PrivateBucketArgs(bucket="mpac-access-logs-prod", protect=True))
    CdnLogs("cdn-logs", CdnLogsArgs(context=context, distribution_arn="distribution", bucket=bucket))


def test_accesses_are_logged_into_the_bucket() -> None:
    graph = record(logs)
    source = only(graph, "aws:cloudwatch/logDeliverySource:LogDeliverySource")
    destination = only(graph, "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination")
    delivery = only(graph, "aws:cloudwatch/logDelivery:LogDelivery")
    assert source.inputs["name"] == destination.inputs["name"] == "mpac-prod-cdn-logs"
    assert (source.inputs["logType"], source.inputs["resourceArn"]) == ("ACCESS_LOGS", "distribution")
    assert destination.inputs["deliveryDestinationConfiguration"] == {
        "destinationResourceArn": "access-logs-arn"
    }
    assert {each.region for each in (source, destination, delivery)} == {"us-east-1"}
    # Without its permission AWS would write a policy of its own.
    assert only(graph, "aws:s3/bucketPolicy:BucketPolicy").urn in delivery.dependencies
