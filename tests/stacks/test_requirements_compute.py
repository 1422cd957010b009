"""Requirements: Compute. What the plan of production says of the services, one figure a test."""

import json

import pytest

from operations.plan import Plan
from tests.stacks.reading import named

SERVICES = ("svc-portal", "svc-smarttab", "mpac-pgw")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "aws:lb/targetGroup:TargetGroup"
REPOSITORY = "aws:ecr/repository:Repository"
POLICY = "aws:appautoscaling/policy:Policy"
SERVICE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
TASK = "aws:ecs/taskDefinition:TaskDefinition"


def test_launch_type_is_fargate(prod: Plan) -> None:
    assert {each["launchType"] for each in named(prod, SERVICE).values()} == {"FARGATE"}


@pytest.mark.parametrize(
    ("service", "mib"), [("svc-portal", 2048), ("svc-smarttab", 4096), ("mpac-pgw", 2048)]
)
def test_memory(prod: Plan, service: str, mib: int) -> None:
    assert named(prod, TASK)[service]["memory"] == str(mib)


@pytest.mark.parametrize(
    ("service", "units"), [("svc-portal", 1024), ("svc-smarttab", 2048), ("mpac-pgw", 1024)]
)
def test_cpu(prod: Plan, service: str, units: int) -> None:
    assert named(prod, TASK)[service]["cpu"] == str(units)


@pytest.mark.parametrize(("service", "tasks"), [("svc-portal", 2), ("svc-smarttab", 5), ("mpac-pgw", 3)])
def test_least_tasks(prod: Plan, service: str, tasks: int) -> None:
    assert named(prod, TARGET)[service]["minCapacity"] == tasks


@pytest.mark.parametrize(("service", "tasks"), [("svc-portal", 20), ("svc-smarttab", 50), ("mpac-pgw", 30)])
def test_most_tasks(prod: Plan, service: str, tasks: int) -> None:
    assert named(prod, TARGET)[service]["maxCapacity"] == tasks


@pytest.mark.parametrize(
    ("service", "port"), [("svc-portal", 8002), ("svc-smarttab", 8001), ("mpac-pgw", 8003)]
)
def test_port(prod: Plan, service: str, port: int) -> None:
    (container,) = json.loads(named(prod, TASK)[service]["containerDefinitions"])
    assert [each["containerPort"] for each in container["portMappings"]] == [port]
    assert {each["containerPort"] for each in named(prod, SERVICE)[service]["loadBalancers"]} == {port}


@pytest.mark.parametrize("service", SERVICES)
def test_image(prod: Plan, service: str) -> None:
    (container,) = json.loads(named(prod, TASK)[service]["containerDefinitions"])
    assert container["image"].partition("/")[2] == f"mpac-prod/{service}:2.1.0"
    assert named(prod, REPOSITORY)[f"registry-{service}"]["imageTagMutability"] == "IMMUTABLE"


@pytest.mark.parametrize(("what", "percent"), [("cpu", 60), ("memory", 70)])
def test_average_that_is_kept(prod: Plan, what: str, percent: int) -> None:
    policies = named(prod, POLICY)
    for service in SERVICES:
        tracking = policies[f"{service}-{what}"]["targetTrackingScalingPolicyConfiguration"]
        assert tracking["targetValue"] == percent


@pytest.mark.parametrize(("direction", "seconds"), [("In", 300), ("Out", 60)])
def test_pause_after_scaling(prod: Plan, direction: str, seconds: int) -> None:
    policies = named(prod, POLICY)
    for service in SERVICES:
        for what in ("cpu", "memory", "requests"):
            tracking = policies[f"{service}-{what}"]["targetTrackingScalingPolicyConfiguration"]
            assert tracking[f"scale{direction}Cooldown"] == seconds


@pytest.mark.parametrize(("what", "limit"), [("cpu", 70), ("memory", 80), ("latency", 0.5)])
def test_limit_above_which_tasks_are_added(prod: Plan, what: str, limit: float) -> None:
    alarms = named(prod, ALARM)
    for service in SERVICES:
        alarm = alarms[f"{service}-scale-out-{what}"]
        assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanThreshold", limit)


def test_each_service_scales_by_itself(prod: Plan) -> None:
    targets = named(prod, TARGET)
    assert {name: targets[name]["resourceId"] for name in SERVICES} == {
        "svc-portal": "service/mpac-prod-cluster/mpac-prod-svc-portal",
        "svc-smarttab": "service/mpac-prod-cluster/mpac-prod-svc-smarttab",
        "mpac-pgw": "service/mpac-prod-cluster/mpac-prod-mpac-pgw",
    }


def test_websockets_per_task(prod: Plan) -> None:
    tracking = named(prod, POLICY)["svc-smarttab-task-metric"]["targetTrackingScalingPolicyConfiguration"]
    assert tracking["customizedMetricSpecification"]["metricName"] == "ActiveConnections"
    assert tracking["targetValue"] == 8000


def test_requests_are_counted_by_the_load_balancer(prod: Plan) -> None:
    policies = named(prod, POLICY)
    for service in SERVICES:
        tracking = policies[f"{service}-requests"]["targetTrackingScalingPolicyConfiguration"]
        metric = tracking["predefinedMetricSpecification"]["predefinedMetricType"]
        assert metric == "ALBRequestCountPerTarget"


def test_peak_of_15000_requests_a_second_takes_four_of_five_tasks(prod: Plan) -> None:
    policies, targets = named(prod, POLICY), named(prod, TARGET)
    per_minute = sum(
        targets[service]["maxCapacity"]
        * policies[f"{service}-requests"]["targetTrackingScalingPolicyConfiguration"]["targetValue"]
        for service in SERVICES
    )
    assert per_minute / 60 * 4 / 5 >= 15000


def test_a_release_reconnects_a_fifth_of_the_websockets_at_a_time(prod: Plan) -> None:
    service = named(prod, SERVICE)["svc-smarttab"]
    assert (service["deploymentMaximumPercent"], service["deploymentMinimumHealthyPercent"]) == (120, 100)
    assert named(prod, GROUP)["alb-smarttab"]["deregistrationDelay"] == 300


def test_a_task_may_open_a_file_for_each_of_200000_websockets(prod: Plan) -> None:
    (container,) = json.loads(named(prod, TASK)["svc-smarttab"]["containerDefinitions"])
    assert container["ulimits"] == [{"name": "nofile", "softLimit": 1048576, "hardLimit": 1048576}]


def test_a_failed_deployment_is_taken_back(prod: Plan) -> None:
    for service in SERVICES:
        assert named(prod, SERVICE)[service]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
