"""What happens in networks, tasks and data stores is written down, and kept long enough."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, Resource
from ..parameters import CLUSTER_PARAMETERS, DATABASE, ON, PARAMETERS, postgres_parameters
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_SET, IS_TRUE, Check, Outcome, Verdict, any_of, at_least, at_most, equals, one_of

VPC = "aws:ec2/vpc:Vpc"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CLUSTER = "aws:ecs/cluster:Cluster"
FUNCTION = "aws:lambda/function:Function"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
FLOW_LOG_SECONDS = 60
MONITORING_SECONDS = 60
# Logs of a database that RDS can write to CloudWatch, by the beginning of the engine's name.
EXPORTS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("error",),
    "mariadb": ("error",),
}
CACHE_LOGS = ("slow-log", "engine-log")
# What changes the schema at the least.
STATEMENTS = one_of({"ddl", "mod", "all"})
KEEPS_FOREVER = (ABSENT, 0, "0")
ENDS = Check("a number of days", lambda value: value not in KEEPS_FOREVER)


@graph_rule(
    "vpc-flow-logs",
    VPC,
    FLOW_LOG,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("EC2.6",), cis=("4.7",), pci=("10.2",), checkov=("CKV2_AWS_11",)),
    reason="Without a record of the traffic, nobody can tell what an intruder reached.",
    remedy='Declare a FlowLog for the VPC with traffic_type="ALL" and a log_destination.',
    url=f"{SECURITY_HUB}/ec2-controls.html#ec2-6",
)
def vpc_flow_logs(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of the whole network; the log of a subnet or an interface is a part only."""
    for vpc in graph.of(VPC):
        logs, verdict = graph.companion(vpc, "vpcId", FLOW_LOG, "the VPC has no flow log")
        yield verdict
        for log in logs:
            yield log.must("trafficType", equals("ALL"))
            yield any_of([log.must_be_given("logDestination"), log.must_be_given("logGroupName")])


@resource_rule(
    "vpc-flow-log-interval",
    FLOW_LOG,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="In ten minutes' sums, a short attack is not to be seen.",
    remedy="Set max_aggregation_interval=60.",
    url="https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html#flow-logs-basics",
)
def vpc_flow_log_interval(log: Resource, _: Settings) -> Iterator[Verdict]:
    """Ten minutes if nothing is set."""
    yield log.must("maxAggregationInterval", at_most(FLOW_LOG_SECONDS))


@resource_rule(
    "log-group-retention",
    LOG_GROUP,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("CloudWatch.16",), pci=("10.5.1",)),
    reason="An intrusion is found weeks later, when its traces must still be there.",
    remedy="Set retention_in_days to what the pack's logRetentionDays says, or more.",
    url=f"{SECURITY_HUB}/cloudwatch-controls.html#cloudwatch-16",
)
def log_group_retention(group: Resource, settings: Settings) -> Iterator[Verdict]:
    """A group without retention is kept for ever."""
    if group.get("retentionInDays") in KEEPS_FOREVER:
        yield group.passes("retentionInDays")
    else:
        yield group.must("retentionInDays", at_least(settings.log_retention_days))


@resource_rule(
    "log-group-ends",
    LOG_GROUP,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    controls=Controls(checkov=("CKV_AWS_66",)),
    reason="Without a retention, logs with what they say of people are kept, and paid for, for ever.",
    remedy="Set retention_in_days.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
)
def log_group_ends(group: Resource, _: Settings) -> Iterator[Verdict]:
    """What only passes through is gone after two days, whatever is set."""
    if group.get("logGroupClass") == "DELIVERY":
        yield group.passes("retentionInDays")
    else:
        yield group.must("retentionInDays", ENDS)


