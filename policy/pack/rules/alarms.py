"""Somebody is told when something fails, and a deployment that fails is taken back."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..tasks import TASK, judge_containers
from ..values import Unknown, has_unknown, leaves, read
from ..verdicts import IS_SET, IS_TRUE, Check, Verdict, any_of, equals
from .load_balancing import TARGET_GROUP, serves_http

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
SERVICE = "aws:ecs/service:Service"
CLOUDWATCH = f"{SECURITY_HUB}/cloudwatch-controls.html"
# Metrics that end when what they count is gone.
LIVENESS = {"HealthyHostCount", "RunningTaskCount"}
# By type, the input with the name, and the dimensions that hold it.
DIMENSIONS = {
    DATABASE: ("identifier", {"DBInstanceIdentifier"}),
    CACHE: ("replicationGroupId", {"CacheClusterId", "ReplicationGroupId"}),
    BALANCER: ("name", {"LoadBalancer"}),
    QUEUE: ("name", {"QueueName"}),
}
# What a dimension comes from if nobody knows.
NOWHERE = "?"
NOT_OFF = Check("true, or not set", lambda value: value not in (False, "false"))


@resource_rule(
    "alarm-acts",
    ALARM,
    COMPOSITE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("CloudWatch.15", "CloudWatch.17")),
    reason="An alarm that tells nobody is no alarm.",
    remedy="Set alarm_actions to a topic, and leave actions_enabled on.",
    url=f"{CLOUDWATCH}#cloudwatch-15",
)
def alarm_acts(alarm: Resource, _: Settings) -> Iterator[Verdict]:
    """Actions are on unless switched off."""
    yield alarm.must_be_given("alarmActions")
    yield alarm.must("actionsEnabled", NOT_OFF)


@resource_rule(
    "alarm-without-data",
    ALARM,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="What counts living things has no data when the last of them dies.",
    remedy='Set treat_missing_data="breaching".',
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
)
def alarm_without_data(alarm: Resource, _: Settings) -> Iterator[Verdict]:
    """Of alarms on too few targets or tasks; missing data is no alarm by default."""
    falls = str(alarm.get("comparisonOperator")).startswith("LessThan")
    if falls and str(alarm.get("metricName")) in LIVENESS:
        yield alarm.must("treatMissingData", equals("breaching"))


@graph_rule(
    "alarm-for-each",
    DATABASE,
    CACHE,
    BALANCER,
    QUEUE,
    FUNCTION,
    ALARM,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A database, a cache or a load balancer that fails at night is noticed by customers first.",
    remedy="Declare a MetricAlarm with the dimension of the resource.",
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
)
def alarm_for_each(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of databases, caches, load balancers, and the queues that failures of functions go to."""
    watched = [item for alarm in graph.of(ALARM) for item in _watched(alarm)]
    queues = [
        queue
        for function in graph.of(FUNCTION)
        for queue in graph.targets(function, "deadLetterConfig.targetArn", QUEUE)
    ]
    for resource in (*graph.of(DATABASE, CACHE, BALANCER), *queues):
        identity, dimensions = DIMENSIONS[resource.type]
        name = resource.get(identity)
        values = [value for dimension, value in watched if dimension in dimensions]
        if resource.urn in values or any(_is_named(value, name) for value in values):
            yield resource.passes()
        elif NOWHERE in values or not isinstance(name, str):
            yield resource.not_judged("", "what some alarms watch is not known yet")
        else:
            yield resource.fails("", "no alarm watches it")


def _watched(alarm: Resource) -> Iterator[tuple[str, str]]:
    """Yield the dimensions of an alarm with their values; of what is unknown, the URN of its source."""
    for name in ("dimensions", "metricQueries"):
        for path, value in leaves(alarm.get(name)):
            dimension = path.rpartition(".")[2]
            if isinstance(value, Unknown):
                for source in (value.source,) if value.source else alarm.references.get(name) or (NOWHERE,):
                    yield dimension, source
            else:
                yield dimension, str(value)


def _is_named(value: str, name: Any) -> bool:
    """Whether a dimension names a resource: by name, a member of it, or `app/<name>/<id>`."""
    return value == name or value.startswith(f"{name}-0") or f"/{name}/" in value


@graph_rule(
    "lambda-failures-kept",
    FUNCTION,
    INVOKE_CONFIG,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    controls=Controls(checkov=("CKV_AWS_116",)),
    reason="An event that a function fails on is gone after two more tries.",
    remedy="Set dead_letter_config with target_arn, or a FunctionEventInvokeConfig with on_failure.",
    url="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
)
def lambda_failures_kept(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """In a queue or a topic, by either of the two ways."""
    for function in graph.of(FUNCTION):
        configs = graph.naming(function, "functionName", INVOKE_CONFIG)
        elsewhere = [item.must_be_given("destinationConfig.onFailure.destination") for item in configs]
        yield any_of([function.must_be_given("deadLetterConfig.targetArn"), *elsewhere])


@graph_rule(
    "ecs-deployment-alarms",
    SERVICE,
    TARGET_GROUP,
    ALARM,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A version that starts well and answers with errors is found by customers.",
    remedy="Set alarms of the service with the alarm_names of one on errors and one on latency, enable=True "
    "and rollback=True.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html",
)
def ecs_deployment_alarms(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of services that answer HTTP behind a load balancer, and wherever alarms are set."""
    for service in graph.of(SERVICE):
        if service.has("alarms") or serves_http(graph, service):
            yield from _errors_and_latency(graph, service)
            yield service.must("alarms.enable", IS_TRUE)
            yield service.must("alarms.rollback", IS_TRUE)


def _errors_and_latency(graph: Graph, service: Resource) -> Iterator[Verdict]:
    path = "alarms.alarmNames"
    yield service.must_be_given(path)
    alarms = graph.targets(service, path, ALARM)
    names = service.get(path)
    metrics = [
        str(value)
        for alarm in alarms
        for place, value in leaves({name: alarm.get(name) for name in ("metricName", "metricQueries")})
        if place.endswith("metricName")
    ]
    if isinstance(names, list) and has_unknown(names) and len(names) != len(alarms):
        yield service.not_judged(path)
    elif isinstance(names, list) and len(names) == len(alarms):
        for kind, what in (("5XX", "errors"), ("ResponseTime", "latency")):
            if not any(kind in metric for metric in metrics):
                yield service.fails(path, f"none of the alarms is on {what}")


@graph_rule(
    "ecs-service-health",
    SERVICE,
    TASK,
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="A task that hangs is not replaced unless somebody asks it how it is.",
    remedy="Put the service behind a load balancer, or set healthCheck of an essential container.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
)
def ecs_service_health(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """One container with a check is enough: its task is ill if it is."""
    for service in graph.of(SERVICE):
        if not service.has("loadBalancers"):
            for task in graph.targets(service, "taskDefinition", TASK):
                yield any_of(judge_containers(task, partial(_asked, task)))


def _asked(task: Resource, path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
    name = "healthCheck.command"
    yield IS_SET(task.urn, f"{path}.{name}", read(container, name))
