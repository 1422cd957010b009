"""Distributions in the local AWS: what CloudFront and Route 53 refuse, and what reads back."""

import copy
from typing import Any

import pytest

from tests.local_aws.harness import OSAKA, TOKYO, VIRGINIA, Aws, Client, Refused

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DOMAIN = "cdn-test.example"
Config = dict[str, Any]


@pytest.fixture(scope="module")
def certificate(aws: Aws) -> str:
    """Issued in us-east-1."""
    acm, route53 = aws("acm", VIRGINIA), aws("route53")
    arn = acm.request_certificate(
        DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="DNS"
    )["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = options[0]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="cdn")["HostedZone"]["Id"]
    records = {
        "Name": record["Name"],
        "Type": "CNAME",
        "TTL": 300,
        "ResourceRecords": [{"Value": record["Value"]}],
    }
    _change(route53, zone, records)
    return str(arn)


def _change(route53: Client, zone: str, record: dict[str, Any]) -> None:
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


@pytest.fixture(scope="module")
def control(aws: Aws) -> str:
    created = aws("cloudfront").create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "cdn-test",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )
    return str(created["OriginAccessControl"]["Id"])


@pytest.fixture
def config(certificate: str, control: str) -> Config:
    """A group of two buckets behind one host."""

    def origin(region: str) -> Config:
        return {
            "Id": region,
            "DomainName": f"content.s3.{region}.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": control,
            "ConnectionAttempts": 2,
            "ConnectionTimeout": 5,
        }

    return {
        "CallerReference": "first",
        "Comment": "cdn-test",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [f"cdn.{DOMAIN}"]},
        "Origins": {"Quantity": 2, "Items": [origin(TOKYO), origin(OSAKA)]},
        "OriginGroups": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "content",
                    "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [500, 503]}},
                    "Members": {"Quantity": 2, "Items": [{"OriginId": TOKYO}, {"OriginId": OSAKA}]},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "content",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": OPTIMIZED,
            "AllowedMethods": {
                "Quantity": 2,
                "Items": ["GET", "HEAD"],
                "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
            },
        },
        "ViewerCertificate": {
            "ACMCertificateArn": certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        },
    }


def _behavior(config: Config, **changed: Any) -> Config:  # noqa: ANN401 (boto3 has no types)
    return config | {"DefaultCacheBehavior": config["DefaultCacheBehavior"] | changed}


def _host(config: Config, host: str, reference: str) -> Config:
    return config | {"Aliases": {"Quantity": 1, "Items": [host]}, "CallerReference": reference}


def test_a_distribution_reads_back_as_it_was_set(aws: Aws, config: Config, refused: Refused) -> None:
    client = aws("cloudfront")
    created = client.create_distribution(DistributionConfig=config)
    name = created["Distribution"]["Id"]
    read = client.get_distribution(Id=name)
    found = read["Distribution"]["DistributionConfig"]
    assert read["Distribution"]["Status"] == "Deployed"
    assert found["OriginGroups"] == config["OriginGroups"]
    assert found["ViewerCertificate"] == config["ViewerCertificate"]
    for wanted, origin in zip(config["Origins"]["Items"], found["Origins"]["Items"], strict=True):
        assert wanted.items() <= origin.items()
    assert config["DefaultCacheBehavior"].items() <= found["DefaultCacheBehavior"].items()

    changed = copy.deepcopy(found) | {"Comment": "second", "Enabled": False}
    with refused("PreconditionFailed"):
        client.update_distribution(Id=name, IfMatch="other", DistributionConfig=changed)
    with refused("DistributionNotDisabled"):
        client.delete_distribution(Id=name, IfMatch=read["ETag"])
    updated = client.update_distribution(Id=name, IfMatch=read["ETag"], DistributionConfig=changed)
    read = client.get_distribution_config(Id=name)
    assert (read["DistributionConfig"], read["ETag"]) == (changed, updated["ETag"])
    client.delete_distribution(Id=name, IfMatch=read["ETag"])
    with refused("NoSuchDistribution"):
        client.get_distribution(Id=name)


