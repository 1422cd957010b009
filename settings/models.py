"""The settings of a stack. Defaults are the requirement's figures; a stack's file holds what differs."""

import math
from typing import Annotated, Literal, get_args

from settings.backup import Backup, Budget
from settings.edge import Cdn, Dns, Failover, Firewall, LoadBalancer, WebsocketLoadBalancer
from settings.fields import (
    AccountId,
    AdminCidr,
    BackupDays,
    BucketSuffix,
    CacheNodeType,
    CacheReplicas,
    CacheShards,
    CacheVersion,
    Cidr,
    DatabaseClass,
    DatabaseConnections,
    Days,
    Distinct,
    Email,
    EndpointService,
    EnvironmentName,
    InfrequentAccessDays,
    Iops,
    KeptImages,
    KeptVersions,
    KeyDeletionDays,
    LogRetentionDays,
    PerZone,
    ReadReplicas,
    Region,
    RegistrySecretArn,
    ReplicaRegion,
    RepositoryName,
    Section,
    SnapshotDays,
    StackReference,
    StorageGib,
    TagValue,
    Years,
    daily,
    weekly,
)
from settings.observability import Observability
from settings.pooler import Pooler
from settings.services import Compute, Services
from settings.windows import before

BucketKind = Literal["app-apk", "receipts", "settlements", "exports", "static-assets"]


class Tags(Section):
    """Who answers and who pays for a stack."""

    owner: TagValue
    """the team that answers for the stack, 1 to 256 characters that AWS allows in a tag"""
    cost_center: TagValue
    """the cost centre that pays for the stack, 1 to 256 characters that AWS allows in a tag"""


class Peer(Section):
    """The network of the other region: its SQL task reaches the database here, and the other way round."""

    private_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """the three ranges of its tasks"""
    database_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """the three ranges of its databases"""


class Network(Section):
    """Requirements: Networking. A changed range, zone or subnet replaces what lies in it."""

    cidr: Cidr
    """the range of the VPC"""
    zones: Annotated[tuple[str, ...], PerZone, Distinct]
    """three different zones of the stack's region, in the order of the subnets"""
    public_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for load balancers and NAT gateways, one per zone"""
    private_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for tasks, one per zone"""
    database_subnets: Annotated[tuple[Cidr, ...], PerZone]
    """three ranges for databases and caches, one per zone"""
    peer: Peer | None = None
    """the network that this one is peered with; both stacks name each other's"""
    nat_gateways: Literal["perZone", "single"] = "perZone"
    """perZone, or single where an outage of its zone may cut off the others"""
    interface_endpoints: Annotated[tuple[EndpointService, ...], Distinct] = (
        "ecr.api",
        "ecr.dkr",
        "kms",
        "logs",
        "monitoring",
        "secretsmanager",
        "sts",
    )
    """AWS services that are reached without the NAT gateways, each once"""
    flow_log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


class Encryption(Section):
    """Customer-managed keys."""

    deletion_window_days: KeyDeletionDays = 30
    """days from 7 to 30 in which the deletion of a key can be taken back"""
    log_replica_regions: Annotated[tuple[ReplicaRegion, ...], Distinct] = ()
    """further regions where logs are encrypted, each once"""


class Records(Section):
    """Documents that the law asks for. Requirements: S3 Buckets."""

    infrequent_access_after_days: InfrequentAccessDays
    """days, at least 30, after which an object moves to STANDARD_IA"""
    glacier_after_days: Days
    """days, at least 1, after which an object moves to GLACIER"""
    retention_years: Years
    """years from 1 to 100 after which an object expires"""
    lock_years: Years
    """years from 1 to 100 in which Object Lock refuses to delete an object"""
    noncurrent_expire_after_days: Days = 30
    """days, at least 1, after which an expired or replaced object is deleted if its lock is over"""

    @property
    def expire_after_days(self) -> int:
        """Days of the retention, leap days included."""
        return math.ceil(self.retention_years * 365.25)


class Receipts(Records):
    """Receipts and invoices."""

    infrequent_access_after_days: InfrequentAccessDays = 90
    glacier_after_days: Days = 365
    retention_years: Years = 7
    lock_years: Years = 7


