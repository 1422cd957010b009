"""The settings of a stack. Defaults are the requirement's figures; a stack's file holds what differs."""

import math
from typing import Annotated, Literal, get_args

from settings.fields import (
    AccountId,
    AdminCidr,
    BucketSuffix,
    Cidr,
    Days,
    Distinct,
    EndpointService,
    EnvironmentName,
    InfrequentAccessDays,
    KeptVersions,
    KeyDeletionDays,
    LogRetentionDays,
    PerZone,
    Port,
    Region,
    ReplicaRegion,
    Section,
    StackReference,
    TagValue,
    Years,
)

BucketKind = Literal["app-apk", "receipts", "settlements", "exports", "static-assets"]


class Tags(Section):
    """Who answers and who pays for a stack."""

    owner: TagValue
    """the team that answers for the stack, 1 to 256 characters that AWS allows in a tag"""
    cost_center: TagValue
    """the cost centre that pays for the stack, 1 to 256 characters that AWS allows in a tag"""


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


class Service(Section):
    """An application service on ECS. Requirements: ECS Services Deployed."""

    enabled: bool = True
    """true to run the service, false to leave it out"""
    port: Port
    """the port, 1024 to 65535, that container, target group and security group share"""


class Portal(Service):
    """svc-portal."""

    port: Port = 8002


class Smarttab(Service):
    """svc-smarttab."""

    port: Port = 8001


class Pgw(Service):
    """mpac-pgw."""

    port: Port = 8003


class Frontend(Service):
    """mpac-frontend: the requirements name a target group but no task, so it is off."""

    enabled: bool = False
    port: Port = 3000


class Services(Section):
    """The application services."""

    portal: Portal = Portal()
    smarttab: Smarttab = Smarttab()
    pgw: Pgw = Pgw()
    frontend: Frontend = Frontend()

    def enabled(self) -> dict[str, Service]:
        """Return the services that run, by name."""
        services: dict[str, Service] = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: service for name, service in services.items() if service.enabled}


class WebsocketLoadBalancer(Section):
    """A network load balancer for WebSockets. Requirements: Network Load Balancer, "if needed"."""

    enabled: bool = False
    """true to create it"""


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
    replica_region: Region | None = None
    """the region that keys and buckets are replicated to"""
    upstream: Upstream | None = None
    """the stack that this one stands by for"""
    network: Network
    """the ranges and zones of the network"""
    services: Services = Services()
    websocket_load_balancer: WebsocketLoadBalancer = WebsocketLoadBalancer()
    grafana_admin_cidrs: Annotated[tuple[AdminCidr, ...], Distinct] = ()
    """ranges that reach Grafana, each once"""
    encryption: Encryption = Encryption()
    storage: Storage = Storage()

    @property
    def bucket_kinds(self) -> tuple[BucketKind, ...]:
        """Kinds of buckets that the stack owns: all, or only what its upstream does not replicate to it."""
        return ("exports",) if self.upstream else get_args(BucketKind)

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
