"""Every rule has a case that breaks it, and is told by key and rule."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components import section
from components.problems import Problem
from components.section import Section
from settings import Settings, SettingsError, load, validation

REMOVED = ...
A, C, D = "ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"
SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"

# What is changed; the key that must be named; a part of the rule.
CASES: list[tuple[dict[str, Any], str, str]] = [
    # Keys
    ({"netwrok": {}}, "mpac:netwrok", "is no setting"),
    ({"network.cdir": "10.0.0.0/16"}, "mpac:network.cdir", "is no setting"),
    ({"network.nat_gateways": "single"}, "mpac:network.nat_gateways", "is no setting"),
    ({"services.smartab": {"port": 8001}}, "mpac:services.smartab", "is no setting"),
    ({"services.portal.prot": 8002}, "mpac:services.portal.prot", "is no setting"),
    ({"storage.receipts.days": 1}, "mpac:storage.receipts.days", "is no setting"),
    ({"aws:region": "ap-northeast-1"}, "aws:region", "has no effect"),
    ({"mpca:network": {}}, "mpca:network", "outside the namespaces"),
    ({"network:cidr": "10.0.0.0/16"}, "network:cidr", "outside the namespaces"),
    # Missing
    ({"environment": REMOVED}, "mpac:environment", "is required"),
    ({"region": REMOVED}, "mpac:region", "is required"),
    ({"accountId": REMOVED}, "mpac:accountId", "is required"),
    ({"tags": REMOVED}, "mpac:tags", "is required"),
    ({"tags.owner": REMOVED}, "mpac:tags.owner", "is required"),
    ({"tags.costCenter": REMOVED}, "mpac:tags.costCenter", "is required"),
    ({"network": REMOVED}, "mpac:network", "is required"),
    ({"network.cidr": REMOVED}, "mpac:network.cidr", "is required"),
    ({"network.availabilityZones": REMOVED}, "mpac:network.availabilityZones", "is required"),
    ({"network.databaseSubnets": REMOVED}, "mpac:network.databaseSubnets", "is required"),
    ({"primaryStack": {}}, "mpac:primaryStack.stack", "is required"),
    # Types
    ({"network": "10.0.0.0/16"}, "mpac:network", "must be a mapping"),
    ({"network.availabilityZones": A}, "mpac:network.availabilityZones", "must be a list"),
    ({"network.availabilityZones": [A, C, 3]}, "mpac:network.availabilityZones[2]", "must be text"),
    ({"network.cidr": 10}, "mpac:network.cidr", "must be text"),
    ({"network.flowLogRetentionDays": "30"}, "mpac:network.flowLogRetentionDays", "must be a whole number"),
    ({"network.flowLogRetentionDays": 30.5}, "mpac:network.flowLogRetentionDays", "must be a whole number"),
    ({"protect": "no"}, "mpac:protect", "must be true or false"),
    ({"services.portal.enabled": "yes"}, "mpac:services.portal.enabled", "must be true or false"),
    ({"services.portal": 8002}, "mpac:services.portal", "must be a mapping"),
    ({"nlb.enabled": 1}, "mpac:nlb.enabled", "must be true or false"),
    ({"primaryStack": "organization/mpac/prod"}, "mpac:primaryStack", "must be a mapping"),
    (
        {"primaryStack.stack": "a/b/c", "primaryStack.peering": 1},
        "mpac:primaryStack.peering",
        "must be true or false",
    ),
    # Names
    ({"environment": "Prod"}, "mpac:environment", "not written as it must be"),
    ({"environment": "production1"}, "mpac:environment", "not written as it must be"),
    ({"environment": "staging"}, "mpac:environment", "is not the name of the stack, prod"),
    ({"accountId": "12345678901"}, "mpac:accountId", "not written as it must be"),
    ({"tags.owner": ""}, "mpac:tags.owner", "not written as it must be"),
    ({"tags.costCenter": "50%"}, "mpac:tags.costCenter", "not written as it must be"),
    ({"storage.nameSuffix": "Acme"}, "mpac:storage.nameSuffix", "not written as it must be"),
    ({"storage.nameSuffix": "acme-"}, "mpac:storage.nameSuffix", "not written as it must be"),
    ({"storage.nameSuffix": "a-s3alias"}, "mpac:storage.nameSuffix", "S3 keeps for itself"),
    ({"storage.nameSuffix": "a" * 26}, "mpac:storage.nameSuffix", "longer than the 63 characters"),
    # Regions and zones
    ({"region": "ap-southeast-1"}, "mpac:region", "none of the known values"),
    ({"region": "us-east-1"}, "mpac:region", "none of the known values"),
    ({"replicaRegion": "ap-northeast-2"}, "mpac:replicaRegion", "none of the known values"),
    ({"replicaRegion": "ap-northeast-1"}, "mpac:replicaRegion", "the region of the stack itself"),
    (
        {"network.availabilityZones": [A, C, "ap-northeast-3a"]},
        "mpac:network.availabilityZones[2]",
        "no zone of ap-northeast-1",
    ),
    (
        {"network.availabilityZones": [A, "ap-southeast-1b", D]},
        "mpac:network.availabilityZones[1]",
        "no zone of ap-northeast-1",
    ),
    (
        {"network.availabilityZones": [A, "ap-northeast-1b", C]},
        "mpac:network.availabilityZones[1]",
        "no subnets since 2025-02-28",
    ),
    (
        {"network.availabilityZones": [A, C, C]},
        "mpac:network.availabilityZones",
        "lists ap-northeast-1c more than once",
    ),
    ({"network.availabilityZones": [A, C]}, "mpac:network.availabilityZones", "must have 3 entries"),
    # Ranges
    ({"network.cidr": "10.0.0.0"}, "mpac:network.cidr", "must be the first address of the range"),
    ({"network.cidr": "10.0.1.0/16"}, "mpac:network.cidr", "must be the first address of the range"),
    ({"network.cidr": "ten"}, "mpac:network.cidr", "IPv4 range in CIDR notation"),
    ({"network.cidr": "fd00::/56"}, "mpac:network.cidr", "IPv4 range in CIDR notation"),
    ({"network.cidr": "10.0.0.0/15"}, "mpac:network.cidr", "must be a /16 to /28"),
    ({"network.cidr": "8.8.0.0/16"}, "mpac:network.cidr", "must be in a private range"),
    ({"network.cidr": "172.32.0.0/16"}, "mpac:network.cidr", "must be in a private range"),
    (
        {"network.publicSubnets": ["10.0.1.0/29", "10.0.2.0/24", "10.0.3.0/24"]},
        "mpac:network.publicSubnets[0]",
        "must be a /16 to /28",
    ),
    (
        {"network.publicSubnets": ["10.0.1.0/24", "10.0.2.0/24", "10.1.3.0/24"]},
        "mpac:network.publicSubnets[2]",
        "is outside cidr (10.0.0.0/16)",
    ),
    (
        {"network.privateSubnets": ["10.0.10.0/24", "10.0.2.128/25", "10.0.12.0/24"]},
        "mpac:network.privateSubnets[1]",
        "overlaps publicSubnets[1] (10.0.2.0/24)",
    ),
    (
        {"network.databaseSubnets": ["10.0.20.0/24", "10.0.20.0/24", "10.0.22.0/24"]},
        "mpac:network.databaseSubnets[1]",
        "overlaps databaseSubnets[0] (10.0.20.0/24)",
    ),
    ({"network.databaseSubnets": ["10.0.20.0/24"]}, "mpac:network.databaseSubnets", "must have 3 entries"),
    (
        {"network.privateSubnets": [f"10.0.{number}.0/24" for number in range(10, 14)]},
        "mpac:network.privateSubnets",
        "must have 3 entries",
    ),
    ({"grafanaAdminCidrs": ["0.0.0.0/0"]}, "mpac:grafanaAdminCidrs[0]", "opens Grafana to more than a /8"),
    ({"grafanaAdminCidrs": ["10.0.0.1/8"]}, "mpac:grafanaAdminCidrs[0]", "must be the first address"),
    ({"grafanaAdminCidrs": ["10.0.0.0/8"] * 2}, "mpac:grafanaAdminCidrs", "more than once"),
    # Choices
    ({"network.natGateways": "per-zone"}, "mpac:network.natGateways", "must be 'perZone' or 'single'"),
    ({"network.interfaceEndpoints": ["ecr"]}, "mpac:network.interfaceEndpoints[0]", "none of the known"),
    ({"network.interfaceEndpoints": ["kms", "kms"]}, "mpac:network.interfaceEndpoints", "more than once"),
    ({"network.flowLogRetentionDays": 31}, "mpac:network.flowLogRetentionDays", "CloudWatch Logs knows"),
    ({"storage.objectLockMode": "governance"}, "mpac:storage.objectLockMode", "must be 'GOVERNANCE' or"),
    # Ports
    ({"services.portal.port": 443}, "mpac:services.portal.port", "must be at least 1024"),
    ({"services.portal.port": 65536}, "mpac:services.portal.port", "must be at most 65535"),
    ({"services.pgw.port": 5432}, "mpac:services.pgw.port", "is the port of PostgreSQL"),
    ({"services.smarttab.port": 4317}, "mpac:services.smarttab.port", "is the port of OTLP over gRPC"),
    ({"services.pgw.port": 8001}, "mpac:services.pgw.port", "is the port of smarttab"),
    ({"services.frontend.port": 8002}, "mpac:services.frontend.port", "is the port of portal"),
    (
        {"nlb.enabled": True, "services.smarttab.enabled": False},
        "mpac:nlb.enabled",
        "leads to mpac:services.smarttab, which is off",
    ),
    # Keys and objects
    ({"encryption.deletionWindowDays": 6}, "mpac:encryption.deletionWindowDays", "must be at least 7"),
    ({"encryption.deletionWindowDays": 31}, "mpac:encryption.deletionWindowDays", "must be at most 30"),
    (
        {"encryption.logReplicaRegions": ["us-west-1"]},
        "mpac:encryption.logReplicaRegions[0]",
        "none of the known values",
    ),
    (
        {"encryption.logReplicaRegions": ["us-east-1", "ap-northeast-3"]},
        "mpac:encryption.logReplicaRegions[1]",
        "has the logs key already, by mpac:replicaRegion",
    ),
    (
        {"encryption.logReplicaRegions": ["ap-northeast-1"]},
        "mpac:encryption.logReplicaRegions[0]",
        "has the logs key already, by mpac:region",
    ),
    ({"storage.apk.keptVersions": 1}, "mpac:storage.apk.keptVersions", "must be at least 2"),
    ({"storage.apk.keptVersions": 102}, "mpac:storage.apk.keptVersions", "must be at most 101"),
    ({"storage.apk.glacierAfterDays": 0}, "mpac:storage.apk.glacierAfterDays", "must be at least 1"),
    ({"storage.exports.expireAfterDays": 0}, "mpac:storage.exports.expireAfterDays", "must be at least 1"),
    (
        {"storage.staticAssets.noncurrentExpireAfterDays": 0},
        "mpac:storage.staticAssets.noncurrentExpireAfterDays",
        "must be at least 1",
    ),
    # Standby
    ({"primaryStack.stack": "prod"}, "mpac:primaryStack.stack", "not written as it must be"),
    ({"primaryStack.stack": "organization/mpac/prod"}, "mpac:primaryStack.stack", "is this stack itself"),
    (
        {"primaryStack.stack": "organization/mpac/dr"},
        "mpac:replicaRegion",
        "does not go with mpac:primaryStack",
    ),
    # Alarms
    ({"alarms.emails": ["ops"]}, "mpac:alarms.emails[0]", "not written as it must be"),
    ({"alarms.emails": ["ops@example.com"] * 2}, "mpac:alarms.emails", "more than once"),
    # Database
    ({"database.version": "15"}, "mpac:database.version", "must be '17' or '18'"),
    ({"database.instanceClass": "r6g.4xlarge"}, "mpac:database.instanceClass", "not written as it must be"),
    ({"database.instanceClass": "db.t4g.micro"}, "mpac:database.instanceClass", "is not known to be offered"),
    (
        {"region": "ap-northeast-3", "database.instanceClass": "db.r6id.4xlarge"},
        "mpac:database.instanceClass",
        "is not known to be offered in ap-northeast-3",
    ),
    ({"database.multiAz": "yes"}, "mpac:database.multiAz", "must be true or false"),
    ({"database.readReplicas": -1}, "mpac:database.readReplicas", "must be at least 0"),
    ({"database.readReplicas": 4}, "mpac:database.readReplicas", "must be at most 3"),
    (
        {"primaryStack.stack": "organization/mpac/dr"},
        "mpac:database.readReplicas",
        "does not go with mpac:primaryStack",
    ),
    ({"database.allocatedStorageGib": 99}, "mpac:database.allocatedStorageGib", "must be at least 100"),
    ({"database.allocatedStorageGib": 65537}, "mpac:database.allocatedStorageGib", "must be at most 65536"),
    (
        {"database.maxAllocatedStorageGib": 65537},
        "mpac:database.maxAllocatedStorageGib",
        "must be at most 65536",
    ),
    (
        {"database.maxAllocatedStorageGib": 1126},
        "mpac:database.maxAllocatedStorageGib",
        "less than a tenth to grow",
    ),
    ({"database.iops": 999}, "mpac:database.iops", "must be at least 1000"),
    ({"database.iops": 256001}, "mpac:database.iops", "must be at most 256000"),
    ({"database.iops": 2559}, "mpac:database.iops", "is less than 0.5 per GiB"),
    (
        {"database.allocatedStorageGib": 100, "database.iops": 100001},
        "mpac:database.iops",
        "is more than 1000 per GiB",
    ),
    ({"database.maxConnections": 5001}, "mpac:database.maxConnections", "must be at most 5000"),
    (
        {"database.instanceClass": "db.r6g.large", "database.maxConnections": 1803},
        "mpac:database.maxConnections",
        "is more than 16 GiB of db.r6g.large are enough for",
    ),
    ({"database.backupWindow": "03:00-03:29"}, "mpac:database.backupWindow", "shorter than the 30 minutes"),
    ({"database.backupWindow": "3 am"}, "mpac:database.backupWindow", "is no window of time"),
    ({"database.backupRetentionDays": 0}, "mpac:database.backupRetentionDays", "must be at least 1"),
    ({"database.backupRetentionDays": 36}, "mpac:database.backupRetentionDays", "must be at most 35"),
    (
        {"database.maintenanceWindow": "sun:18:00-sun:18:29"},
        "mpac:database.maintenanceWindow",
        "shorter than the 30 minutes",
    ),
    (
        {"database.maintenanceWindow": "sun:03:29-sun:04:00"},
        "mpac:database.maintenanceWindow",
        "overlaps backupWindow (03:00-03:30)",
    ),
    # The replicas' windows lie before that of the first instance: 02:00 and 03:00.
    (
        {"database.maintenanceWindow": "sun:04:00-sun:05:00"},
        "mpac:database.maintenanceWindow",
        "overlaps backupWindow (03:00-03:30), or that of a replica does",
    ),
    (
        {"cache.maintenanceWindow": "sun:17:30-sun:18:30"},
        "mpac:cache.maintenanceWindow",
        "overlaps the maintenance of the database",
    ),
    (
        {"cache.maintenanceWindow": "sun:15:30-sun:16:30"},
        "mpac:cache.maintenanceWindow",
        "or of a read replica of it (sun:16:00-sun:17:00)",
    ),
    ({"database.logRetentionDays": 31}, "mpac:database.logRetentionDays", "CloudWatch Logs knows"),
    # Cache
    ({"cache.engine": "memcached"}, "mpac:cache.engine", "must be 'valkey' or 'redis'"),
    ({"cache.engineVersion": 9.0}, "mpac:cache.engineVersion", "must be text"),
    ({"cache.engineVersion": "9"}, "mpac:cache.engineVersion", "not written as it must be"),
    ({"cache.engineVersion": "7.1"}, "mpac:cache.engineVersion", "is no version of valkey"),
    (
        {"cache.engine": "redis", "cache.engineVersion": "7.2", "cache.durability": "disabled"},
        "mpac:cache.engineVersion",
        "is no version of redis",
    ),
    ({"cache.durability": "aof"}, "mpac:cache.durability", "must be 'async', 'sync' or 'disabled'"),
    ({"cache.engineVersion": "8.2"}, "mpac:cache.durability", "needs valkey 9.0 or later, not valkey 8.2"),
    (
        {"cache.engine": "redis", "cache.engineVersion": "7.1"},
        "mpac:cache.durability",
        "needs valkey 9.0 or later, not redis 7.1",
    ),
    ({"cache.nodeType": "cache.t4g.small"}, "mpac:cache.durability", "not cache.t4g.small"),
    ({"cache.nodeType": "r6g.large"}, "mpac:cache.nodeType", "none of the known values"),
    ({"cache.nodeType": "cache.r5.large"}, "mpac:cache.nodeType", "none of the known values"),
    ({"cache.shards": 0}, "mpac:cache.shards", "must be at least 1"),
    ({"cache.shards": 91}, "mpac:cache.shards", "must be at most 90"),
    ({"cache.shards": 31}, "mpac:cache.shards", "makes 93 nodes"),
    ({"cache.replicasPerShard": 0}, "mpac:cache.replicasPerShard", "must be at least 1"),
    ({"cache.replicasPerShard": 6}, "mpac:cache.replicasPerShard", "must be at most 5"),
    ({"cache.snapshotRetentionDays": 0}, "mpac:cache.snapshotRetentionDays", "must be at least 1"),
    ({"cache.snapshotRetentionDays": 36}, "mpac:cache.snapshotRetentionDays", "must be at most 35"),
    ({"cache.snapshotWindow": "4:00-5:00"}, "mpac:cache.snapshotWindow", "is no window of time"),
    ({"cache.snapshotWindow": "04:00-04:59"}, "mpac:cache.snapshotWindow", "shorter than the 60 minutes"),
    ({"cache.maintenanceWindow": "18:00-19:00"}, "mpac:cache.maintenanceWindow", "is no window of time"),
    (
        {"cache.maintenanceWindow": "sun:23:30-mon:00:15"},
        "mpac:cache.maintenanceWindow",
        "shorter than the 60 minutes",
    ),
    (
        {"cache.maintenanceWindow": "tue:03:30-tue:04:30"},
        "mpac:cache.maintenanceWindow",
        "overlaps snapshotWindow (04:00-05:00)",
    ),
    ({"cache.logRetentionDays": 31}, "mpac:cache.logRetentionDays", "CloudWatch Logs knows"),
    # Registry
    ({"registry.keptImages": 9}, "mpac:registry.keptImages", "must be at least 10"),
    ({"registry.keptImages": 1001}, "mpac:registry.keptImages", "must be at most 1000"),
    ({"registry.replicate": "yes"}, "mpac:registry.replicate", "must be true or false"),
    (
        {"registry.replicate": True, "replicaRegion": REMOVED},
        "mpac:registry.replicate",
        "needs mpac:replicaRegion",
    ),
    (
        {"registry.dockerHubSecretArns": [SECRET.replace("ecr-pullthroughcache/", "")]},
        "mpac:registry.dockerHubSecretArns[0]",
        "not written as it must be",
    ),
    (
        {"registry.dockerHubSecretArns": [SECRET.replace("ap-northeast-1", "us-east-1")]},
        "mpac:registry.dockerHubSecretArns[0]",
        "is in us-east-1",
    ),
    (
        {"registry.dockerHubSecretArns": [SECRET.replace("123456789012", "210987654321")]},
        "mpac:registry.dockerHubSecretArns[0]",
        "is of another account",
    ),
    (
        {"registry.dockerHubSecretArns": [SECRET, SECRET.replace("AbCdEf", "GhIjKl")]},
        "mpac:registry.dockerHubSecretArns[1]",
        "is the second one in ap-northeast-1",
    ),
    (
        {"registry.dockerHubSecretArns": []},
        "mpac:registry.dockerHubSecretArns",
        "names no secret in ap-northeast-1, and these images come from Docker Hub",
    ),
    (
        {"registry.dockerHubSecretArns": [SECRET.replace("ap-northeast-1", "ap-northeast-3")]},
        "mpac:registry.dockerHubSecretArns",
        "mpac:pgbouncer.image, mpac:pgbouncer.toolsImage",
    ),
    (
        {
            "primaryStack.stack": "organization/mpac/dr",
            "services.portal": {"build": {"context": "app"}},
        },
        "mpac:services.portal.build",
        "has no place here",
    ),
]
OWN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:jwt-key-AbCdEf"
OSAKA = OWN.replace("ap-northeast-1", "ap-northeast-3")
PARAMETER = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/jwt-key"
QUEUE = "arn:aws:sqs:ap-northeast-1:123456789012:orders"
ALL_OF_SQS = {"actions": ["sqs:*"], "resources": [QUEUE]}
ANYWHERE = {"actions": ["sqs:SendMessage"], "resources": ["*"]}
# Services: what one refuses, all do, also one that is turned on.
_ON = {"services.frontend.enabled": True, "services.frontend.image": "1.0.0"}
for _name, _cpu in (("portal", 1024), ("smarttab", 2048), ("pgw", 1024), ("frontend", 1024)):
    _key = f"services.{_name}"
    CASES += [
        (_ON | {f"{_key}.{setting}": value}, f"mpac:{_key}.{place}", rule)
        for setting, value, place, rule in (
            ("enabled", "yes", "enabled", "must be true or false"),
            ("image", None, "image", "is required, unless the deployment builds it"),
            ("image", "latest", "image", "names no certain image"),
            ("image", "svc:1.0.0", "image", "not written as it must be"),
            ("build", {"context": "app"}, "image", "does not go with build"),
            ("build", {"context": "/srv/app"}, "build.context", "not written as it must be"),
            ("build", {"context": "a", "dockerfile": ""}, "build.dockerfile", "not written as it must be"),
            ("port", None, "port", "must be a whole number"),
            ("cpu", 1000, "cpu", "no number of CPU units that Fargate has"),
            ("memoryMib", 1024, "memoryMib", f"no memory that Fargate has with {_cpu} CPU units"),
            ("memoryMib", 256, "memoryMib", "must be at least 512"),
            ("minTasks", 0, "minTasks", "must be at least 1"),
            ("minTasks", 51, "minTasks", "is more than maxTasks"),
            ("maxTasks", 1001, "maxTasks", "must be at most 1000"),
            ("host", "portal.mpac-cloud.com", "host", "not written as it must be"),
            ("paths", ["pgw"], "paths[0]", "not written as it must be"),
            ("paths", ["/a", "/a"], "paths", "more than once"),
            ("paths", [], "paths", "must have 1 ent"),
            ("host", "portal-tokyo", "host", "is written as the regional name of a host"),
            ("host", "a" * 58, "host", "not written as it must be"),
            ("healthPath", "health", "healthPath", "not written as it must be"),
            ("deploymentPercent", 100, "deploymentPercent", "must be at least 101"),
            ("deploymentPercent", 201, "deploymentPercent", "must be at most 200"),
            ("drainSeconds", 3601, "drainSeconds", "must be at most 3600"),
            ("requestsPerMinute", 0, "requestsPerMinute", "must be at least 1"),
            ("latencySeconds", 0, "latencySeconds", "must be more than 0"),
            ("latencySeconds", "0.5 s", "latencySeconds", "must be a number"),
            ("environment", {"DATABASE_HOST": "x"}, "environment.DATABASE_HOST", "is given by the platform"),
            ("environment", {"PORT": "1"}, "environment.PORT", "is given by the platform"),
            ("environment", {"lower": "1"}, "environment.lower", "not written as it must be"),
            ("secrets", {"CACHE_PASSWORD": {"arn": OWN}}, "secrets.CACHE_PASSWORD", "given by the platform"),
            ("secrets", {"JWT_KEY": {"arn": "jwt-key"}}, "secrets.JWT_KEY.arn", "not written as it must be"),
            ("secrets", {"JWT_KEY": {"arn": OWN, "keys": "x"}}, "secrets.JWT_KEY.keys", "is no setting"),
            ("secrets", {"JWT_KEY": {"arn": OSAKA}}, "secrets.JWT_KEY.arn", "is in ap-northeast-3"),
            ("secrets", {"JWT_KEY": {"arn": PARAMETER, "field": "k"}}, "secrets.JWT_KEY.field", "of SSM"),
            ("user", "0", "user", "not written as it must be"),
            ("user", "root", "user", "not written as it must be"),
            ("readOnlyRoot", "no", "readOnlyRoot", "must be true or false"),
            ("tmpfsMib", {"/var": 512, "/run": 2048}, "tmpfsMib", "takes 2560 MiB, more than half"),
            ("tmpfsMib", {"tmp": 64}, "tmpfsMib.tmp", "not written as it must be"),
            ("buckets", {"apk": "read"}, "buckets.apk", "must be 'app-apk', 'receipts'"),
            ("buckets", {"receipts": "delete"}, "buckets.receipts", "must be 'read' or 'write'"),
            ("database", "yes", "database", "must be true or false"),
            ("cache", "yes", "cache", "must be true or false"),
            ("metric", "AWS/ECS", "metric", "is a namespace of AWS's own metrics"),
            ("metric", "/orders", "metric", "not written as it must be"),
            ("connectionsPerTask", 60001, "connectionsPerTask", "must be at most 60000"),
            ("permissions", {"Send": ALL_OF_SQS}, "permissions.Send.actions[0]", "not written as it must be"),
            ("permissions", {"Send": ANYWHERE}, "permissions.Send.resources[0]", "not written as it must be"),
        )
    ]
CASES += [
    (
        {"services.pgw.secrets": {"K": {"arn": OWN}}, "services.pgw.environment": {"K": "1"}},
        "mpac:services.pgw.secrets.K",
        "is a variable of environment too",
    ),
    (
        {"services.pgw.secrets": {"K": {"arn": OWN, "keyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}}},
        "mpac:services.pgw.secrets.K.keyArn",
        "is in us-east-1",
    ),
    (
        {"services.pgw.paths": ["/pgw/*", "/*"]},
        "mpac:services.pgw.paths[1]",
        "leads to smarttab already",
    ),
    (
        {"services.smarttab.host": "portal"},
        "mpac:services.smarttab.paths[0]",
        "leads to portal already",
    ),
    (
        {"services.pgw.metric": "MPAC/Payments"},
        "mpac:services.pgw.connectionsPerTask",
        "is required beside metric",
    ),
    (
        {"services.smarttab.metric": None},
        "mpac:services.smarttab.metric",
        "is required beside connectionsPerTask",
    ),
    (
        {"services.smarttab.minTasks": 4},
        "mpac:services.smarttab.deploymentPercent",
        "leaves no room for a new task beside minTasks (4)",
    ),
    (
        {"services.smarttab.deploymentPercent": 126},
        "mpac:services.smarttab.deploymentPercent",
        "replaces 13 of 50 tasks at a time, with 104000 WebSockets",
    ),
    (
        {"services.smarttab.reconnectsPerStep": 0},
        "mpac:services.smarttab.reconnectsPerStep",
        "must be at least 1",
    ),
    ({"givenUp": ["db-1", "db-1"]}, "mpac:givenUp", "more than once"),
    ({"services.smarttab.maxTasks": 49}, "mpac:services.smarttab.expectedConnections", "than 49 tasks hold"),
    ({"compute.execEnabled": "no"}, "mpac:compute.execEnabled", "must be true or false"),
    ({"compute.logRetentionDays": 31}, "mpac:compute.logRetentionDays", "CloudWatch Logs knows"),
    (
        {"primaryStack.stack": "organization/mpac/dr", "storage.objectLockMode": "COMPLIANCE"},
        "mpac:storage.objectLockMode",
        "has no effect here",
    ),
    (
        {"primaryStack.stack": "organization/mpac/dr", "encryption.logReplicaRegions": ["us-east-1"]},
        "mpac:encryption.logReplicaRegions",
        "has no effect here",
    ),
]
STAND_BY = {"primaryStack.stack": "organization/mpac/dr", "replicaRegion": REMOVED, "encryption": REMOVED}
SIGN_ON = {
    "clientId": "grafana",
    "clientSecretArn": "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:grafana-sign-on-AbCdEf",
    "authorizationUrl": "https://login.example.com/authorize",
    "tokenUrl": "https://login.example.com/token",
    "userInfoUrl": "https://login.example.com/userinfo",
}
CASES += [
    *(
        (
            {"network.peer": {key: ["10.1.10.0/24"]}},
            f"mpac:network.peer.{key}",
            "must have 3 entries",
        )
        for key in ("privateSubnets", "databaseSubnets")
    ),
    (
        {"observability.grafana.rootUrl": "http://grafana.example.com/"},
        "mpac:observability.grafana.rootUrl",
        "is not written as it must be",
    ),
    (
        {"observability.alloy.maxTasks": 21},
        "mpac:observability.alloy.maxTasks",
        "13.0 vCPU, 60% of 22",
    ),
    ({"observability.alloy.minTasks": 25}, "mpac:observability.alloy.minTasks", "maxTasks (24)"),
    ({"observability.load.requestsPerSecond": 17000}, "mpac:observability.alloy.maxTasks", "170000 spans"),
    (
        {"observability.load.tracesPercent": 50},
        "mpac:observability.load.tracesPercent",
        "1073 MiB in 30 s",
    ),
    ({"observability.load.tracesPercent": 0}, "mpac:observability.load.tracesPercent", "more than 0"),
    *(
        ({f"observability.load.{key}": 0}, f"mpac:observability.load.{key}", "must be at least 1")
        for key in ("requestsPerSecond", "spansPerRequest", "spanBytes", "logsPerRequest", "logBytes")
    ),
    ({"observability.prometheus.replicas": 3}, "mpac:observability.prometheus.replicas", "must be 1 or 2"),
    ({"observability.prometheus.managed": 1}, "mpac:observability.prometheus.managed", "true or false"),
    # With two, a write that both have to take fails with either.
    ({"observability.loki.replicas": 2}, "mpac:observability.loki.replicas", "must be 1 or 3"),
    *(
        ({"observability.tempo.image": image}, "mpac:observability.tempo.image", "has no busybox")
        for image in ("grafana/tempo:2.9.3", "grafana/tempo:2.10.0", "grafana/tempo:3.0.0")
    ),
    ({"observability.tempo.replicas": 2}, "mpac:observability.tempo.replicas", "must be 1 or 3"),
    ({"observability.grafana.replicas": 0}, "mpac:observability.grafana.replicas", "must be 1, 2 or 3"),
    ({"observability.grafana.inDatabase": 1}, "mpac:observability.grafana.inDatabase", "true or false"),
    (
        {"observability.grafana.inDatabase": False},
        "mpac:observability.grafana.replicas",
        "needs a database",
    ),
    (
        {"primaryStack.stack": "organization/mpac/dr"},
        "mpac:observability.grafana.inDatabase",
        "that of organization/mpac/dr is only followed here",
    ),
    ({"grafanaAdminCidrs": ["10.8.0.0/16"]}, "mpac:grafanaAdminCidrs", "have no sign-in of their own"),
    (
        {
            "observability.grafana.singleSignOn": SIGN_ON
            | {"clientSecretArn": SIGN_ON["clientSecretArn"].replace("northeast-1", "northeast-3")}
        },
        "mpac:observability.grafana.singleSignOn.clientSecretArn",
        "is not the region of the stack (ap-northeast-1)",
    ),
    (
        {"observability.fileSystems.throughputMode": "provisioned"},
        "mpac:observability.fileSystems.throughputMode",
        "must be 'elastic' or 'bursting'",
    ),
    (
        {"observability.fileSystems.infrequentAccessAfterDays": 31},
        "mpac:observability.fileSystems.infrequentAccessAfterDays",
        "is no age of files that EFS knows",
    ),
    (
        {"observability.copierImage": "aws-cli:latest"},
        "mpac:observability.copierImage",
        "names no certain image",
    ),
    # Names
    ({"dns.domain": REMOVED}, "mpac:dns.domain", "is required"),
    ({"dns.domain": "https://mpac-cloud.com"}, "mpac:dns.domain", "is not written as it must be"),
    ({"dns.zoneId": "/hostedzone/Z123"}, "mpac:dns.zoneId", "is not written as it must be"),
    ({"dns.queryLogRetentionDays": 31}, "mpac:dns.queryLogRetentionDays", "is no retention"),
    (STAND_BY | {"dns.domain": "mpac-cloud.com"}, "mpac:dns.domain", "does not go with mpac:primaryStack"),
    (STAND_BY | {"dns.zoneId": "Z123"}, "mpac:dns.zoneId", "does not go with mpac:primaryStack"),
    (
        {"encryption.logReplicaRegions": []},
        "mpac:encryption.logReplicaRegions",
        "has no us-east-1, where Route 53 and CloudFront's web ACL write their logs",
    ),
    # PgBouncer
    ({"pgbouncer.image": "edoburu/pgbouncer:latest"}, "mpac:pgbouncer.image", "names no certain image"),
    ({"pgbouncer.toolsImage": "postgres"}, "mpac:pgbouncer.toolsImage", "is not written as it must be"),
    ({"pgbouncer.cpu": 1000}, "mpac:pgbouncer.cpu", "is no number of CPU units"),
    ({"pgbouncer.memoryMib": 511}, "mpac:pgbouncer.memoryMib", "must be at least 512"),
    ({"pgbouncer.memoryMib": 1024}, "mpac:pgbouncer.memoryMib", "is no memory that Fargate has with 1024"),
    ({"pgbouncer.tasks": 0}, "mpac:pgbouncer.tasks", "must be at least 1"),
    ({"pgbouncer.maxClientConnections": 99}, "mpac:pgbouncer.maxClientConnections", "must be at least 100"),
    ({"pgbouncer.defaultPoolSize": 0}, "mpac:pgbouncer.defaultPoolSize", "must be at least 1"),
    # 15,000 requests a second that hold a connection for 3 ms hold 45; 2 of 3 tasks have 50, 1 of 2 has 25.
    (
        {"pgbouncer.tasks": 2},
        "mpac:pgbouncer.tasks",
        "leaves 25 connections for a role when one task is away; 15000 requests a second x 3 ms hold 45",
    ),
    (
        {"pgbouncer.millisecondsPerRequest": 3.4},
        "mpac:pgbouncer.tasks",
        "leaves 50 connections for a role when one task is away; 15000 requests a second x 3.4 ms hold 51",
    ),
    ({"pgbouncer.millisecondsPerRequest": 0}, "mpac:pgbouncer.millisecondsPerRequest", "must be more than 0"),
    ({"pgbouncer.maxPreparedStatements": 0}, "mpac:pgbouncer.maxPreparedStatements", "must be at least 1"),
    (
        {"database.maxConnections": 374},
        "mpac:pgbouncer.defaultPoolSize",
        "makes 300 connections to an instance (4 roles x 1 databases x 3 tasks); 299",
    ),
    # Backups and budgets
    ({"backup.dailyRetentionDays": 0}, "mpac:backup.dailyRetentionDays", "must be at least 1"),
    ({"backup.weeklyRetentionDays": 36501}, "mpac:backup.weeklyRetentionDays", "must be at most 36500"),
    ({"backup.lockMode": "NONE"}, "mpac:backup.lockMode", "must be 'GOVERNANCE' or 'COMPLIANCE'"),
    ({"backup.restoreTest": "no"}, "mpac:backup.restoreTest", "must be true or false"),
    (
        {"database.maintenanceWindow": "sat:19:30-sat:20:01"},
        "mpac:database.maintenanceWindow",
        "touch the weekly backup (sat:20:00-sat:21:00)",
    ),
    (
        {"database.maintenanceWindow": "sat:21:59-sat:22:59"},
        "mpac:database.maintenanceWindow",
        "touch the weekly backup",
    ),
    ({"database.upgradeFrom": "16"}, "mpac:database.upgradeFrom", "must be '17'"),
    ({"database.upgradeFrom": "17"}, "mpac:database.upgradeFrom", "is not below version (17)"),
    *(
        (
            STAND_BY | {"database.upgradeFrom": "17"} | promoted,
            "mpac:database.upgradeFrom",
            "with mpac:primaryStack",
        )
        for promoted in ({}, {"database.promoted": True})
    ),
    ({"database.promoted": "yes"}, "mpac:database.promoted", "must be true or false"),
    ({"database.promoted": True}, "mpac:database.promoted", "does not go without mpac:primaryStack"),
    ({"budget.monthlyUsd": 0}, "mpac:budget.monthlyUsd", "must be at least 1"),
    ({"budget.warnAtPercent": 100}, "mpac:budget.warnAtPercent", "must be at most 99"),
    # Failover
    ({"failover.recoverySeconds": 59}, "mpac:failover.recoverySeconds", "must be at least 60"),
    ({"failover.recoverySeconds": 91}, "mpac:failover.recoverySeconds", "must be at most 90"),
    ({"failover.intervalSeconds": 20}, "mpac:failover.intervalSeconds", "must be 10 or 30"),
    ({"failover.failureThreshold": 0}, "mpac:failover.failureThreshold", "must be at least 1"),
    ({"failover.failureThreshold": 11}, "mpac:failover.failureThreshold", "must be at most 10"),
    ({"failover.failureThreshold": 4}, "mpac:failover.failureThreshold", "makes 100 seconds"),
    ({"failover.intervalSeconds": 30}, "mpac:failover.failureThreshold", "makes 150 seconds"),
    (
        {"failover.checkerRegions": ["ap-northeast-1", "us-west-1", "us-west-2"]},
        "mpac:failover.checkerRegions[0]",
        "none of the known values",
    ),
    ({"failover.checkerRegions": ["us-west-1"] * 2}, "mpac:failover.checkerRegions", "more than once"),
    (
        {"failover.checkerRegions": ["us-west-1", "us-west-2"]},
        "mpac:failover.checkerRegions",
        "must have 3 entries",
    ),
    # Load balancers, content and firewall
    (
        {"alb.tlsPolicy": "ELBSecurityPolicy-2016-08"},
        "mpac:alb.tlsPolicy",
        "none of the known values",
    ),
    ({"alb.idleTimeoutSeconds": 0}, "mpac:alb.idleTimeoutSeconds", "must be at least 1"),
    ({"alb.idleTimeoutSeconds": 4001}, "mpac:alb.idleTimeoutSeconds", "at most 4000"),
    (
        {"nlb.host": "ws.mpac"},
        "mpac:nlb.host",
        "is not written as it must be",
    ),
    (
        {"nlb.enabled": True, "nlb.host": "portal"},
        "mpac:nlb.host",
        "is the host of mpac:services.portal too",
    ),
    ({"cdn.host": "CDN"}, "mpac:cdn.host", "is not written as it must be"),
    ({"cdn.host": "portal"}, "mpac:cdn.host", "is the host of mpac:services.portal too"),
    ({"cdn.host": "portal-osaka"}, "mpac:cdn.host", "is written as the regional name of a host"),
    (
        {"cdn.immutablePaths": [f"/{number}/*" for number in range(21)]},
        "mpac:cdn.immutablePaths",
        "must have 20 entries",
    ),
    ({"cdn.immutablePaths": ["assets/*"]}, "mpac:cdn.immutablePaths[0]", "is not written as it must be"),
    ({"cdn.immutablePaths": ["/a/*", "/a/*"]}, "mpac:cdn.immutablePaths", "more than once"),
    ({"cdn.immutablePaths": ["/*"]}, "mpac:cdn.immutablePaths", "takes in files that keep their name"),
    ({"cdn.immutablePaths": ["/apk/*"]}, "mpac:cdn.immutablePaths", "takes in files that keep their name"),
    ({"waf.requestsPerAddress": 9}, "mpac:waf.requestsPerAddress", "must be at least 10"),
    ({"waf.logRetentionDays": 31}, "mpac:waf.logRetentionDays", "is no retention"),
]
for _name, _value in (
    ("clientId", ""),
    ("clientSecretArn", "grafana-sign-on"),
    ("authorizationUrl", "http://login.example.com/authorize"),
    ("tokenUrl", "login.example.com"),
    ("userInfoUrl", "https://login.example.com/user info"),
):
    _key = f"observability.grafana.singleSignOn.{_name}"
    CASES.append(
        (
            {"observability.grafana.singleSignOn": SIGN_ON | {_name: _value}},
            f"mpac:{_key}",
            "is not written as it must be",
        )
    )
for _name in ("alloy", "prometheus", "loki", "tempo", "grafana"):
    _key = f"observability.{_name}"
    CASES += [
        ({f"{_key}.image": f"grafana/{_name}:latest"}, f"mpac:{_key}.image", "names no certain image"),
        ({f"{_key}.image": f"grafana/{_name}"}, f"mpac:{_key}.image", "is not written as it must be"),
        ({f"{_key}.cpu": 1000}, f"mpac:{_key}.cpu", "is no number of CPU units"),
        ({f"{_key}.memoryMib": 511}, f"mpac:{_key}.memoryMib", "must be at least 512"),
        (
            {f"{_key}.cpu": 256, f"{_key}.memoryMib": 4096},
            f"mpac:{_key}.memoryMib",
            "is no memory that Fargate has with 256",
        ),
    ]
for _name in ("prometheus", "loki", "tempo"):
    _key = f"observability.{_name}.retentionDays"
    CASES += [
        ({_key: 0}, f"mpac:{_key}", "must be at least 1"),
        ({_key: 401}, f"mpac:{_key}", "must be at most 400"),
    ]
for _name in ("receipts", "settlements"):
    _key = f"storage.{_name}"
    CASES += [
        (
            {f"{_key}.infrequentAccessAfterDays": 29},
            f"mpac:{_key}.infrequentAccessAfterDays",
            "must be at least 30",
        ),
        ({f"{_key}.glacierAfterDays": 0}, f"mpac:{_key}.glacierAfterDays", "must be at least 1"),
        ({f"{_key}.retentionYears": 0}, f"mpac:{_key}.retentionYears", "must be at least 1"),
        ({f"{_key}.lockYears": 101}, f"mpac:{_key}.lockYears", "must be at most 100"),
        (
            {f"{_key}.noncurrentExpireAfterDays": 0},
            f"mpac:{_key}.noncurrentExpireAfterDays",
            "must be at least 1",
        ),
        (
            {f"{_key}.infrequentAccessAfterDays": 100, f"{_key}.glacierAfterDays": 129},
            f"mpac:{_key}.glacierAfterDays",
            "less than 30 days after infrequentAccessAfterDays",
        ),
        (
            {f"{_key}.glacierAfterDays": 3653},
            f"mpac:{_key}.glacierAfterDays",
            "is not before the end of retentionYears",
        ),
        ({f"{_key}.retentionYears": 6}, f"mpac:{_key}.retentionYears", "is shorter than lockYears"),
    ]


Config = Callable[[dict[str, Any]], dict[str, str]]


def is_told(config: dict[str, str], key: str, rule: str) -> bool:
    try:
        load("prod", config)
    except SettingsError as error:
        return any(problem.key == key and rule in problem.rule for problem in error.problems)
    return False


@pytest.mark.parametrize(("changes", "key", "rule"), CASES, ids=[f"{key}: {rule}" for _, key, rule in CASES])
def test_refused_with_key_and_rule(config: Config, changes: dict[str, Any], key: str, rule: str) -> None:
    assert is_told(config(changes), key, rule)


def test_every_check_has_a_case(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, set[str]] = {}
    checks_of = dict(section.CHECKS)

    def remembered(check: Callable[[Section], Iterator[Problem]]) -> Callable[[Section], Iterator[Problem]]:
        def run(given: Section) -> Iterator[Problem]:
            for problem in check(given):
                told.setdefault(check.__name__, set()).add(problem.rule)
                yield problem

        return run

    for kind, checks in checks_of.items():
        monkeypatch.setitem(section.CHECKS, kind, [remembered(check) for check in checks])
    for changes, key, rule in CASES:
        is_told(config(changes), key, rule)

    names = {check.__name__ for checks in checks_of.values() for check in checks}
    rules = [rule for _, _, rule in CASES]
    without = [
        name for name in names if not any(rule in each for each in told.get(name, ()) for rule in rules)
    ]
    assert without == []


def leaves(kind: type[Section], path: str) -> Iterator[str]:
    for field in kind.model_fields.values():
        nested = validation.section_of(field)
        key = f"{path}{field.alias}"
        if nested:
            yield from leaves(nested, f"{key}.")
        else:
            yield key


@pytest.mark.parametrize("leaf", [*leaves(Settings, "mpac:")])
def test_every_setting_has_a_case(leaf: str) -> None:
    kinds = {"smarttab.enabled", "pgw.enabled", "frontend.enabled"}  # of the same type as portal's
    assert any(leaf.endswith(kind) for kind in kinds) or any(key.startswith(leaf) for _, key, _ in CASES)
