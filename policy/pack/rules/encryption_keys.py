"""Data is encrypted with keys of one's own, whose use can be seen, limited and stopped."""

from collections.abc import Iterator

from ..backups import region
from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule
from ..settings import Settings
from ..values import read
from ..verdicts import IS_TRUE, Outcome, Verdict, one_of
from .encryption import BUCKET, BUCKET_ENCRYPTION, KMS_ALGORITHMS, encryption_of

INSTANCE = "aws:rds/instance:Instance"
DATABASES = (INSTANCE, "aws:rds/cluster:Cluster")
REPOSITORY = "aws:ecr/repository:Repository"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
REASON = "Who may read the data is decided by the policy of its key, and each use of the key is on record."


@graph_rule(
    "rds-own-key",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(pci=("3.5.1",)),
    reason=REASON,
    remedy="Set kms_key_id to the ARN of a KMS key of the stack.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html",
)
def rds_own_key(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A replica in the region of its source has the key of its source; elsewhere it needs its own."""
    for database in graph.of(*DATABASES):
        if database.has("kmsKeyId") or not is_beside_source(graph, database):
            yield graph.key_of(database, "kmsKeyId")


def is_beside_source(graph: Graph, database: Resource) -> bool:
    """Whether a database is a replica in the region of its source, which is then named by its identifier."""
    source = read(database.inputs, "replicateSourceDb")
    if isinstance(source, str):
        return bool(source) and not source.startswith("arn:")
    found = graph.targets(database, "replicateSourceDb", INSTANCE)
    return any(region(graph, item) == region(graph, database) for item in found)


@graph_rule(
    "rds-insights-own-key",
    *DATABASES,
    severity=Severity.MEDIUM,
    reach=Reach.ADVISORY,
    controls=Controls(checkov=("CKV_AWS_354",)),
    reason="Performance Insights keeps the text of queries, which may hold data of customers.",
    remedy="Set performance_insights_kms_key_id to the ARN of a KMS key of the stack.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Enabling.html",
)
def rds_insights_own_key(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Where Performance Insights is on."""
    for database in graph.of(*DATABASES):
        switch = database.must("performanceInsightsEnabled", IS_TRUE)
        if switch.outcome is Outcome.PASS:
            yield graph.key_of(database, "performanceInsightsKmsKeyId")
        elif switch.outcome is Outcome.NOT_JUDGED:
            yield switch


@graph_rule(
    "s3-own-key",
    BUCKET,
    BUCKET_ENCRYPTION,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("S3.17",), checkov=("CKV_AWS_145",)),
    reason=REASON,
    remedy="Set sse_algorithm='aws:kms' and kms_master_key_id to the ARN of a KMS key of the stack.",
    url=f"{SECURITY_HUB}/s3-controls.html#s3-17",
)
def s3_own_key(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Not the buckets that load balancers and S3 write logs to: they write with no key but that of S3."""
    logs = {bucket.urn for bucket in log_buckets(graph)}
    for bucket in graph.of(BUCKET):
        for resource, path in () if bucket.urn in logs else encryption_of(graph, bucket):
            verdict = resource.must(f"{path}.sseAlgorithm", one_of(KMS_ALGORITHMS))
            yield verdict
            if verdict.outcome is Outcome.PASS:
                yield graph.key_of(resource, f"{path}.kmsMasterKeyId")


def log_buckets(graph: Graph) -> Iterator[Resource]:
    """Find the buckets that access logs go to."""
    for balancer in graph.of(LOAD_BALANCER):
        for path in ("accessLogs.bucket", "connectionLogs.bucket"):
            yield from graph.targets(balancer, path, BUCKET)
    for logging in graph.of(BUCKET_LOGGING):
        yield from graph.targets(logging, "targetBucket", BUCKET)


@graph_rule(
    "ecr-own-key",
    REPOSITORY,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_136",)),
    reason=REASON,
    remedy="Set encryption_configurations to type KMS with the ARN of a KMS key of the stack.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html",
)
def ecr_own_key(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A repository takes the keys of S3 unless told otherwise."""
    for repository in graph.of(REPOSITORY):
        path = "encryptionConfigurations[0]"
        verdict = repository.must(f"{path}.encryptionType", one_of({"KMS", "KMS_DSSE"}))
        yield verdict
        if verdict.outcome is Outcome.PASS:
            yield graph.key_of(repository, f"{path}.kmsKey")


def _own_key(
    rule: str,
    type_: str,
    path: str,
    argument: str,
    *,
    url: str,
    controls: Controls,
    reach: Reach = Reach.EVERYWHERE,
) -> None:
    """Declare the rule that one input of a type names a key of one's own."""

    def test(graph: Graph, _: Settings) -> Iterator[Verdict]:
        for resource in graph.of(type_):
            yield graph.key_of(resource, path)

    graph_rule(
        rule,
        type_,
        severity=Severity.MEDIUM,
        reach=reach,
        controls=controls,
        reason=REASON,
        remedy=f"Set {argument} to the ARN of a KMS key of one's own.",
        url=url,
    )(test)


_own_key(
    "rds-backup-copies-own-key",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "kmsKeyId",
    "kms_key_id",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html",
    controls=Controls(checkov=("CKV_AWS_245",)),
)
_own_key(
    "elasticache-own-key",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "kmsKeyId",
    "kms_key_id",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html",
    controls=Controls(pci=("3.5.1",), checkov=("CKV_AWS_191",)),
)
_own_key(
    "efs-own-key",
    "aws:efs/fileSystem:FileSystem",
    "kmsKeyId",
    "kms_key_id",
    url=f"{SECURITY_HUB}/efs-controls.html#efs-1",
    controls=Controls(fsbp=("EFS.1",), checkov=("CKV_AWS_184",)),
)
_own_key(
    "sns-own-key",
    "aws:sns/topic:Topic",
    "kmsMasterKeyId",
    "kms_master_key_id",
    url=f"{SECURITY_HUB}/sns-controls.html#sns-1",
    controls=Controls(fsbp=("SNS.1",), checkov=("CKV_AWS_26",)),
)
_own_key(
    "log-group-own-key",
    "aws:cloudwatch/logGroup:LogGroup",
    "kmsKeyId",
    "kms_key_id",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    controls=Controls(pci=("10.5.1",), checkov=("CKV_AWS_158",)),
)
_own_key(
    "backup-vault-own-key",
    "aws:backup/vault:Vault",
    "kmsKeyArn",
    "kms_key_arn",
    url=f"{SECURITY_HUB}/backup-controls.html#backup-1",
    controls=Controls(fsbp=("Backup.1",), checkov=("CKV_AWS_166",)),
)
# A recommendation: figures of a platform are no data of its customers, a new key replaces the workspace, and
# keys of more than one region are refused.
_own_key(
    "prometheus-own-key",
    "aws:amp/workspace:Workspace",
    "kmsKeyArn",
    "kms_key_arn",
    url="https://docs.aws.amazon.com/prometheus/latest/userguide/encryption-at-rest-Amazon-Service-Prometheus.html",
    controls=Controls(),
    reach=Reach.ADVISORY,
)