class Settlements(Records):
    """Settlement reports."""

    infrequent_access_after_days: InfrequentAccessDays = 30
    glacier_after_days: Days = 365
    retention_years: Years = 10
    lock_years: Years = 10


class Apk(Section):
    """Application packages for terminals."""

    kept_versions: KeptVersions = 10
    """versions from 2 to 101 that are kept, the current one included"""
    glacier_after_days: Days = 90
    """days, at least 1, after which a replaced version moves to GLACIER"""


class Exports(Section):
    """Files that users export."""

    expire_after_days: Days = 7
    """days, at least 1, after which an export is deleted"""


class StaticAssets(Section):
    """Files of the frontend."""

    noncurrent_expire_after_days: Days = 30
    """days, at least 1, for which a replaced file can be brought back"""


class Storage(Section):
    """Requirements: S3 Buckets."""

    name_suffix: BucketSuffix = ""
    """lower-case letters, digits and inner hyphens, for when a bucket's name is taken"""
    object_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    """GOVERNANCE, or COMPLIANCE, which nobody can take back before the lock ends"""
    receipts: Receipts = Receipts()
    settlements: Settlements = Settlements()
    apk: Apk = Apk()
    exports: Exports = Exports()
    static_assets: StaticAssets = StaticAssets()


class Alarms(Section):
    """Who is told when something is wrong."""

    emails: Annotated[tuple[Email, ...], Distinct] = ()
    """e-mail addresses, each once; AWS asks each for its consent"""


class Database(Section):
    """Requirements: RDS PostgreSQL, Backup Strategy, Read Replicas."""

    version: Literal["17", "18"] = "17"
    """major version of PostgreSQL, 17 or 18, in quotes; to raise it, go by docs/major-upgrade.md"""
    upgrade_from: Literal["17"] | None = None
    """the former major version, in quotes, for the one update that raises version, and no longer"""
    instance_class: DatabaseClass = "db.r6g.4xlarge"
    """class of every instance, such as db.r6g.4xlarge"""
    multi_az: bool = True
    """true for a synchronous stand-by in a second zone"""
    read_replicas: ReadReplicas = 2
    """read replicas from 0 to 3, each in a zone of its own"""
    storage_gib: StorageGib = 1024
    """GiB of storage from 100 to 65536"""
    max_storage_gib: StorageGib = 5120
    """GiB from 100 to 65536 that the storage may grow to by itself"""
    iops: Iops = 10000
    """operations per second of the storage, from 1000 to 256000"""
    max_connections: DatabaseConnections = 5000
    """connections from 20 to 5000 that each instance takes; a change waits until each is rebooted, in the
    order of docs/database-reboot.md"""
    backup_window: Annotated[str, daily(30)] = "03:00-03:30"
    """the half hour or more of the day, in UTC, in which backups are taken"""
    backup_retention_days: BackupDays = 30
    """days from 1 to 35 to which any point in time can be restored"""
    maintenance_window: Annotated[str, weekly(30)] = "sun:18:00-sun:19:00"
    """the half hour or more of the week, in UTC, in which AWS may restart the first instance; each read
    replica has one of the same length before it"""
    log_retention_days: LogRetentionDays = 90
    """days that CloudWatch Logs takes as a retention"""
    promoted: bool = False
    """true once a stand-by's database was promoted: it takes writes and has backups of its own"""

    @property
    def replica_maintenance_windows(self) -> tuple[str, ...]:
        """One for each read replica, one after the other, before that of the first instance.

        A minor version goes to the replicas first: one that is older than its primary may not understand it.
        """
        count = self.read_replicas
        return tuple(before(self.maintenance_window, count - index) for index in range(count))


