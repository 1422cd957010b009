"""What can be set in the pack's configuration: levels of rules, and the figures that rules hold values to."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

Level = Literal["mandatory", "advisory", "disabled"]
Days = Annotated[int, Field(ge=1, le=3650)]
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
        log_retention_days: Least retention of a log group.
        key_deletion_days: Least waiting time before a key is deleted.
        failover_seconds: Longest time from an outage to the switch of names.
        required_tags: Tags that each resource with tags must have.
        object_lock_years: Least lock by a part of a bucket's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    levels: Mapping[str, Level] = {}
    production_stacks: frozenset[str] = frozenset({"prod", "dr"})
    tls_policies: frozenset[str] = frozenset(TLS_POLICIES)
    database_backup_days: Days = 30
    cache_snapshot_days: Days = 7
    log_retention_days: Days = 30
    key_deletion_days: Annotated[int, Field(ge=7, le=30)] = 30
    failover_seconds: Annotated[int, Field(ge=10, le=3600)] = 90
    required_tags: frozenset[str] = frozenset()
    object_lock_years: Mapping[str, Annotated[int, Field(ge=1, le=100)]] = {}


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
    return [f"{where}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
