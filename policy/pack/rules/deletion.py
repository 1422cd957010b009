"""What holds data, or what others depend on, is not deleted by mistake."""

from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import Unknown
from ..verdicts import IS_FALSE, IS_SET, IS_TRUE, Check, Verdict, equals
from .backup import is_of_unknown_source
from .encryption import BUCKET
from .encryption_keys import DATABASES, is_beside_source

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
VAULT = "aws:backup/vault:Vault"
ZONE = "aws:route53/zone:Zone"
REPOSITORY = "aws:ecr/repository:Repository"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
USER_POOL = "aws:cognito/userPool:UserPool"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
# What is lost with them is data, or an address, a network or a key that others know.
PROTECTED = (
    *DATABASES,
    CACHE,
    VAULT,
    ZONE,
    REPOSITORY,
    LOAD_BALANCER,
    USER_POOL,
    LOG_GROUP,
    BUCKET,
    "aws:amp/workspace:Workspace",
    "aws:cloudfront/distribution:Distribution",
    "aws:dynamodb/table:Table",
    "aws:ec2/eip:Eip",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:efs/fileSystem:FileSystem",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "aws:secretsmanager/secret:Secret",
)
# By type, the input that lets something be deleted with all that is in it.
FORCE = {BUCKET: "forceDestroy", VAULT: "forceDestroy", ZONE: "forceDestroy", REPOSITORY: "forceDelete"}
PULUMI_PROTECT = "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/"


@resource_rule(
    "stateful-protected",
    *PROTECTED,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A mistake in the program, or a rename, deletes what cannot be made anew.",
    remedy="Set the resource option protect=True.",
    url=PULUMI_PROTECT,
)
def stateful_protected(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """A log group that outlives its stack needs no protection."""
    outlives = resource.get("skipDestroy") if resource.type == LOG_GROUP else False
    if resource.protect or IS_TRUE.test(outlives):
        yield resource.passes()
    elif isinstance(outlives, Unknown):
        yield resource.not_judged("skipDestroy")
    else:
        yield resource.fails("", "the resource is not protected")


@resource_rule(
    "rds-deletion-protection",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.8",), checkov=("CKV_AWS_293",)),
    reason="Whoever may delete databases deletes the wrong one once.",
    remedy="Set deletion_protection=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-8",
)
def rds_deletion_protection(database: Resource, _: Settings) -> Iterator[Verdict]:
    """Replicas included: queries go to them."""
    yield database.must("deletionProtection", IS_TRUE)


@resource_rule(
    "rds-final-snapshot",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="A database that is deleted comes back from its last snapshot, if there is one.",
    remedy="Set skip_final_snapshot=False and final_snapshot_identifier.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
)
def rds_final_snapshot(database: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS refuses a final snapshot of a replica."""
    if not database.has("replicateSourceDb"):
        yield database.must("skipFinalSnapshot", IS_FALSE)
        yield database.must("finalSnapshotIdentifier", IS_SET)


@graph_rule(
    "rds-backups-outlive",
    *DATABASES,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="By default, all backups of a database are deleted with it.",
    remedy="Set delete_automated_backups=False.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
)
def rds_backups_outlive(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """A replica beside its source has none; one in another region is there to be promoted."""
    kept = Check("false", lambda value: value in (False, "false"))
    for database in graph.of(*DATABASES):
        path = "deleteAutomatedBackups"
        if is_of_unknown_source(database) and not kept.test(database.get(path)):
            yield database.not_judged(path, "the source of the replica is not known yet")
        elif not is_beside_source(graph, database):
            yield database.must(path, kept)


@resource_rule(
    "elasticache-final-snapshot",
    CACHE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A cache that is deleted comes back from its last snapshot, if there is one.",
    remedy="Set final_snapshot_identifier.",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-final.html",
)
def elasticache_final_snapshot(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """Without a name, AWS makes none."""
    yield cache.must("finalSnapshotIdentifier", IS_SET)


@resource_rule(
    "lb-deletion-protection",
    LOAD_BALANCER,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ELB.6",), checkov=("CKV_AWS_150",)),
    reason="A new load balancer has a new name, and all who call the old one fail.",
    remedy="Set enable_deletion_protection=True.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-6",
)
def lb_deletion_protection(balancer: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS protects none unless told to."""
    yield balancer.must("enableDeletionProtection", IS_TRUE)


@resource_rule(
    "cognito-deletion-protection",
    USER_POOL,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="Passwords cannot be exported: with the pool, all of its users are lost.",
    remedy='Set deletion_protection="ACTIVE".',
    url="https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html",
)
def cognito_deletion_protection(pool: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS protects none unless told to."""
    yield pool.must("deletionProtection", equals("ACTIVE"))


@resource_rule(
    "no-forced-deletion",
    *FORCE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    reason="AWS refuses to delete what is not empty, unless it is told to delete all that is in it as well.",
    remedy="Leave force_destroy and force_delete away, or set them to False.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/",
)
def no_forced_deletion(resource: Resource, _: Settings) -> Iterator[Verdict]:
    """Of buckets, vaults, zones and repositories."""
    yield resource.must(FORCE[resource.type], IS_FALSE)
