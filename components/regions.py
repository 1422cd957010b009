"""What AWS offers where, as known on 2026-11-22. Nothing is looked up: an answer of AWS may change a plan."""

# Zones that take new subnets. Names are aliases that AWS deals out per account.
ZONES = {
    "ap-northeast-1": ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"),  # Tokyo
    "ap-northeast-3": ("ap-northeast-3a", "ap-northeast-3b", "ap-northeast-3c"),  # Osaka
}

# As the names of DNS have them: portal-tokyo.
CITIES = {"ap-northeast-1": "tokyo", "ap-northeast-3": "osaka"}

# Route 53 checks from these and no others; those in Japan would fail together with what they check.
CHECKER_REGIONS = frozenset(
    {
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-west-1",
        "us-west-2",
    }
)
# What resolvers keep an alias of a load balancer for.
ALIAS_TTL_SECONDS = 60

# Security policies of ELB without TLS 1.0 and 1.1 and with forward secrecy only, of which the newer ones also
# resist quantum computers:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
# The policy pack knows nothing of the program and has a list of its own; a test compares the two.
TLS_POLICIES = frozenset(
    {
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    }
)

# apne1-az3 was closed on 2025-02-28; programs that count a, b, c still ask for it.
CLOSED_ZONES = {"ap-northeast-1b": "2025-02-28"}

# Home of what AWS runs once for the whole world: CloudFront's certificates and web ACLs, Route 53's metrics.
GLOBAL_REGION = "us-east-1"

# PutRetentionPolicy of CloudWatch Logs takes these days and no others.
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

# TransitionToIA of EFS: AFTER_<n>_DAYS.
FILE_AGE_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)

# Interface endpoints that a private subnet here can have a use for: com.amazonaws.<region>.<name>.
ENDPOINT_SERVICES = frozenset(
    {
        "aps-workspaces",
        "backup",
        "ecr.api",
        "ecr.dkr",
        "ecs",
        "ecs-agent",
        "ecs-telemetry",
        "elasticfilesystem",
        "kms",
        "logs",
        "monitoring",
        "rds",
        "secretsmanager",
        "servicediscovery",
        "sns",
        "sqs",
        "ssm",
        "ssmmessages",
        "sts",
    }
)

# Ports of the other tiers. Grafana's 3000 is missing on purpose: the requirements give it to the frontend
# too, and each task has an address of its own.
RESERVED_PORTS = {
    2049: "EFS",
    3100: "Loki",
    3200: "Tempo",
    4317: "OTLP over gRPC",
    4318: "OTLP over HTTP",
    5432: "PostgreSQL",
    6379: "the cache",
    6432: "PgBouncer",
    7946: "memberlist of Loki and Tempo",
    9090: "Prometheus",
    9095: "gRPC of Loki and Tempo",
    12345: "Alloy",
}

# Node types of ElastiCache that EC2's families in both regions have a counterpart for. Whether ElastiCache
# sells one in Osaka only AWS says: ask before the first deployment.
CACHE_NODE_TYPES = frozenset(
    f"cache.{family}.{size}"
    for families, sizes in (
        (("t4g",), ("micro", "small", "medium")),
        (("m6g", "m7g", "r6g", "r7g"), ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge")),
    )
    for family in families
    for size in sizes
)

# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Limitations.html
DURABLE_CACHE_FAMILIES = frozenset({"m6g", "m7g", "r6g", "r7g"})

# Memory in GiB of RDS's instance classes with a PostgreSQL on io2, by region. EC2 has these families in all
# zones of a region; whether RDS sells them in Osaka only AWS says: ask before the first deployment.
_GIB_OF_R = {
    "large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384,
    "16xlarge": 512,
}  # fmt: skip
_R_FAMILIES = {
    "ap-northeast-1": ("r6g", "r6id", "r7g", "r8g"),
    "ap-northeast-3": ("r6g", "r7g", "r8g"),
}
DATABASE_CLASSES = {
    region: {f"db.{family}.{size}": gib for family in families for size, gib in _GIB_OF_R.items()}
    for region, families in _R_FAMILIES.items()
}

# MiB of memory that Fargate has with each number of CPU units:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE_SIZES = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}


def zone_suffix(zone: str) -> str:
    """Shorten a zone such as ap-northeast-1a to 1a."""
    return zone.rpartition("-")[2]
