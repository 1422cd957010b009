"""Everything that is stored is encrypted."""

from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, IS_SET, IS_TRUE, Outcome, Verdict, equals, one_of

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
CLUSTER = "aws:ecs/cluster:Cluster"
SERVICE = "aws:ecs/service:Service"
KMS_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})
ALGORITHMS = KMS_ALGORITHMS | {"AES256"}
EXEC = "configuration.executeCommandConfiguration"


@resource_rule(
    "rds-storage-encrypted",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.3",), cis=("3.2.1",), pci=("3.5.1",), checkov=("CKV_AWS_16",)),
    reason="A database's disks, snapshots and backups must be unreadable without its key.",
    remedy="Set storage_encrypted=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-3",
)
def rds_storage_encrypted(database: Resource, _: Settings) -> Iterator[Verdict]:
    """A replica is encrypted as its source is, unless it says otherwise."""
    if not database.has("replicateSourceDb") or database.has("storageEncrypted"):
        yield database.must("storageEncrypted", IS_TRUE)


@resource_rule(
    "elasticache-encrypted",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ElastiCache.4",), pci=("3.5.1",), checkov=("CKV_AWS_29",)),
    reason="Snapshots put the sessions and tokens of a cache on disk.",
    remedy="Set at_rest_encryption_enabled=True.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-4",
)
def elasticache_encrypted(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """Valkey encrypts by default, Redis does not; a secondary of a global cache is as its primary."""
    path = "atRestEncryptionEnabled"
    value = cache.get(path)
    if value is ABSENT:
        if cache.has("globalReplicationGroupId"):
            return
        engine = cache.get("engine")
        value = engine if isinstance(engine, Unknown) or engine != "valkey" else True
    yield IS_TRUE(cache.urn, path, value)


@resource_rule(
    "efs-encrypted",
    "aws:efs/fileSystem:FileSystem",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("EFS.1", "EFS.8"), cis=("3.3.1",), checkov=("CKV_AWS_42",)),
    reason="A file system that was made unencrypted stays so.",
    remedy="Set encrypted=True.",
    url=f"{SECURITY_HUB}/efs-controls.html#efs-8",
)
def efs_encrypted(files: Resource, _: Settings) -> Iterator[Verdict]:
    """EFS does not encrypt by default when it is called by its API."""
    yield files.must("encrypted", IS_TRUE)


@resource_rule(
    "sqs-encrypted",
    "aws:sqs/queue:Queue",
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("SQS.1",), checkov=("CKV_AWS_27",)),
    reason="Messages lie in a queue for days.",
    remedy="Set sqs_managed_sse_enabled=True or kms_master_key_id.",
    url=f"{SECURITY_HUB}/sqs-controls.html#sqs-1",
)
def sqs_encrypted(queue: Resource, _: Settings) -> Iterator[Verdict]:
    """SQS encrypts a new queue unless told not to."""
    if queue.has("kmsMasterKeyId") or queue.get("sqsManagedSseEnabled") is ABSENT:
        yield queue.passes("sqsManagedSseEnabled")
    else:
        yield queue.must("sqsManagedSseEnabled", IS_TRUE)