@graph_rule(
    "rds-logs-exported",
    DATABASE,
    PARAMETERS,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.9", "RDS.36"), checkov=("CKV_AWS_129",)),
    reason="The log of a database that is gone is gone with it.",
    remedy='Set enabled_cloudwatch_logs_exports, for PostgreSQL to ["postgresql", "upgrade"].',
    url=f"{SECURITY_HUB}/rds-controls.html#rds-9",
)
def rds_logs_exported(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """What there is to export depends on the engine, which a replica has from its source."""
    path = "enabledCloudwatchLogsExports"
    for database in graph.of(DATABASE):
        exports = database.get(path)
        engine = _engine(graph, database)
        wanted = [logs for prefix, logs in EXPORTS.items() if str(engine).startswith(prefix)]
        if not isinstance(exports, list) or not wanted:
            yield database.must(path, IS_SET)
            continue
        for log in wanted[0]:
            if log not in exports and any(isinstance(item, Unknown) for item in exports):
                yield database.not_judged(path)
            else:
                yield Check(log, lambda value, log=log: log in value)(database.urn, path, exports)  # type: ignore[misc]


def _engine(graph: Graph, database: Resource) -> Any:
    """Find the engine of a database: its own, its source's, or that of its parameters."""
    sources = graph.targets(database, "replicateSourceDb", DATABASE)
    groups = graph.targets(database, "parameterGroupName", PARAMETERS)
    candidates = [
        database.get("engine"),
        *(source.get("engine") for source in sources),
        *(group.get("family") for group in groups),
    ]
    return next((engine for engine in candidates if isinstance(engine, str)), ABSENT)


@resource_rule(
    "rds-statements-logged",
    PARAMETERS,
    CLUSTER_PARAMETERS,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(checkov=("CKV2_AWS_30",)),
    reason="Who logged in and who changed the schema is asked after every incident.",
    remedy="Set log_connections and log_disconnections to 1 and log_statement to ddl in the parameter group.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html",
)
def rds_statements_logged(group: Resource, _: Settings) -> Iterator[Verdict]:
    """Of PostgreSQL, which logs none of it by default."""
    wanted = {"log_connections": ON, "log_disconnections": ON, "log_statement": STATEMENTS}
    yield from postgres_parameters(group, wanted)


@resource_rule(
    "rds-monitored",
    DATABASE,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    controls=Controls(fsbp=("RDS.6",), checkov=("CKV_AWS_118", "CKV_AWS_353")),
    reason="Why a database is slow shows in its processes and its waits, not in a minute's mean.",
    remedy="Set monitoring_interval to 60 or less with monitoring_role_arn, and "
    "performance_insights_enabled=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-6",
)
def rds_monitored(database: Resource, _: Settings) -> Iterator[Verdict]:
    """Both are off unless switched on."""
    interval = database.must("monitoringInterval", at_least(1))
    if interval.outcome is Outcome.PASS:
        interval = database.must("monitoringInterval", at_most(MONITORING_SECONDS))
    yield interval
    yield database.must_be_given("monitoringRoleArn")
    yield database.must("performanceInsightsEnabled", IS_TRUE)


@resource_rule(
    "elasticache-logs",
    CACHE,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    reason="Slow commands and failed log-ins are seen in the logs of the cache only.",
    remedy="Set log_delivery_configurations for slow-log and engine-log.",
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html",
)
def elasticache_logs(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """ElastiCache writes none unless told where to."""
    path = "logDeliveryConfigurations"
    items = [(place, cache.get(f"{place}.logType")) for place, _ in cache.items(path)]
    for log in CACHE_LOGS:
        found = [place for place, kind in items if kind == log]
        if found:
            yield cache.must_be_given(f"{found[0]}.destination")
        elif any(isinstance(kind, Unknown) for _, kind in items):
            yield cache.not_judged(path)
        else:
            yield cache.fails(path, f"{path} has no {log}")


@resource_rule(
    "ecs-container-insights",
    CLUSTER,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ECS.12",), checkov=("CKV_AWS_65",)),
    reason="How many tasks run, and what they use, is measured by Container Insights only.",
    remedy="Set settings of the cluster with containerInsights to enabled or enhanced.",
    url=f"{SECURITY_HUB}/ecs-controls.html#ecs-12",
)
def ecs_container_insights(cluster: Resource, _: Settings) -> Iterator[Verdict]:
    """Off unless the account's default says otherwise, which the program does not know."""
    items = cluster.items("settings")
    found = [
        path for path, item in items if isinstance(item, Mapping) and item.get("name") == "containerInsights"
    ]
    if found:
        yield cluster.must(f"{found[0]}.value", one_of({"enabled", "enhanced"}))
    elif isinstance(cluster.get("settings"), Unknown) or any(isinstance(item, Unknown) for _, item in items):
        yield cluster.not_judged("settings")
    else:
        yield cluster.fails("settings", "settings do not switch containerInsights on")


@graph_rule(
    "lambda-log-group",
    FUNCTION,
    LOG_GROUP,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="A log group that Lambda makes by itself has no key and no retention.",
    remedy="Declare the LogGroup and name it in logging_config of the function.",
    url="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
)
def lambda_log_group(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """By its configuration, or by the name that Lambda uses."""
    path = "loggingConfig.logGroup"
    for function in graph.of(FUNCTION):
        name = function.get("name")
        groups = [group.get("name") for group in graph.of(LOG_GROUP)]
        if graph.targets(function, path, LOG_GROUP) or f"/aws/lambda/{name}" in groups:
            yield function.passes(path)
        elif isinstance(function.get(path), Unknown) or isinstance(name, Unknown):
            yield function.not_judged(path)
        else:
            yield function.fails(path, "the log group of the function is not declared")
