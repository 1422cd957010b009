"""What can be set in the pack's configuration: levels of rules, and the figures that rules hold values to."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

Level = Literal["mandatory", "advisory", "disabled"]
# The policies that the engine sees, by their names; the first carries the settings of all.
CARRIER = "mandatory-resources"
POLICIES = (CARRIER, "advisory-resources", "remedies", "mandatory-stack", "advisory-stack")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Days = Annotated[int, Field(ge=1, le=3650)]
Port = Annotated[int, Field(ge=1, le=65535)]
# Policies of ELB that speak TLS 1.2 or newer with forward secrecy only.
TLS_POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
)


class PackError(Exception):
    """The pack cannot judge: its configuration, an exemption or a rule is wrong."""


class Settings(BaseModel):
    """The figures that rules use.

    Attributes:
        levels: Levels of single rules by id, in place of their own.
        production_stacks: Stacks in which the rules of production are mandatory.
        tls_policies: Policies that a TLS listener may have.
        database_backup_days: Least retention of a database's backups.
        cache_snapshot_days: Least retention of a cache's snapshots.
        backup_days: Least retention of what a backup plan makes, and least that the lock of a vault demands.
        object_days: Least age at which a bucket may let objects expire.
        log_retention_days: Least retention of a log group.
        unlogged_buckets: Parts of the names of buckets that need no log of access, such as those that only
            tasks of the stack read.
        key_deletion_days: Least waiting time before a key is deleted.
        role_session_seconds: Longest session of a role.
        port_range: Most ports that one rule of a security group may open.
        public_ports: Ports that a load balancer may offer to the world.
        outbound_ports: Ports at which the world may be reached.
        peered_ports: Ports that other private networks may reach, and be reached at.
        vpc_endpoints: Services that a network must have an endpoint for.
        waf_managed_groups: Groups of AWS's rules that a firewall must have.
        waf_counted_rules: Rules of those groups that may count only, as they would stop what is served.
        waf_rate_limit: Most requests of one address in a window that a firewall may let through.
        zones: Fewest zones that a service, a load balancer or a data store stands in.
        failover_seconds: Longest time from an outage to the switch of names.
        required_tags: Tags that each resource with tags must have.
        object_lock_years: Least lock by a part of a bucket's name.
        replicated_secrets: Parts of the names of secrets that another region must have too.
        password_length: Least length of a generated password.
        recovery_stacks: Stacks that stand by for another and may be smaller, but not weaker.
        baseline: What the stack that they stand by for has, by `type::name` and property. Read from
            `baseline.json`, which `make plan-accept` writes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _has_no_truth_values(cls, raw: Any) -> Any:
        """To Python, true is the number 1."""
        wrong = [name for name, value in raw.items() if isinstance(value, bool)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: true and false are no settings")
        return raw

    levels: Mapping[str, Level] = {}
    production_stacks: frozenset[Text] = frozenset({"prod", "dr"})
    tls_policies: frozenset[Text] = frozenset(TLS_POLICIES)
    database_backup_days: Days = 30
    cache_snapshot_days: Days = 7
    backup_days: Days = 14
    object_days: Days = 7
    log_retention_days: Days = 30
    unlogged_buckets: frozenset[Text] = frozenset()
    key_deletion_days: Annotated[int, Field(ge=7, le=30)] = 30
    role_session_seconds: Annotated[int, Field(ge=900, le=43200)] = 3600
    port_range: Annotated[int, Field(ge=1, le=65536)] = 16
    public_ports: frozenset[Port] = frozenset({80, 443})
    outbound_ports: frozenset[Port] = frozenset({443})
    peered_ports: frozenset[Port] = frozenset({5432})
    vpc_endpoints: frozenset[Text] = frozenset({"s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager"})
    waf_managed_groups: frozenset[Text] = frozenset(
        {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"}
    )
    waf_counted_rules: frozenset[Text] = frozenset()
    waf_rate_limit: Annotated[int, Field(ge=10, le=2_000_000_000)] = 10_000
    zones: Annotated[int, Field(ge=1, le=6)] = 2
    failover_seconds: Annotated[int, Field(ge=10, le=3600)] = 90
    required_tags: frozenset[Text] = frozenset()
    object_lock_years: Mapping[Text, Annotated[int, Field(ge=1, le=100)]] = {}
    replicated_secrets: frozenset[Text] = frozenset()
    password_length: Annotated[int, Field(ge=12, le=128)] = 20
    recovery_stacks: frozenset[Text] = frozenset({"dr"})
    baseline: Mapping[str, Mapping[str, Any]] = {}


def read_settings(raw: Mapping[str, Any], known_rules: Mapping[str, Any]) -> Settings:
    """Read the pack's settings.

    Raises:
        PackError: With everything that is wrong.
    """
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise PackError("\n".join(problems("the pack's configuration", error))) from None
    if unknown := sorted(settings.levels.keys() - known_rules.keys()):
        raise PackError(
            f"The pack's configuration sets a level for no rule that exists: {', '.join(unknown)}."
        )
    return settings


def problems(where: str, error: ValidationError) -> list[str]:
    """Put what pydantic found into lines."""
    return [
        f"{where}: {'.'.join(map(str, item['loc']))}: "
        + ("there is no such key" if item["type"] == "extra_forbidden" else item["msg"])
        for item in error.errors()
    ]
