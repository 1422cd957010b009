"""The CDN with its certificate, firewall and logs."""

from components.cdn import BucketOrigin, Cdn, CdnArgs, CdnLogs, CdnLogsArgs, Content
from components.dns import Certificate, CertificateArgs
from components.firewall import WebAcl, WebAclArgs
from components.monitoring import AlarmTopic
from components.storage import PlatformBuckets
from components.storage.policies import bucket_name
from settings import Settings
from settings.regions import GLOBAL_REGION
from wiring.edge import Domain
from wiring.stack import Stack


def cdn(stack: Stack, names: Domain, *, proof: Certificate, global_alarms: AlarmTopic) -> Cdn | None:
    """The CDN of the domain; the stack that owns its zone owns it too.

    CloudFront takes a certificate of its own. Buckets come later: their policies name the distribution.
    """
    settings = stack.settings
    if names.zone is None:
        return None
    own_proof = Certificate(
        "cdn-certificate",
        CertificateArgs(
            environment=settings.environment,
            domain=names.name,
            region=GLOBAL_REGION,
            validation_record_fqdn=proof.validation_record_fqdn,
        ),
        stack.opts,
    )
    acl = WebAcl(
        "cdn-firewall",
        WebAclArgs(
            environment=settings.environment,
            scope="CLOUDFRONT",
            requests_per_address=settings.firewall.requests_per_address,
            log_retention_days=settings.firewall.log_retention_days,
            logs_key_arn=stack.global_logs_key_arn,
            protect=settings.protect,
        ),
        stack.opts,
    )
    return Cdn(
        "cdn",
        CdnArgs(
            environment=settings.environment,
            domain=names.name,
            host=names.host(settings.cdn.host),
            zone_id=names.zone_id,
            certificate_arn=own_proof.arn,
            web_acl_arn=acl.arn,
            buckets={
                "app-apk": _buckets(settings, "app-apk"),
                "static-assets": _buckets(settings, "static-assets"),
            },
            immutable_paths=settings.cdn.immutable_paths,
            alarm_topic_arn=global_alarms.arn,
            protect=settings.protect,
        ),
        stack.opts,
    )


def cdn_logs(stack: Stack, distribution: Cdn | None, buckets: PlatformBuckets) -> None:
    """Access logs of the CDN."""
    if distribution is None:
        return
    CdnLogs(
        "cdn-logs",
        CdnLogsArgs(
            environment=stack.settings.environment,
            distribution_arn=distribution.arn,
            bucket=buckets.access_logs,
        ),
        stack.opts,
    )


def _buckets(settings: Settings, content: Content) -> list[BucketOrigin]:
    suffix = settings.storage.name_suffix
    own = BucketOrigin(bucket=bucket_name(content, settings.environment, suffix), region=settings.region)
    region = settings.replica_region
    if region is None:
        return [own]
    replica = BucketOrigin(bucket=bucket_name(content, settings.environment, suffix, region), region=region)
    return [own, replica]
