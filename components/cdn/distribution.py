"""The distribution of APKs and static assets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import Context
from ..monitoring.alarm import Metric, alarm
from ..regions import GLOBAL_REGION
from ..section import verify
from .headers import headers_policy
from .origins import BucketOrigin, Content, origin_groups, origins, target_id
from .settings import CdnSettings

# AWS's managed cache policy CachingOptimized: keyed by path alone, 24 hours unless the origin says otherwise.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
APK_PATH = "/apk/*"


@dataclass(frozen=True, kw_only=True)
class CdnArgs:
    """Inputs of `Cdn`.

    Attributes:
        context: Who and where; with the topic of us-east-1, where the metrics of distributions are.
        settings: Host in the domain, and patterns of static assets whose name changes with their content.
        domain: The domain.
        zone_id: The domain's public zone.
        certificate_arn: Issued certificate for the host, in us-east-1.
        web_acl_arn: Web ACL in front of it, of scope CLOUDFRONT.
        buckets: Buckets of each content: the first is read, the second when that fails.
    """

    context: Context
    settings: CdnSettings = field(default_factory=CdnSettings)
    domain: str
    zone_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    web_acl_arn: pulumi.Input[str]
    buckets: Mapping[Content, Sequence[BucketOrigin]]


class Cdn(pulumi.ComponentResource):
    """Brings APKs and static assets to the internet from places near by.

    Creates one distribution, named `<prefix>-<environment>-<name>`, which reads private buckets with a
    signature of its own (OAC): `/apk/*` from the APK bucket, where keys begin with `apk/` too, and all else
    from the bucket of static assets. Content with a bucket in a second region is read there while the first
    fails. Files below `immutable_paths` are sent with `Cache-Control: max-age=31536000, immutable`; others
    keep what they were uploaded with. Also its address records, and an alarm on errors.

    The buckets' policies must let `arn` read; see `PlatformBuckets`.

    Replaces nothing in place of the distribution; a changed host moves its records.

    Requirements: S3 Buckets, "mpac-app-apk" and "mpac-static-assets"; DNS, `cdn`.

    Attributes:
        id: Id of the distribution, which invalidations need.
        arn: ARN of the distribution.
        domain_name: CloudFront's name of it.
        url: Where it is reached.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    url: str

    def __init__(self, name: str, args: CdnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mpac:cdn:Cdn", name, None, opts)
        verify(f"Cdn {name}", args.settings)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._label = args.context.name(name)
        self._host = f"{args.settings.host}.{args.domain}"
        distribution = self._distribution()
        for type_ in ("A", "AAAA"):
            aws.route53.Record(
                f"{name}-{type_}",
                zone_id=args.zone_id,
                name=self._host,
                type=type_,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=distribution.domain_name,
                        zone_id=distribution.hosted_zone_id,
                        # Route 53 refuses anything else for a distribution.
                        evaluate_target_health=False,
                    )
                ],
                opts=self._child,
            )
        self._alarm(distribution)
        self.id = distribution.id
        self.arn = distribution.arn
        self.domain_name = distribution.domain_name
        self.url = f"https://{self._host}"
        self.register_outputs({"id": self.id, "arn": self.arn, "url": self.url})

    def _distribution(self) -> aws.cloudfront.Distribution:
        args = self._args
        access = aws.cloudfront.OriginAccessControl(
            self._name,
            name=self._label,
            description=f"Signs requests of the CDN of {args.context.title} to its buckets",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        static: dict[str, Any] = {
            "target_origin_id": target_id("static-assets", args.buckets["static-assets"]),
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD", "OPTIONS"],
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": CACHING_OPTIMIZED,
            "compress": True,
            "response_headers_policy_id": self._headers(immutable=False).id,
        }
        apk = static | {"target_origin_id": target_id("app-apk", args.buckets["app-apk"])}
        immutable = static | {"response_headers_policy_id": self._headers(immutable=True).id}
        return aws.cloudfront.Distribution(
            self._name,
            enabled=True,
            comment=self._label,
            aliases=[self._host],
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class="PriceClass_200",  # with Japan, without South America and Oceania
            default_root_object="index.html",
            web_acl_id=args.web_acl_arn,
            origins=[
                origin
                for content, buckets in args.buckets.items()
                for origin in origins(content, buckets, access.id)
            ],
            origin_groups=[
                group
                for content, buckets in args.buckets.items()
                for group in origin_groups(content, buckets)
            ],
            default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(**static),
            ordered_cache_behaviors=[
                aws.cloudfront.DistributionOrderedCacheBehaviorArgs(path_pattern=APK_PATH, **apk),
                *(
                    aws.cloudfront.DistributionOrderedCacheBehaviorArgs(path_pattern=path, **immutable)
                    for path in args.settings.immutable_paths
                ),
            ],
            viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(
                acm_certificate_arn=args.certificate_arn,
                minimum_protocol_version="TLSv1.2_2021",
                ssl_support_method="sni-only",
            ),
            restrictions=aws.cloudfront.DistributionRestrictionsArgs(
                geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(
                    restriction_type="none"
                )
            ),
            tags={"Name": self._label},
            opts=pulumi.ResourceOptions(parent=self, protect=args.context.protect),
        )

    def _headers(self, *, immutable: bool) -> aws.cloudfront.ResponseHeadersPolicy:
        suffix = "-immutable" if immutable else ""
        return headers_policy(
            f"{self._name}{suffix}",
            policy_name=f"{self._label}{suffix}",
            domain=self._args.domain,
            immutable=immutable,
            opts=self._child,
        )

    def _alarm(self, distribution: aws.cloudfront.Distribution) -> None:
        alarm(
            f"{self._name}-errors",
            Metric(
                namespace="AWS/CloudFront",
                name="5xxErrorRate",
                dimensions={"DistributionId": distribution.id, "Region": "Global"},
            ),
            alarm_name=f"{self._label}-errors",
            description="More than 5 % of the CDN's answers are 5xx: buckets in both regions fail.",
            above=5,
            minutes=5,
            missing="notBreaching",  # without requests there is no rate
            topic_arn=self._args.context.alarm_topic_arn,
            region=GLOBAL_REGION,
            opts=self._child,
        )
