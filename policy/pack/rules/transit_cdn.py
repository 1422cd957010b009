"""What CloudFront speaks with viewers and origins, and what it tells browsers."""

from collections.abc import Iterator, Mapping

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..verdicts import IS_FALSE, IS_TRUE, Check, Verdict, any_of, at_least, equals, one_of

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CLOUDFRONT_CONTROLS = f"{SECURITY_HUB}/cloudfront-controls.html"
MODERN_TLS = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
YEAR_SECONDS = 365 * 24 * 3600
SAFE_REFERRERS = {
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
}
NOT_EVERYBODY = Check("origins of one's own", lambda value: value not in ("*", "http://*", "https://*"))


def behaviours(distribution: Resource) -> Iterator[str]:
    """Yield the paths of a distribution's behaviours."""
    yield "defaultCacheBehavior"
    for path, _ in distribution.items("orderedCacheBehaviors"):
        yield path


@resource_rule(
    "cloudfront-https",
    DISTRIBUTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("CloudFront.3",), pci=("4.2.1",), checkov=("CKV_AWS_34",)),
    reason="An app or a page that is fetched over plain HTTP is whatever somebody on the way makes of it.",
    remedy="Set viewer_protocol_policy of every behaviour to redirect-to-https or https-only.",
    url=f"{CLOUDFRONT_CONTROLS}#cloudfront-3",
)
def cloudfront_https(distribution: Resource, _: Settings) -> Iterator[Verdict]:
    """Between viewers and CloudFront."""
    for path in behaviours(distribution):
        yield distribution.must(f"{path}.viewerProtocolPolicy", one_of({"redirect-to-https", "https-only"}))


@resource_rule(
    "cloudfront-origins-https",
    DISTRIBUTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("CloudFront.9", "CloudFront.10"), pci=("4.2.1",)),
    reason="The way from CloudFront to a server of one's own is the internet too.",
    remedy="Set custom_origin_config with origin_protocol_policy https-only, origin_ssl_protocols TLSv1.2.",
    url=f"{CLOUDFRONT_CONTROLS}#cloudfront-9",
)
def cloudfront_origins_https(distribution: Resource, _: Settings) -> Iterator[Verdict]:
    """Of origins other than buckets, to which CloudFront speaks as the viewer does."""
    for path, _origin in distribution.items("origins"):
        custom = f"{path}.customOriginConfig"
        if distribution.has(custom):
            yield distribution.must(f"{custom}.originProtocolPolicy", equals("https-only"))
            for place, _protocol in distribution.items(f"{custom}.originSslProtocols"):
                yield distribution.must(place, equals("TLSv1.2"))


@resource_rule(
    "cloudfront-tls",
    DISTRIBUTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(
        fsbp=("CloudFront.7", "CloudFront.15"), pci=("4.2.1",), checkov=("CKV_AWS_174", "CKV2_AWS_42")
    ),
    reason="With CloudFront's own certificate, viewers may speak TLS 1.0.",
    remedy="Set viewer_certificate with acm_certificate_arn and minimum_protocol_version TLSv1.2_2021 or up.",
    url=f"{CLOUDFRONT_CONTROLS}#cloudfront-7",
)
def cloudfront_tls(distribution: Resource, _: Settings) -> Iterator[Verdict]:
    """TLS 1.0 unless told otherwise."""
    path = "viewerCertificate"
    yield any_of(
        [
            distribution.must_be_given(f"{path}.acmCertificateArn"),
            distribution.must_be_given(f"{path}.iamCertificateId"),
        ]
    )
    yield distribution.must(f"{path}.minimumProtocolVersion", one_of(MODERN_TLS))


@graph_rule(
    "cloudfront-origin-access",
    DISTRIBUTION,
    ACCESS_CONTROL,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("CloudFront.13",), checkov=("CKV2_AWS_46",)),
    reason="A bucket that answers without a signature answers past the CDN and its firewall.",
    remedy="Set origin_access_control_id of each bucket's origin, and its signing_behavior to always.",
    url=f"{CLOUDFRONT_CONTROLS}#cloudfront-13",
)
def cloudfront_origin_access(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of origins that are buckets: all that have no custom configuration."""
    for distribution in graph.of(DISTRIBUTION):
        for path, _origin in distribution.items("origins"):
            others = ("customOriginConfig", "vpcOriginConfig")
            if not any(distribution.has(f"{path}.{other}") for other in others):
                yield distribution.must_be_given(f"{path}.originAccessControlId")
    for control in graph.of(ACCESS_CONTROL):
        yield control.must("signingBehavior", equals("always"))


@graph_rule(
    "cloudfront-headers",
    DISTRIBUTION,
    HEADERS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="Without them, a browser tries HTTP first, guesses types, and shows the page in any frame.",
    remedy="Set response_headers_policy_id of every behaviour, and in the policy all security headers with "
    "override=True, HSTS of a year or more.",
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html",
)
def cloudfront_headers(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Each behaviour names a policy; those of the stack are looked into."""
    for distribution in graph.of(DISTRIBUTION):
        for path in behaviours(distribution):
            yield distribution.must_be_given(f"{path}.responseHeadersPolicyId")
    for policy in graph.of(HEADERS):
        path = "securityHeadersConfig"
        for header, checks in SECURITY_HEADERS.items():
            for name, check in checks.items():
                yield policy.must(f"{path}.{header}.{name}", check)


SECURITY_HEADERS: Mapping[str, Mapping[str, Check]] = {
    "strictTransportSecurity": {"accessControlMaxAgeSec": at_least(YEAR_SECONDS), "override": IS_TRUE},
    "contentTypeOptions": {"override": IS_TRUE},
    "frameOptions": {"frameOption": one_of({"DENY", "SAMEORIGIN"}), "override": IS_TRUE},
    "referrerPolicy": {"referrerPolicy": one_of(SAFE_REFERRERS), "override": IS_TRUE},
}


@resource_rule(
    "cloudfront-cors",
    HEADERS,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="A page of a stranger must not read what the browser of a customer may fetch.",
    remedy="Set access_control_allow_origins to one's own, and access_control_allow_credentials=False.",
    url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html#understanding-response-headers-policies-cors",
)
def cloudfront_cors(policy: Resource, _: Settings) -> Iterator[Verdict]:
    """Where a policy answers for the origin."""
    path = "corsConfig"
    if not policy.has(path):
        return
    yield policy.must(f"{path}.accessControlAllowCredentials", IS_FALSE)
    origins = f"{path}.accessControlAllowOrigins.items"
    for place, _origin in policy.items(origins):
        yield policy.must(place, NOT_EVERYBODY)
