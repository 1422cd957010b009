"""Buckets that the CDN reads, and what it does when one of them fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

Content = Literal["app-apk", "static-assets"]

# Three attempts of ten seconds are CloudFront's default; nobody waits so long for the second region.
CONNECTION_ATTEMPTS = 2
CONNECTION_TIMEOUT_SECONDS = 5
# Not 403 and 404: a missing object is missing in both regions, and a second attempt only takes longer.
FAILING = (500, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class BucketOrigin:
    """A bucket with one of the contents.

    Attributes:
        bucket: Name of the bucket, which need not exist yet.
        region: Its region.
    """

    bucket: str
    region: str

    @property
    def domain_name(self) -> str:
        """Host name in the bucket's own region: the global one would redirect for hours after creation."""
        return f"{self.bucket}.s3.{self.region}.amazonaws.com"


def origin_id(content: Content, region: str) -> str:
    """Name an origin."""
    return f"{content}-{region}"


def target_id(content: Content, buckets: Sequence[BucketOrigin]) -> str:
    """Name what a behavior reads: the origin, or the group where there is a second one."""
    return content if len(buckets) > 1 else origin_id(content, buckets[0].region)


def origins(
    content: Content, buckets: Sequence[BucketOrigin], access_control_id: pulumi.Input[str]
) -> list[aws.cloudfront.DistributionOriginArgs]:
    """List the origins of a content."""
    return [
        aws.cloudfront.DistributionOriginArgs(
            origin_id=origin_id(content, bucket.region),
            domain_name=bucket.domain_name,
            origin_access_control_id=access_control_id,
            connection_attempts=CONNECTION_ATTEMPTS,
            connection_timeout=CONNECTION_TIMEOUT_SECONDS,
        )
        for bucket in buckets
    ]


def origin_groups(
    content: Content, buckets: Sequence[BucketOrigin]
) -> list[aws.cloudfront.DistributionOriginGroupArgs]:
    """Group the origins of a content that has more than one: the second is read when the first fails."""
    if len(buckets) == 1:
        return []
    return [
        aws.cloudfront.DistributionOriginGroupArgs(
            origin_id=content,
            failover_criteria=aws.cloudfront.DistributionOriginGroupFailoverCriteriaArgs(
                status_codes=list(FAILING)
            ),
            members=[
                aws.cloudfront.DistributionOriginGroupMemberArgs(origin_id=origin_id(content, bucket.region))
                for bucket in buckets
            ],
        )
    ]
