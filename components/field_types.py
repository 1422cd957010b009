"""Types of single settings: the rules that need no other setting."""

from collections.abc import Callable, Collection
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, Field

from .regions import (
    CACHE_NODE_TYPES,
    CITIES,
    FARGATE_SIZES,
    LOG_RETENTION_DAYS,
    RESERVED_PORTS,
    ZONES,
)
from .section import did_you_mean, refusal
from .windows import daily_window, weekly_window

PRIVATE_RANGES = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def one_of(known: Collection[str]) -> AfterValidator:
    """Check for one of the values that AWS knows."""

    def check(value: str) -> str:
        if value not in known:
            raise refusal("is none of the known values", did_you_mean(value, known))
        return value

    return AfterValidator(check)


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise refusal(f"lists {', '.join(twice)} more than once", "list each value once")
    return values


def _network(value: str) -> IPv4Network:
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise refusal("must be an IPv4 range in CIDR notation", 'write it like "10.0.0.0/16"') from None
    if str(network) != value:
        raise refusal("must be the first address of the range and its prefix length", f'write "{network}"')
    return network


def _private_network(value: str) -> str:
    network = _network(value)
    if not 16 <= network.prefixlen <= 28:  # noqa: PLR2004
        raise refusal("must be a /16 to /28, the sizes that AWS takes", "choose a range of such a size")
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        ranges = ", ".join(map(str, PRIVATE_RANGES))
        raise refusal("must be in a private range (RFC 1918)", f"choose it from {ranges}")
    return value


def _admin_network(value: str) -> str:
    if _network(value).prefixlen < 8:  # noqa: PLR2004
        raise refusal("opens Grafana to more than a /8", "name the ranges of the offices or of the VPN")
    return value


def _free_port(value: int) -> int:
    if value in RESERVED_PORTS:
        raise refusal(f"is the port of {RESERVED_PORTS[value]}", "choose another port from 1024 to 65535")
    return value


def _fargate_cpu(value: int) -> int:
    if value not in FARGATE_SIZES:
        units = ", ".join(map(str, FARGATE_SIZES))
        raise refusal("is no number of CPU units that Fargate has", f"choose from {units}")
    return value


def _immutable(value: str) -> str:
    if value == "latest":
        raise refusal("names no certain image", "name the tag of a release, or a sha256:... digest")
    return value


def _immutable_reference(value: str) -> str:
    _immutable(value.rpartition(":")[2])
    return value


def _no_regional_host(value: str) -> str:
    for city in CITIES.values():
        if value.endswith(f"-{city}"):
            raise refusal(
                "is written as the regional name of a host", f"choose one that does not end with -{city}"
            )
    return value


def _log_retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        days = ", ".join(map(str, LOG_RETENTION_DAYS))
        raise refusal("is no retention that CloudWatch Logs knows", f"choose from {days}")
    return value


def _window(read: Callable[[str], range], example: str, minutes: int) -> AfterValidator:
    def check(value: str) -> str:
        try:
            length = len(read(value))
        except ValueError:
            raise refusal("is no window of time", f'write it like "{example}", in UTC') from None
        if length < minutes:
            raise refusal(
                f"is shorter than the {minutes} minutes that AWS wants", "begin earlier or end later"
            )
        return value

    return AfterValidator(check)


def daily(minutes: int) -> AfterValidator:
    """Check for a daily window of at least so many minutes."""
    return _window(daily_window, "04:00-05:00", minutes)


def weekly(minutes: int) -> AfterValidator:
    """Check for a weekly window of at least so many minutes."""
    return _window(weekly_window, "sun:18:00-sun:19:00", minutes)


# Load balancers have names of 32 characters at most, and carry the environment in them.
EnvironmentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,9}$")]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
TagValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9 _.:/=+\-@]{1,256}$")]
StackReference = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+/[\w.-]+$")]

Region = Annotated[str, one_of(ZONES)]
LogRetentionDays = Annotated[int, AfterValidator(_log_retention)]


CacheNodeType = Annotated[str, one_of(CACHE_NODE_TYPES)]
CacheVersion = Annotated[str, Field(pattern=r"^[0-9]\.[0-9]$")]
# The first is what a cluster has by default, see "Cluster node limits" of ElastiCache.
CacheShards = Annotated[int, Field(ge=1, le=90)]
# Without a replica nothing could take over.
CacheReplicas = Annotated[int, Field(ge=1, le=5)]
SnapshotDays = Annotated[int, Field(ge=1, le=35)]


Cidr = Annotated[str, AfterValidator(_private_network)]
AdminCidr = Annotated[str, AfterValidator(_admin_network)]
Port = Annotated[int, Field(ge=1024, le=65535), AfterValidator(_free_port)]
Distinct = AfterValidator(_distinct)

# A tag of ECR, or a digest.
ImageVersion = Annotated[
    str,
    Field(pattern=r"^(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$"),
    AfterValidator(_immutable),
]
FargateCpu = Annotated[int, AfterValidator(_fargate_cpu)]
# What goes with each number of CPU units is checked with it.
MemoryMib = Annotated[int, Field(ge=512, le=122880)]
# A service of ECS runs 5,000 at most, of which an account is given far fewer.
Tasks = Annotated[int, Field(ge=1, le=1000)]
# Of the 63 characters of a label; regional names add a city to it.
HostLabel = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$"),
    AfterValidator(_no_regional_host),
]
# Of the 128 characters that a condition of a listener's rule takes.
PathPattern = Annotated[str, Field(pattern=r"^/[A-Za-z0-9_.$/~@:&+*?-]{0,127}$")]
# Registry and path, and a tag or a digest.
ImageReference = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$"),
    AfterValidator(_immutable_reference),
]
