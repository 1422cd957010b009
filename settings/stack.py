"""The settings of a stack. Defaults are the requirement's figures; a stack's file holds what differs."""

from typing import Annotated, get_args

from components.backup.settings import BackupSettings
from components.budgets.settings import BudgetSettings
from components.cache.settings import CacheSettings
from components.cdn.settings import CdnSettings
from components.compute.settings import ComputeSettings, Services
from components.database.settings import DatabaseSettings
from components.dns.settings import DnsSettings, FailoverSettings
from components.elb.settings import AlbSettings, NlbSettings
from components.encryption.settings import EncryptionSettings
from components.field_types import (
    AccountId,
    AdminCidr,
    Distinct,
    EnvironmentName,
    Region,
    StackReference,
    TagValue,
)
from components.monitoring.settings import AlarmSettings
from components.network.settings import NetworkSettings
from components.observability.settings import ObservabilitySettings
from components.pgbouncer.settings import PgBouncerSettings
from components.registry.settings import RegistrySettings
from components.section import Section
from components.storage.settings import BucketKind, StorageSettings
from components.waf.settings import WafSettings


class Tags(Section):
    """Who answers and who pays for a stack."""

    owner: TagValue
    """the team that answers for the stack, 1 to 256 characters that AWS allows in a tag"""
    cost_center: TagValue
    """the cost centre that pays for the stack, 1 to 256 characters that AWS allows in a tag"""


class PrimaryStack(Section):
    """The stack that this one stands by for."""

    stack: StackReference
    """the full name of the stack whose contract is read: organization/project/stack"""
    peering: bool = True
    """true to connect both networks, which needs the primary stack's region at deployment"""


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
    primary_stack: PrimaryStack | None = None
    """the stack that this one stands by for"""
    network: NetworkSettings
    """the ranges and zones of the network"""
    services: Services = Services()
    compute: ComputeSettings = ComputeSettings()
    dns: DnsSettings = DnsSettings()
    failover: FailoverSettings = FailoverSettings()
    alb: AlbSettings = AlbSettings()
    nlb: NlbSettings = NlbSettings()
    cdn: CdnSettings = CdnSettings()
    waf: WafSettings = WafSettings()
    grafana_admin_cidrs: Annotated[tuple[AdminCidr, ...], Distinct] = ()
    """ranges that reach Grafana, each once"""
    encryption: EncryptionSettings = EncryptionSettings()
    storage: StorageSettings = StorageSettings()
    alarms: AlarmSettings = AlarmSettings()
    database: DatabaseSettings = DatabaseSettings()
    cache: CacheSettings = CacheSettings()
    registry: RegistrySettings = RegistrySettings()
    pgbouncer: PgBouncerSettings = PgBouncerSettings()
    backup: BackupSettings = BackupSettings()
    budget: BudgetSettings = BudgetSettings()
    observability: ObservabilitySettings = ObservabilitySettings()

    @property
    def bucket_kinds(self) -> tuple[BucketKind, ...]:
        """Kinds of buckets that the stack owns: all, or what its primary stack does not replicate to it."""
        return ("exports",) if self.primary_stack else get_args(BucketKind)

    @property
    def repositories(self) -> tuple[str, ...]:
        """Repositories that the stack owns, of each service one; a standby's images are replicated to it."""
        return () if self.primary_stack else tuple(each.task_name for each in self.services.all().values())

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