class Cache(Section):
    """Requirements: ElastiCache Redis."""

    engine: Literal["valkey", "redis"] = "valkey"
    """valkey, or redis, which ends with version 7.1 and has no durability"""
    engine_version: CacheVersion = "9.0"
    """major and minor version of the engine, in quotes; it can be raised, never lowered; AWS
    does not raise it"""
    durability: Literal["async", "sync", "disabled"] = "async"
    """async, where the last 10 seconds of writes may be lost; sync, where none is, but each takes
    milliseconds; or disabled"""
    node_type: CacheNodeType = "cache.r6g.large"
    """a node type of ElastiCache"""
    shards: CacheShards = 3
    """primaries from 1 to 90 that share the data"""
    replicas_per_shard: CacheReplicas = 2
    """replicas of each primary, from 1 to 5"""
    snapshot_window: Annotated[str, daily(60)] = "04:00-05:00"
    """the hour or more of the day, in UTC, in which snapshots are taken"""
    snapshot_retention_days: SnapshotDays = 7
    """days from 1 to 35 for which a snapshot is kept"""
    maintenance_window: Annotated[str, weekly(60)] = "sun:19:00-sun:20:00"
    """the hour or more of the week, in UTC, in which AWS may replace nodes"""
    log_retention_days: LogRetentionDays = 30
    """days that CloudWatch Logs takes as a retention"""


class Registry(Section):
    """Images of the services."""

    repositories: Annotated[tuple[RepositoryName, ...], Distinct] = (
        "svc-portal",
        "svc-smarttab",
        "mpac-pgw",
        "mpac-frontend",
    )
    """names of repositories, each once, in lower-case letters, digits and inner hyphens"""
    kept_images: KeptImages = 100
    """images from 10 to 1000 of each repository that are kept, the newest first"""
    replicate: bool = False
    """true in the one stack of its account and region that sets what ECR replicates"""
    docker_hub_secret_arns: Annotated[tuple[RegistrySecretArn, ...], Distinct] = ()
    """for each region that caches images of Docker Hub, the ARN of a secret there named
    ecr-pullthroughcache/..., with username and accessToken, under AWS's own key for Secrets Manager"""


class Upstream(Section):
    """The stack that this one stands by for."""

    stack: StackReference
    """the full name of the stack whose contract is read: organization/project/stack"""
    peering: bool = True
    """true to connect both networks, which needs the upstream's region at deployment"""


class Settings(Section):
    """All settings of a stack."""

    environment: EnvironmentName
    """the name of the stack, 2 to 10 lower-case letters and digits, as it appears in names of resources"""
    region: Region
    """the region of the stack"""
    account_id: AccountId
    """the 12 digits of the only AWS account to deploy to, in quotes"""
    tags: Tags
    """owner and costCenter, which every resource is tagged with"""
    protect: bool = True
    """true to refuse the deletion of whatever holds data, false for a stack without data to lose"""
    given_up: Annotated[tuple[str, ...], Distinct] = ()
    """ids, each once, of what held data and is gone for good: it is made anew, empty. An update that finds
    something gone names the id"""
    replica_region: Region | None = None
    """the region that keys and buckets are replicated to"""
    upstream: Upstream | None = None
    """the stack that this one stands by for"""
    network: Network
    """the ranges and zones of the network"""
    services: Services = Services()
    compute: Compute = Compute()
    dns: Dns = Dns()
    failover: Failover = Failover()
    load_balancer: LoadBalancer = LoadBalancer()
    websocket_load_balancer: WebsocketLoadBalancer = WebsocketLoadBalancer()
    cdn: Cdn = Cdn()
    firewall: Firewall = Firewall()
    grafana_admin_cidrs: Annotated[tuple[AdminCidr, ...], Distinct] = ()
    """ranges that reach Grafana, each once"""
    encryption: Encryption = Encryption()
    storage: Storage = Storage()
    alarms: Alarms = Alarms()
    database: Database = Database()
    cache: Cache = Cache()
    registry: Registry = Registry()
    pooler: Pooler = Pooler()
    backup: Backup = Backup()
    budget: Budget = Budget()
    observability: Observability = Observability()

    @property
    def bucket_kinds(self) -> tuple[BucketKind, ...]:
        """Kinds of buckets that the stack owns: all, or only what its upstream does not replicate to it."""
        return ("exports",) if self.upstream else get_args(BucketKind)

    @property
    def repositories(self) -> tuple[str, ...]:
        """Repositories that the stack owns; with an upstream none, for its images are replicated."""
        return () if self.upstream else self.registry.repositories

    @property
    def default_tags(self) -> dict[str, str]:
        """Tags of every resource of the stack."""
        return {
            "Project": "mpac",
            "Environment": self.environment,
            "Owner": self.tags.owner,
            "CostCenter": self.tags.cost_center,
            "ManagedBy": "pulumi",
        }