@graph_rule(
    "s3-encrypted",
    BUCKET,
    BUCKET_ENCRYPTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_19",)),
    reason="How a bucket encrypts is decided in the program, not by a default of the day.",
    remedy="Declare a BucketServerSideEncryptionConfiguration with an sse_algorithm for the bucket.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html",
)
def s3_encrypted(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """The configuration of its own, or the one inside the bucket that older programs have."""
    for bucket in graph.of(BUCKET):
        if not bucket.has("serverSideEncryptionConfiguration"):
            missing = "the bucket has no configuration of its encryption"
            yield graph.companion(bucket, "bucket", BUCKET_ENCRYPTION, missing)[1]
        for resource, path in encryption_of(graph, bucket):
            yield resource.must(f"{path}.sseAlgorithm", one_of(ALGORITHMS))
    for configuration in graph.of(BUCKET_ENCRYPTION):
        yield configuration.must("rules", IS_SET)


@graph_rule(
    "s3-replicas-encrypted",
    REPLICATION,
    BUCKET_ENCRYPTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="A replication without a key for the copies leaves out what a KMS key encrypts.",
    remedy="Enable source_selection_criteria.sse_kms_encrypted_objects and set "
    "destination.encryption_configuration.replica_kms_key_id.",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
)
def s3_replicas_encrypted(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Copies of what a KMS key encrypts, or of what the replication itself says it does."""
    for replication in graph.of(REPLICATION):
        algorithms = [
            resource.get(f"{path}.sseAlgorithm")
            for bucket in graph.targets(replication, "bucket", BUCKET)
            for resource, path in encryption_of(graph, bucket)
        ]
        for path, _rule in replication.items("rules"):
            selects = f"{path}.sourceSelectionCriteria.sseKmsEncryptedObjects.status"
            if KMS_ALGORITHMS.intersection(item for item in algorithms if isinstance(item, str)):
                yield replication.must(selects, equals("Enabled"))
            elif any(isinstance(item, Unknown) for item in algorithms):
                yield replication.not_judged(selects, "the encryption of the bucket is not known yet")
                continue
            elif replication.get(selects) != "Enabled":
                continue
            yield graph.key_of(replication, f"{path}.destination.encryptionConfiguration.replicaKmsKeyId")


@graph_rule(
    "ecs-exec-encrypted",
    CLUSTER,
    SERVICE,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(checkov=("CKV_AWS_223",)),
    reason="A shell in a running task shows secrets, so its session is recorded, and the record encrypted.",
    remedy="Set enable_execute_command=False, or configuration.execute_command_configuration of the cluster "
    "with encrypted logs.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
)
def ecs_exec_encrypted(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Either no service allows a shell, or its cluster logs the session.

    TLS encrypts every session. A key on top is not asked for (CKV_AWS_224), for its policy would have to let
    the tasks and whoever opens a shell use it themselves; one that is given is one's own:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html
    """
    for cluster in graph.of(CLUSTER):
        if cluster.has(EXEC):
            if cluster.has(f"{EXEC}.kmsKeyId"):
                yield graph.key_of(cluster, f"{EXEC}.kmsKeyId")
            yield from _exec_logs(cluster)
    for service in graph.of(SERVICE):
        verdict = service.must("enableExecuteCommand", IS_FALSE)
        if verdict.outcome is Outcome.FAIL:
            clusters = graph.targets(service, "cluster", CLUSTER)
            if any(cluster.has(EXEC) for cluster in clusters):
                continue
            if not clusters:
                verdict = service.not_judged("enableExecuteCommand", "the cluster is not known")
        yield verdict


def _exec_logs(cluster: Resource) -> Iterator[Verdict]:
    logging = f"{EXEC}.logging"
    value = cluster.get(logging)
    if value is not ABSENT:
        yield cluster.must(logging, one_of({"DEFAULT", "OVERRIDE"}))
    for target, flag in (
        ("cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"),
        ("s3BucketName", "s3BucketEncryptionEnabled"),
    ):
        if cluster.has(f"{EXEC}.logConfiguration.{target}") and value == "OVERRIDE":
            yield cluster.must(f"{EXEC}.logConfiguration.{flag}", IS_TRUE)


def encryption_of(graph: Graph, bucket: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield where the defaults of a bucket's encryption are declared: the resource and the path."""
    default = "applyServerSideEncryptionByDefault"
    if bucket.has("serverSideEncryptionConfiguration"):
        yield bucket, f"serverSideEncryptionConfiguration.rule.{default}"
    for configuration in graph.naming(bucket, "bucket", BUCKET_ENCRYPTION):
        for path, _rule in configuration.items("rules"):
            yield configuration, f"{path}.{default}"
