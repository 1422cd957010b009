"""Nothing travels in plain text: databases, caches, file systems, buckets, topics and listeners."""

from collections.abc import Iterator

from ..documents import ALL_OBJECTS, BUCKET_ITSELF, must_refuse
from ..graph import Graph, Resource
from ..parameters import (
    CLUSTER,
    CLUSTER_PARAMETERS,
    DATABASE,
    ON,
    PARAMETERS,
    group_path,
    groups_of,
    parameter,
)
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_TRUE, Check, Outcome, Verdict, any_of, equals, one_of
from .encryption import BUCKET
from .exposure_files import FILE_SYSTEM
from .exposure_files import POLICY as FILE_SYSTEM_POLICY

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
LISTENER = "aws:lb/listener:Listener"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
# More is better.
OLD_TLS = tuple({"NumericLessThan": {"s3:TlsVersion": least}} for least in ("1.2", "1.3"))
# By the beginning of the engine's name, the parameter that refuses connections without TLS.
FORCES_TLS = {
    "postgres": "rds.force_ssl",
    "sqlserver": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "mariadb": "require_secure_transport",
}
ENCRYPTED = ("HTTPS", "TLS")
NOT_EXPIRED = Check(
    "a certificate authority that is valid", lambda value: value not in ("rds-ca-2015", "rds-ca-2019")
)
REQUIRED = Check("required", lambda value: value in (ABSENT, "required"))


