"""Types of single settings: the rules that need no other setting."""

from collections.abc import Callable, Collection
from difflib import get_close_matches
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from settings.regions import (
    CACHE_NODE_TYPES,
    CHECKER_REGIONS,
    CITIES,
    ENDPOINT_SERVICES,
    FARGATE_SIZES,
    FILE_AGE_DAYS,
    GLOBAL_REGION,
    LOG_RETENTION_DAYS,
    RESERVED_PORTS,
    TLS_POLICIES,
    ZONES,
)
from settings.windows import daily_window, weekly_window

PRIVATE_RANGES = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# S3 keeps these endings for access points and for directory and table buckets.
RESERVED_BUCKET_ENDINGS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")


class InvalidInput(AttributeError):  # noqa: N818  no error of the program's: it ends a check
    """A check came to a setting that is missing or not valid."""


class Section(BaseModel):
    """A group of settings: frozen, in camelCase, without room for unknown keys.

    The docstring of each setting completes the sentence "give ..." in error messages.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, use_attribute_docstrings=True
    )

    if not TYPE_CHECKING:  # else a type checker would believe in every attribute

        def __getattr__(self, name: str) -> object:
            if name in type(self).model_fields:
                raise InvalidInput(name)
            return super().__getattr__(name)


def refusal(rule: str, remedy: str) -> PydanticCustomError:
    """Build an error that carries its own remedy, for validators to raise."""
    return PydanticCustomError("refusal", "{rule}", {"rule": rule, "remedy": remedy})


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Name the nearest known word, or else all of them."""
    nearest = get_close_matches(word, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else "known here: " + ", ".join(sorted(known))


def _one_of(known: Collection[str]) -> AfterValidator:
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
        raise refusal("must lie in a private range (RFC 1918)", f"choose it from {ranges}")
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


def _file_age(value: int) -> int:
    if value not in FILE_AGE_DAYS:
        days = ", ".join(map(str, FILE_AGE_DAYS))
        raise refusal("is no age of files that EFS knows", f"choose from {days}")
    return value


def _log_retention(value: int) -> int:
    if value not in LOG_RETENTION_DAYS:
        days = ", ".join(map(str, LOG_RETENTION_DAYS))
        raise refusal("is no retention that CloudWatch Logs knows", f"choose from {days}")
    return value


def _bucket_suffix(value: str) -> str:
    if value.endswith(RESERVED_BUCKET_ENDINGS):
        raise refusal("has an ending that S3 keeps for itself", "choose another suffix")
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
BucketSuffix = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$"), AfterValidator(_bucket_suffix)
]

Region = Annotated[str, _one_of(ZONES)]
ReplicaRegion = Annotated[str, _one_of((*ZONES, GLOBAL_REGION))]
EndpointService = Annotated[str, _one_of(ENDPOINT_SERVICES)]
LogRetentionDays = Annotated[int, AfterValidator(_log_retention)]

Days = Annotated[int, Field(ge=1)]
Years = Annotated[int, Field(ge=1, le=100)]
InfrequentAccessDays = Annotated[int, Field(ge=30)]
KeyDeletionDays = Annotated[int, Field(ge=7, le=30)]
# S3 keeps up to 100 noncurrent versions beside the current one.
KeptVersions = Annotated[int, Field(ge=2, le=101)]

CacheNodeType = Annotated[str, _one_of(CACHE_NODE_TYPES)]
CacheVersion = Annotated[str, Field(pattern=r"^[0-9]\.[0-9]$")]
# The first is what a cluster has by default, see "Cluster node limits" of ElastiCache.
CacheShards = Annotated[int, Field(ge=1, le=90)]
# Without a replica nothing could take over.
CacheReplicas = Annotated[int, Field(ge=1, le=5)]
SnapshotDays = Annotated[int, Field(ge=1, le=35)]
RepositoryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
# Lifecycle rules of ECR count so far.
KeptImages = Annotated[int, Field(ge=10, le=1000)]
# ECR reads no secret of another name.
RegistrySecretArn = Annotated[
    str,
    Field(pattern=r"^arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:ecr-pullthroughcache/[\w/+=.@-]+$"),
]

# What each class can be had for is checked with its region.
DatabaseClass = Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")]
# One per zone.
ReadReplicas = Annotated[int, Field(ge=0, le=3)]
StorageGib = Annotated[int, Field(ge=100, le=65536)]
Iops = Annotated[int, Field(ge=1000, le=256000)]
# RDS's default of its large classes; more are better had from a pool.
DatabaseConnections = Annotated[int, Field(ge=20, le=5000)]
BackupDays = Annotated[int, Field(ge=1, le=35)]
Email = Annotated[str, Field(pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")]

Cidr = Annotated[str, AfterValidator(_private_network)]
AdminCidr = Annotated[str, AfterValidator(_admin_network)]
Port = Annotated[int, Field(ge=1024, le=65535), AfterValidator(_free_port)]
PerZone = Field(min_length=3, max_length=3)
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
# ELB's own limit.
TimeoutSeconds = Annotated[int, Field(ge=1, le=4000)]
TlsPolicy = Annotated[str, _one_of(TLS_POLICIES)]
DomainName = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$", max_length=200)
]
FailureThreshold = Annotated[int, Field(ge=1, le=10)]
RecoverySeconds = Annotated[int, Field(ge=60, le=90)]
CheckerRegion = Annotated[str, _one_of(CHECKER_REGIONS)]
ZoneId = Annotated[str, Field(pattern=r"^Z[A-Z0-9]{1,31}$")]
RequestsPerAddress = Annotated[int, Field(ge=10, le=2_000_000_000)]
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
RetentionDays = Annotated[int, Field(ge=1, le=400)]
FileAgeDays = Annotated[int, AfterValidator(_file_age)]
SecretArn = Annotated[str, Field(pattern=r"^arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+$")]
HttpsUrl = Annotated[str, Field(pattern=r"^https://[\w.-]+(:[0-9]+)?(/[\w./~%-]*)?$")]
# A port of one's own machine leads through a tunnel, which has no certificate and needs none.
RootUrl = Annotated[str, Field(pattern=r"^(https://[\w.-]+(:[0-9]+)?|http://localhost:[0-9]+)/$")]
Text = Annotated[str, Field(pattern=r"^[ -~]{1,256}$")]
Path = Annotated[str, Field(pattern=r"^[\w.][\w./-]*$")]
DrainSeconds = Annotated[int, Field(ge=0, le=3600)]
RequestsPerMinute = Annotated[int, Field(ge=1)]
# More than 100, or ECS could start no task beside those that run.
DeploymentPercent = Annotated[int, Field(ge=101, le=200)]
Seconds = Annotated[float, Field(gt=0, le=60)]
Units = Annotated[int, Field(ge=1)]
Percent = Annotated[float, Field(gt=0, le=100)]
Connections = Annotated[int, Field(ge=1)]
# An estimate of what a program holds, no limit of AWS: a task may open 1,048,576 files (components/compute).
ConnectionsPerTask = Annotated[int, Field(ge=1, le=60000)]