def _whole(config: Config, control: str) -> Config:
    """All that a distribution can be told, beside what `config` has."""
    bucket = {
        "Id": "bucket",
        "DomainName": f"media.s3.{TOKYO}.amazonaws.com",
        "OriginPath": "/public",
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-From", "HeaderValue": "cdn"}]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": control,
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 4,
        "ResponseCompletionTimeout": 30,
        "OriginShield": {"Enabled": True, "OriginShieldRegion": TOKYO},
    }
    server = {
        "Id": "server",
        "DomainName": "origin.example.com",
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 8443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
            "OriginReadTimeout": 20,
            "OriginKeepaliveTimeout": 10,
        },
    }
    forwarded = {
        "QueryString": True,
        "Cookies": {"Forward": "whitelist", "WhitelistedNames": {"Quantity": 1, "Items": ["session"]}},
        "Headers": {"Quantity": 1, "Items": ["Origin"]},
        "QueryStringCacheKeys": {"Quantity": 1, "Items": ["version"]},
    }
    behavior = {
        "PathPattern": "/api/*",
        "TargetOriginId": "server",
        "ViewerProtocolPolicy": "https-only",
        "ForwardedValues": forwarded,
        "MinTTL": 1,
        "DefaultTTL": 60,
        "MaxTTL": 600,
        "Compress": True,
    }
    missing = {
        "ErrorCode": 404,
        "ResponsePagePath": "/404.html",
        "ResponseCode": "404",
        "ErrorCachingMinTTL": 5,
    }
    return _behavior(_host(config, f"whole.{DOMAIN}", "whole"), TargetOriginId="bucket") | {
        "DefaultRootObject": "index.html",
        "PriceClass": "PriceClass_200",
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "Origins": {"Quantity": 2, "Items": [bucket, server]},
        "OriginGroups": {"Quantity": 0},
        "CacheBehaviors": {"Quantity": 1, "Items": [behavior]},
        "CustomErrorResponses": {"Quantity": 1, "Items": [missing]},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["JP"]}},
    }