@graph_rule(
    "rds-tls-forced",
    DATABASE,
    CLUSTER,
    PARAMETERS,
    CLUSTER_PARAMETERS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.38", "RDS.39"), pci=("4.2.1",), checkov=("CKV2_AWS_69",)),
    reason="A client that may speak in plain text one day does, and shows its password and its data.",
    remedy="Set parameter_group_name to a ParameterGroup that sets rds.force_ssl (MySQL: "
    "require_secure_transport) to 1.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-38",
)
def rds_tls_forced(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of the group that the database really uses; what AWS's own groups say depends on the version."""
    for database in graph.of(DATABASE, CLUSTER):
        groups = groups_of(graph, database)
        for group in groups:
            family = str(group.get("family")).removeprefix("aurora-")
            for engine, name in FORCES_TLS.items():
                if family.startswith(engine):
                    yield parameter(group, name, ON)
        if not groups:
            yield _without_group(database)


def _without_group(database: Resource) -> Verdict:
    path = group_path(database)
    name = database.get(path)
    if name is ABSENT and (database.has("replicateSourceDb") or database.has("replicationSourceIdentifier")):
        return database.passes(path)
    own = isinstance(name, Unknown) or (name is not ABSENT and not str(name).startswith("default."))
    if own:
        return database.not_judged(path, f"{path} is a group of elsewhere")
    return database.fails(path, f"{path} is none of one's own, which would refuse connections without TLS")


@resource_rule(
    "rds-certificate-authority",
    DATABASE,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="An expired certificate stops every client that checks it, and teaches people not to check.",
    remedy="Set ca_cert_identifier to rds-ca-rsa2048-g1 or newer, or leave it out.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
)
def rds_certificate_authority(database: Resource, _: Settings) -> Iterator[Verdict]:
    """RDS takes a valid one where none is named."""
    yield database.must("caCertIdentifier", NOT_EXPIRED)


@resource_rule(
    "elasticache-tls",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ElastiCache.5",), pci=("4.2.1",), checkov=("CKV_AWS_30",)),
    reason="Sessions, tokens and the passwords of the cache's users pass between its clients and nodes.",
    remedy='Set transit_encryption_enabled=True, and transit_encryption_mode="required".',
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-5",
)
def elasticache_tls(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """Off unless switched on, and required then unless it says `preferred`."""
    if not cache.has("globalReplicationGroupId"):
        yield cache.must("transitEncryptionEnabled", IS_TRUE)
    yield cache.must("transitEncryptionMode", REQUIRED)


@graph_rule(
    "efs-tls-only",
    FILE_SYSTEM,
    FILE_SYSTEM_POLICY,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("4.2.1",)),
    reason="NFS is plain text unless the client wraps it.",
    remedy="Deny everybody all actions where aws:SecureTransport is false, in efs.FileSystemPolicy.",
    url="https://docs.aws.amazon.com/efs/latest/ug/encryption-in-transit.html",
)
def efs_tls_only(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """The file system refuses it; what the client asks for is its own affair."""
    for files in graph.of(FILE_SYSTEM):
        missing = "the file system has no policy that refuses plain text"
        policies, verdict = graph.companion(files, "fileSystemId", FILE_SYSTEM_POLICY, missing)
        yield verdict
        for policy in policies:
            yield must_refuse(policy, "plain text", "elasticfilesystem:ClientMount", PLAIN)


@resource_rule(
    "ecs-volume-tls",
    "aws:ecs/taskDefinition:TaskDefinition",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("4.2.1",), checkov=("CKV_AWS_97",)),
    reason="What a task writes to its volume crosses the network.",
    remedy='Set transit_encryption="ENABLED" in efs_volume_configuration.',
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html",
)
def ecs_volume_tls(task: Resource, _: Settings) -> Iterator[Verdict]:
    """Of volumes on EFS; off unless switched on."""
    for path, _volume in task.items("volumes"):
        if task.has(f"{path}.efsVolumeConfiguration"):
            yield task.must(f"{path}.efsVolumeConfiguration.transitEncryption", equals("ENABLED"))


@graph_rule(
    "s3-tls-only",
    BUCKET,
    BUCKET_POLICY,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("S3.5",), cis=("3.1.1",), pci=("4.2.1",), checkov=("CKV_AWS_379",)),
    reason="S3 answers over plain HTTP unless the bucket refuses it.",
    remedy="Deny everybody s3:* on the bucket and its objects where aws:SecureTransport is false.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-5",
)
def s3_tls_only(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In the bucket's policy."""
    for bucket in graph.of(BUCKET):
        missing = "the bucket has no policy that refuses plain HTTP"
        policies, verdict = graph.companion(bucket, "bucket", BUCKET_POLICY, missing)
        yield verdict
        for policy in policies:
            yield must_refuse(policy, "plain HTTP", "s3:ListBucket", PLAIN, BUCKET_ITSELF)
            yield must_refuse(policy, "plain HTTP to its objects", "s3:GetObject", PLAIN, ALL_OBJECTS)


@graph_rule(
    "s3-tls-12",
    BUCKET_POLICY,
    severity=Severity.LOW,
    reach=Reach.EVERYWHERE,
    reason="Terminals that still speak TLS 1.1 fail at once rather than on the day that AWS ends it.",
    remedy="Deny everybody s3:* where the NumericLessThan of s3:TlsVersion is 1.2, in the bucket's policy.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
)
def s3_tls_12(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of buckets with a policy; a bucket without one is what `s3-tls-only` speaks of."""
    for policy in graph.of(BUCKET_POLICY):
        refusals = (
            must_refuse(policy, "TLS before 1.2", "s3:GetObject", condition, ALL_OBJECTS)
            for condition in OLD_TLS
        )
        yield any_of(refusals)


@graph_rule(
    "sns-tls-only",
    TOPIC,
    TOPIC_POLICY,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("4.2.1",)),
    reason="SNS takes messages over plain HTTP unless the topic refuses it.",
    remedy="Deny everybody sns:Publish where aws:SecureTransport is false, in sns.TopicPolicy.",
    url="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit",
)
def sns_tls_only(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In the topic's policy, beside it or in it."""
    for topic in graph.of(TOPIC):
        yield from _messages(graph, topic, "arn", TOPIC_POLICY, "sns:Publish")


@graph_rule(
    "sqs-tls-only",
    QUEUE,
    QUEUE_POLICY,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("4.2.1",)),
    reason="SQS takes messages over plain HTTP unless the queue refuses it.",
    remedy="Deny everybody sqs:* where aws:SecureTransport is false, in sqs.QueuePolicy.",
    url="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
)
def sqs_tls_only(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In the queue's policy, beside it or in it."""
    for queue in graph.of(QUEUE):
        yield from _messages(graph, queue, "queueUrl", QUEUE_POLICY, "sqs:SendMessage")


def _messages(graph: Graph, holder: Resource, key: str, kind: str, action: str) -> Iterator[Verdict]:
    if holder.has("policy"):
        policies, verdict = [holder], holder.passes()
    else:
        missing = "no policy here or beside it refuses plain HTTP"
        policies, verdict = graph.companion(holder, key, kind, missing)
    yield verdict
    for policy in policies:
        yield must_refuse(policy, "plain HTTP", action, PLAIN)


@resource_rule(
    "lb-tls-policy",
    LISTENER,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ELB.17",), pci=("4.2.1",), checkov=("CKV_AWS_103",)),
    reason="Old versions of TLS and ciphers without forward secrecy let recorded payments be read later.",
    remedy="Set ssl_policy to one of the pack's tlsPolicies, and certificate_arn.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-17",
)
def lb_tls_policy(listener: Resource, settings: Settings) -> Iterator[Verdict]:
    """Of listeners that end TLS; without a policy, ELB takes one of 2016."""
    protocol = listener.get("protocol")
    if isinstance(protocol, Unknown):
        yield listener.not_judged("protocol")
    elif protocol in ENCRYPTED:
        yield listener.must("sslPolicy", one_of(settings.tls_policies))
        yield listener.must_be_given("certificateArn")


@graph_rule(
    "lb-http-redirects",
    LISTENER,
    LISTENER_RULE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ELB.1",), pci=("4.2.1",), checkov=("CKV_AWS_2", "CKV2_AWS_20")),
    reason="A listener that serves plain HTTP serves whoever listens on the way.",
    remedy="Let all actions of the listener and its rules redirect to protocol HTTPS.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-1",
)
def lb_http_redirects(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """All that a listener of HTTP does, its rules included."""
    for listener in graph.of(LISTENER):
        protocol = listener.get("protocol")
        if isinstance(protocol, Unknown):
            yield listener.not_judged("protocol")
        if protocol != "HTTP":
            continue
        yield from _redirects(listener, "defaultActions")
        for rule in graph.naming(listener, "listenerArn", LISTENER_RULE):
            yield from _redirects(rule, "actions")


def _redirects(resource: Resource, path: str) -> Iterator[Verdict]:
    for place, _action in resource.items(path):
        kind = resource.must(f"{place}.type", equals("redirect"))
        # ELB keeps the protocol of the request where none is named.
        yield (
            kind
            if kind.outcome is not Outcome.PASS
            else resource.must(f"{place}.redirect.protocol", equals("HTTPS"))
        )
