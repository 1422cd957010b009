"""Who asked what of load balancers, buckets, the CDN, firewalls and names is written down."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, read
from ..verdicts import IS_TRUE, Verdict, equals
from .encryption_keys import log_buckets

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
ZONE = "aws:route53/zone:Zone"
QUERY_LOG = "aws:route53/queryLog:QueryLog"
# Headers that hold what lets somebody else log in.
REDACTED = ("authorization", "cookie")


@graph_rule(
    "lb-access-logs",
    LOAD_BALANCER,
    LISTENER,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ELB.5",), pci=("10.2",), checkov=("CKV_AWS_91",)),
    reason="Without access logs, nobody can tell who asked what.",
    remedy="Set access_logs with a bucket and enabled=True.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-5",
)
def lb_access_logs(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A network load balancer logs nothing but TLS; a gateway nothing at all."""
    for balancer in graph.of(LOAD_BALANCER):
        kind = balancer.get("loadBalancerType")
        listeners = graph.naming(balancer, "loadBalancerArn", LISTENER)
        logs = kind in (ABSENT, "application") or (
            kind == "network" and any(item.get("protocol") == "TLS" for item in listeners)
        )
        if isinstance(kind, Unknown):
            yield balancer.not_judged("loadBalancerType")
        elif logs:
            yield balancer.must("accessLogs.enabled", IS_TRUE)
            yield balancer.must_be_given("accessLogs.bucket")


@graph_rule(
    "s3-access-logs",
    BUCKET,
    BUCKET_LOGGING,
    LOAD_BALANCER,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("S3.9",), checkov=("CKV_AWS_18",)),
    reason="Who read or deleted an object is found in the access log of its bucket only.",
    remedy="Declare a BucketLogging for the bucket with a target_bucket.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-9",
)
def s3_access_logs(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """But for the buckets of logs, whose own log would never end, and those that the settings name."""
    logs = {bucket.urn for bucket in log_buckets(graph)}
    for bucket in graph.of(BUCKET):
        name = bucket.get("bucket")
        spared = isinstance(name, str) and any(part in name for part in settings.unlogged_buckets)
        if bucket.urn not in logs and not spared and not bucket.has("loggings"):
            missing = "the access to the bucket is not logged"
            found, verdict = graph.companion(bucket, "bucket", BUCKET_LOGGING, missing)
            yield verdict
            yield from (item.must_be_given("targetBucket") for item in found)


@graph_rule(
    "cloudfront-logs",
    DISTRIBUTION,
    DELIVERY,
    DELIVERY_SOURCE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("CloudFront.5",), checkov=("CKV_AWS_86",)),
    reason="Without access logs, nobody can tell who fetched what from the CDN.",
    remedy="Declare a LogDeliverySource with ACCESS_LOGS of the distribution and a LogDelivery, or set "
    "logging_config.",
    url=f"{SECURITY_HUB}/cloudfront-controls.html#cloudfront-5",
)
def cloudfront_logs(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of the newer kind, the source names the distribution, and a delivery the source."""
    for distribution in graph.of(DISTRIBUTION):
        if distribution.has("loggingConfig"):
            yield distribution.must_be_given("loggingConfig.bucket")
            continue
        missing = "the access to the distribution is not logged"
        sources, verdict = graph.companion(distribution, "resourceArn", DELIVERY_SOURCE, missing)
        if not sources:
            yield verdict
        for source in sources:
            yield source.must("logType", equals("ACCESS_LOGS"))
            undelivered = "the access log of the distribution is not delivered"
            deliveries, delivered = graph.companion(source, "deliverySourceName", DELIVERY, undelivered)
            yield delivered
            yield from (item.must_be_given("deliveryDestinationArn") for item in deliveries)


@graph_rule(
    "waf-logs",
    WEB_ACL,
    WEB_ACL_LOGGING,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("WAF.11",), checkov=("CKV2_AWS_31",)),
    reason="An attack that was blocked, or a customer that was, is found in the log of the firewall only.",
    remedy="Declare a WebAclLoggingConfiguration for the WebAcl that keeps what was blocked.",
    url=f"{SECURITY_HUB}/waf-controls.html#waf-11",
)
def waf_logs(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A filter may drop what was let through, but not what was blocked."""
    for web_acl in graph.of(WEB_ACL):
        missing = "what the firewall does is not logged"
        found, verdict = graph.companion(web_acl, "resourceArn", WEB_ACL_LOGGING, missing)
        yield verdict
        for logging in found:
            yield logging.must_be_given("logDestinationConfigs")
            yield _keeps_blocked(logging)


def _keeps_blocked(logging: Resource) -> Verdict:
    path = "loggingFilter"
    default = logging.get(f"{path}.defaultBehavior")
    filters = logging.items(f"{path}.filters")
    unknown = [
        item
        for item in (default, logging.get(f"{path}.filters"), *(item for _, item in filters))
        if isinstance(item, Unknown)
    ]
    kept = [item for _, item in filters if _concerns_blocked(item) and read(item, "behavior") == "KEEP"]
    dropped = [item for _, item in filters if _concerns_blocked(item) and read(item, "behavior") == "DROP"]
    if unknown or any(isinstance(read(item, "behavior"), Unknown) for _, item in filters):
        return logging.not_judged(path)
    if dropped or (default == "DROP" and not kept):
        return logging.fails(path, "the filter drops what the firewall blocks")
    return logging.passes(path)


def _concerns_blocked(item: Any) -> bool:
    conditions = item.get("conditions") if isinstance(item, Mapping) else None
    actions = [
        condition["actionCondition"].get("action")
        for condition in (conditions if isinstance(conditions, list) else ())
        if isinstance(condition, Mapping) and isinstance(condition.get("actionCondition"), Mapping)
    ]
    return "BLOCK" in actions


@resource_rule(
    "waf-logs-redacted",
    WEB_ACL_LOGGING,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="Whoever reads the log of a firewall could log in with the tokens in it.",
    remedy="Set redacted_fields with the single headers authorization and cookie.",
    url="https://docs.aws.amazon.com/waf/latest/developerguide/logging-management.html",
)
def waf_logs_redacted(logging: Resource, _: Settings) -> Iterator[Verdict]:
    """The log has all headers of a request unless they are redacted."""
    path = "redactedFields"
    names = [logging.get(f"{place}.singleHeader.name") for place, _ in logging.items(path)]
    for header in REDACTED:
        if header in [name.lower() for name in names if isinstance(name, str)]:
            yield logging.passes(path)
        elif any(isinstance(name, Unknown) for name in names):
            yield logging.not_judged(path)
        else:
            yield logging.fails(path, f"{path} do not have the header {header}")


@graph_rule(
    "route53-query-logs",
    ZONE,
    QUERY_LOG,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    controls=Controls(fsbp=("Route53.2",), checkov=("CKV2_AWS_39",)),
    reason="Whether and where a name was resolved during an outage is in the query log only.",
    remedy="Declare a QueryLog for the zone.",
    url=f"{SECURITY_HUB}/route53-controls.html#route53-2",
)
def route53_query_logs(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of public zones; a private one has no query log of its own."""
    for zone in graph.of(ZONE):
        if not zone.has("vpcs"):
            logs, verdict = graph.companion(
                zone, "zoneId", QUERY_LOG, "the queries of the zone are not logged"
            )
            yield verdict
            yield from (log.must_be_given("cloudwatchLogGroupArn") for log in logs)