def _differences(wanted: Any, found: Any, path: str = "") -> list[str]:  # noqa: ANN401 (parts of documents)
    """Paths of what was set and is not found; what AWS has filled in is none."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            deeper for key in wanted for deeper in _differences(wanted[key], found.get(key), f"{path}/{key}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [deeper for index, pair in pairs for deeper in _differences(*pair, f"{path}/{index}")]
    return [] if wanted == found else [path]


def test_nothing_that_is_set_is_forgotten(aws: Aws, config: Config, control: str) -> None:
    client, wanted = aws("cloudfront"), _whole(config, control)
    name = client.create_distribution(DistributionConfig=wanted)["Distribution"]["Id"]
    for answer in (client.get_distribution_config(Id=name), client.get_distribution(Id=name)["Distribution"]):
        assert _differences(wanted, answer["DistributionConfig"]) == []
    (listed,) = [
        each for each in client.list_distributions()["DistributionList"]["Items"] if each["Id"] == name
    ]
    shown = wanted.keys() & listed.keys()
    assert shown >= {"Aliases", "Comment", "Origins", "OriginGroups", "CacheBehaviors", "ViewerCertificate"}
    assert _differences({key: wanted[key] for key in shown}, listed) == []


def test_refuses_what_is_not_there(aws: Aws, config: Config, refused: Refused) -> None:
    client = aws("cloudfront")
    missing = "00000000-0000-0000-0000-000000000000"
    one, two = config["Origins"]["Items"]
    group = config["OriginGroups"]["Items"][0]
    unknown_control = {"Quantity": 2, "Items": [one, two | {"OriginAccessControlId": "E0000000000000"}]}
    same_twice = group | {"Members": {"Quantity": 2, "Items": [{"OriginId": TOKYO}, {"OriginId": TOKYO}]}}
    for changed, code in (
        (_behavior(config, TargetOriginId="other"), "NoSuchOrigin"),
        (_behavior(config, CachePolicyId=missing), "NoSuchCachePolicy"),
        (_behavior(config, ResponseHeadersPolicyId=missing), "NoSuchResponseHeadersPolicy"),
        (config | {"Origins": unknown_control}, "NoSuchOriginAccessControl"),
        (config | {"OriginGroups": {"Quantity": 1, "Items": [same_twice]}}, "InvalidArgument"),
        (config | {"WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/y"}, "InvalidWebACLId"),
    ):
        with refused(code):
            client.create_distribution(DistributionConfig=changed)


def test_a_group_is_only_read(aws: Aws, config: Config, refused: Refused) -> None:
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    allowed = config["DefaultCacheBehavior"]["AllowedMethods"] | {"Quantity": 7, "Items": methods}
    with refused("InvalidArgument"):
        aws("cloudfront").create_distribution(DistributionConfig=_behavior(config, AllowedMethods=allowed))


def test_a_web_acl_is_one_for_distributions(aws: Aws, config: Config, refused: Refused) -> None:
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "cdn"}
    arns = {
        scope: aws("wafv2", VIRGINIA).create_web_acl(
            Name=f"cdn-{scope}", Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=visibility
        )["Summary"]["ARN"]
        for scope in ("REGIONAL", "CLOUDFRONT")
    }
    client = aws("cloudfront")
    with refused("InvalidWebACLId"):
        client.create_distribution(DistributionConfig=config | {"WebACLId": arns["REGIONAL"]})
    behind = _host(config, f"acl.{DOMAIN}", "acl") | {"WebACLId": arns["CLOUDFRONT"]}
    name = client.create_distribution(DistributionConfig=behind)["Distribution"]["Id"]
    read = client.get_distribution_config(Id=name)
    assert read["DistributionConfig"]["WebACLId"] == arns["CLOUDFRONT"]
    (acl,) = [
        each
        for each in aws("wafv2", VIRGINIA).list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
        if each["ARN"] == arns["CLOUDFRONT"]
    ]
    identity = {"Scope": "CLOUDFRONT"} | {key: acl[key] for key in ("Name", "Id", "LockToken")}
    with refused("WAFAssociatedItemException"):
        aws("wafv2", VIRGINIA).delete_web_acl(**identity)


def test_a_host_needs_a_certificate_of_us_east_1(
    aws: Aws, config: Config, certificate: str, refused: Refused
) -> None:
    client = aws("cloudfront")
    for viewer in (
        {"CloudFrontDefaultCertificate": True},
        config["ViewerCertificate"] | {"ACMCertificateArn": certificate.replace(VIRGINIA, TOKYO)},
    ):
        with refused("InvalidViewerCertificate"):
            client.create_distribution(DistributionConfig=config | {"ViewerCertificate": viewer})
    for host in (f"deep.cdn.{DOMAIN}", "cdn.other.example"):
        with refused("InvalidViewerCertificate"):
            client.create_distribution(DistributionConfig=_host(config, host, host))


def test_what_is_used_stays(
    aws: Aws, config: Config, control: str, certificate: str, refused: Refused
) -> None:
    client = aws("cloudfront")
    headers = client.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": "cdn-test",
            "CustomHeadersConfig": {
                "Quantity": 1,
                "Items": [{"Header": "Cache-Control", "Value": "max-age=1", "Override": True}],
            },
        }
    )
    policy = headers["ResponseHeadersPolicy"]["Id"]
    used = _behavior(_host(config, f"used.{DOMAIN}", "used"), ResponseHeadersPolicyId=policy)
    client.create_distribution(DistributionConfig=used)
    with refused("ResponseHeadersPolicyInUse"):
        client.delete_response_headers_policy(Id=policy, IfMatch=headers["ETag"])
    with refused("OriginAccessControlInUse"):
        etag = client.get_origin_access_control(Id=control)["ETag"]
        client.delete_origin_access_control(Id=control, IfMatch=etag)
    with refused("ResourceInUseException"):
        aws("acm", VIRGINIA).delete_certificate(CertificateArn=certificate)
    with refused("CNAMEAlreadyExists"):
        client.create_distribution(DistributionConfig=used | {"CallerReference": "again"})
    (listed,) = [
        each["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"]
        for each in client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
        if each["ResponseHeadersPolicy"]["Id"] == policy
    ]
    assert listed == "cdn-test"


@pytest.mark.parametrize(
    ("zone", "evaluate"), [("Z2FDTNDATAQYW2", True), ("Z14GRHDCWA56QT", False)], ids=["health", "zone"]
)
def test_route_53_knows_no_health_of_a_distribution(
    aws: Aws, refused: Refused, zone: str, *, evaluate: bool
) -> None:
    route53 = aws("route53")
    own = route53.create_hosted_zone(Name="alias.example", CallerReference=f"{zone}{evaluate}")
    target = {
        "HostedZoneId": zone,
        "DNSName": "d111111abcdef8.cloudfront.net",
        "EvaluateTargetHealth": evaluate,
    }
    with refused("InvalidChangeBatch"):
        _change(
            route53,
            own["HostedZone"]["Id"],
            {"Name": "cdn.alias.example", "Type": "A", "AliasTarget": target},
        )
