"""Services on Fargate: what is created for one, with the requirements' figures."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from components.compute.attachments import ScrapeTarget, TargetGroup
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.containers import Container
from components.compute.permissions import Permission, SecretValue
from components.compute.scaling import Scaling, TaskMetric
from components.compute.service import FargateService, FargateServiceArgs
from components.compute.settings import ComputeSettings
from components.compute.task import FargateTaskArgs
from components.compute.volumes import EfsVolume
from components.context import Context
from components.problems import SettingsError
from tests.components.contexts import CONTEXT, PLAIN
from tests.components.recording import Registration, of_type, only, record, repeated_names

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
POLICY = "aws:appautoscaling/policy:Policy"
TARGET = "aws:appautoscaling/target:Target"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
NAMESPACE = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:mpac/prod/cache-AbCdEf"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:mpac-prod-alarms"
LOGS_KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/logs"
SMARTTAB = TargetGroup(
    arn="tg-arn", arn_suffix="targetgroup/smarttab/1", load_balancer_arn_suffix="app/mpac-prod/2", port=8001
)


def cluster(
    name: str = "cluster", context: Context = CONTEXT, settings: ComputeSettings | None = None
) -> Cluster:
    return Cluster(name, ClusterArgs(context=context, settings=settings or ComputeSettings(), vpc_id="vpc-1"))


def service(
    task: Mapping[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401
) -> list[Registration]:
    secret = SecretValue(arn=SECRET, key_arn="secrets-key", json_field="password")
    given_task: dict[str, Any] = {
        "context": CONTEXT,
        "cpu": 2048,
        "memory_mib": 4096,
        "containers": [
            Container(name="app", image="app:1", ports=[8001], secrets={"CACHE_PASSWORD": secret})
        ],
        "permissions": [
            Permission(sid="Write", actions=["s3:PutObject"], resources=["arn:aws:s3:::receipts/*"])
        ],
        "log_retention_days": 90,
    }
    metric = TaskMetric(namespace="MPAC/WebSocket", name="ActiveConnections", target=8000)
    given: dict[str, Any] = {
        "task": FargateTaskArgs(**given_task | dict(task or {})),
        "subnet_ids": ["subnet-a", "subnet-c", "subnet-d"],
        "security_group_ids": ["sg-app"],
        "scaling": Scaling(min_tasks=5, max_tasks=50, requests_per_minute=15000, task_metric=metric),
        "target_groups": [SMARTTAB],
        "scrape": ScrapeTarget(port=8001),
    }
    args = {"context": CONTEXT, **given, **changes}
    return record(lambda: FargateService("smarttab", FargateServiceArgs(cluster=cluster(), **args)))


@pytest.fixture(scope="module")
def smarttab() -> list[Registration]:
    return service()


class TestCluster:
    def test_measures_every_task_and_names_services(self) -> None:
        graph = record(cluster)
        created = only(graph, "aws:ecs/cluster:Cluster").inputs
        assert created["name"] == "mpac-prod-cluster"
        assert created["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
        assert "configuration" not in created
        namespace = only(graph, NAMESPACE).inputs
        assert (namespace["name"], namespace["vpc"]) == ("cluster.prod.mpac.internal", "vpc-1")
        assert not of_type(graph, LOGS)

    def test_tells_of_failed_deployments_of_its_own(self) -> None:
        rule = only(record(cluster), "aws:cloudwatch/eventRule:EventRule").inputs
        pattern = json.loads(rule["eventPattern"])
        assert pattern["detail"] == {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
        assert pattern["resources"] == [
            {"prefix": "arn:aws:ecs:ap-northeast-1:123456789012:service/mpac-prod-cluster/"}
        ]

    def test_logs_shells_where_there_are_some(self) -> None:
        graph = record(lambda: cluster(settings=ComputeSettings(exec_enabled=True)))
        configuration = only(graph, "aws:ecs/cluster:Cluster").inputs["configuration"]
        command = configuration["executeCommandConfiguration"]
        assert command["logging"] == "OVERRIDE"
        assert command["logConfiguration"]["cloudWatchEncryptionEnabled"] is True
        group = only(graph, LOGS).inputs
        assert (group["name"], group["retentionInDays"]) == ("/mpac/prod/cluster-exec", 90)
        assert group["kmsKeyId"] == LOGS_KEY

    def test_logs_shells_without_a_key_too(self) -> None:
        # With it set, every session is refused whose log group has no key.
        settings = ComputeSettings(exec_enabled=True)
        graph = record(
            lambda: Cluster("shells", ClusterArgs(context=PLAIN, settings=settings, vpc_id="vpc-1"))
        )
        configuration = only(graph, "aws:ecs/cluster:Cluster").inputs["configuration"]
        logs = configuration["executeCommandConfiguration"]["logConfiguration"]
        assert logs["cloudWatchEncryptionEnabled"] is False
        assert "kmsKeyId" not in only(graph, LOGS).inputs


@pytest.mark.parametrize(("least", "most"), [(0, 2), (3, 2)])
def test_limits_of_scaling_are_not_the_wrong_way_round(least: int, most: int) -> None:
    with pytest.raises(ValueError, match="give at least 1"):
        Scaling(min_tasks=least, max_tasks=most)


class TestTask:
    def test_is_of_the_size_that_was_asked_for(self, smarttab: list[Registration]) -> None:
        task = only(smarttab, TASK).inputs
        assert (task["cpu"], task["memory"]) == ("2048", "4096")
        assert task["requiresCompatibilities"] == ["FARGATE"]
        assert task["networkMode"] == "awsvpc"
        assert task["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}
        assert task["family"] == "mpac-prod-smarttab"

    def test_the_field_of_a_secret_is_named(self, smarttab: list[Registration]) -> None:
        (container,) = json.loads(only(smarttab, TASK).inputs["containerDefinitions"])
        assert container["secrets"] == [{"name": "CACHE_PASSWORD", "valueFrom": f"{SECRET}:password::"}]

    def test_programs_and_start_have_roles_of_their_own(self, smarttab: list[Registration]) -> None:
        task = only(smarttab, TASK)
        roles = of_type(smarttab, ROLE)
        assert roles.keys() == {"smarttab", "smarttab-execution"}
        assert task.property_dependencies["taskRoleArn"] == {roles["smarttab"].urn}
        assert task.property_dependencies["executionRoleArn"] == {roles["smarttab-execution"].urn}

    def test_the_role_of_the_programs_has_what_was_declared(self, smarttab: list[Registration]) -> None:
        policies = of_type(smarttab, ROLE_POLICY)
        (statement,) = json.loads(policies["smarttab"].inputs["policy"])["Statement"]
        assert statement["Action"] == ["s3:PutObject"]
        assert statement["Resource"] == ["arn:aws:s3:::receipts/*"]

    def test_without_needs_the_role_has_no_policy(self) -> None:
        graph = service(
            {"permissions": [], "containers": [Container(name="app", image="app:1", ports=[8001])]}
        )
        assert of_type(graph, ROLE_POLICY).keys() == {"smarttab-execution"}

    def test_starts_when_its_roles_may_do_what_it_needs(self, smarttab: list[Registration]) -> None:
        policies = {policy.urn for policy in of_type(smarttab, ROLE_POLICY).values()}
        assert policies <= only(smarttab, TASK).dependencies

    def test_logs_are_encrypted_and_kept(self, smarttab: list[Registration]) -> None:
        group = only(smarttab, LOGS)
        assert group.inputs["name"] == "/mpac/prod/smarttab"
        assert group.inputs["kmsKeyId"] == LOGS_KEY
        assert group.inputs["retentionInDays"] == 90
        assert group.protect

    def test_volumes_are_mounted_encrypted_with_the_role(self) -> None:
        volume = EfsVolume(
            name="data",
            file_system_id="fs-1",
            file_system_arn="fs-arn",
            access_point_id="ap-1",
            access_point_arn="ap-arn",
        )
        graph = service({"volumes": [volume]})
        (mounted,) = only(graph, TASK).inputs["volumes"]
        assert mounted["efsVolumeConfiguration"] == {
            "fileSystemId": "fs-1",
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": "ap-1", "iam": "ENABLED"},
        }
        policy = json.loads(of_type(graph, ROLE_POLICY)["smarttab"].inputs["policy"])
        assert [statement["Sid"] for statement in policy["Statement"]] == ["Write", "MountData"]

    def test_shells_are_for_those_who_ask(self, smarttab: list[Registration]) -> None:
        assert only(smarttab, SERVICE).inputs["enableExecuteCommand"] is False
        assert "ssmmessages" not in of_type(smarttab, ROLE_POLICY)["smarttab"].inputs["policy"]
        graph = service({"exec_log_group_name": "/mpac/prod/cluster-exec"})
        assert only(graph, SERVICE).inputs["enableExecuteCommand"] is True
        policy = of_type(graph, ROLE_POLICY)["smarttab"].inputs["policy"]
        assert "ssmmessages:OpenDataChannel" in policy
        assert "arn:aws:logs:ap-northeast-1:123456789012:log-group:/mpac/prod/cluster-exec:*" in policy


class TestService:
    def test_runs_in_private_subnets_without_public_addresses(self, smarttab: list[Registration]) -> None:
        inputs = only(smarttab, SERVICE).inputs
        assert inputs["name"] == "mpac-prod-smarttab"
        assert inputs["launchType"] == "FARGATE"
        assert inputs["networkConfiguration"] == {
            "subnets": ["subnet-a", "subnet-c", "subnet-d"],
            "securityGroups": ["sg-app"],
            "assignPublicIp": False,
        }

    def test_takes_a_failed_deployment_back(self, smarttab: list[Registration]) -> None:
        created = only(smarttab, SERVICE)
        assert created.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert created.inputs["alarms"] == {
            "enable": True,
            "rollback": True,
            "alarmNames": ["mpac-prod-smarttab-errors", "mpac-prod-smarttab-latency"],
        }
        alarms = of_type(smarttab, ALARM)
        # AWS watches alarms that exist when the deployment begins.
        assert {alarms["smarttab-errors"].urn, alarms["smarttab-latency"].urn} <= created.dependencies
        assert created.inputs["waitForSteadyState"] is True

    def test_starts_new_tasks_before_old_ones_stop(self, smarttab: list[Registration]) -> None:
        inputs = only(smarttab, SERVICE).inputs
        assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
        assert inputs["availabilityZoneRebalancing"] == "ENABLED"

    @pytest.mark.parametrize(
        ("least", "most", "percent", "minutes"),
        [(5, 50, 200, 60), (5, 50, 120, 60), (50, 50, 102, 250), (10, 19, 110, 95), (1, 1, 100, 60)],
        ids=["at once", "a fifth", "one of fifty", "one of nineteen", "a single writer"],
    )
    def test_an_update_waits_as_long_as_the_steps_of_a_deployment_may_take(
        self, least: int, most: int, percent: int, minutes: int
    ) -> None:
        graph = service(
            scaling=Scaling(min_tasks=least, max_tasks=most),
            minimum_healthy_percent=0 if percent == 100 else 100,
            maximum_percent=percent,
        )
        # The provider's own are 20 minutes, while ECS goes on.
        assert only(graph, SERVICE).timeouts == {"create": f"{minutes}m", "update": f"{minutes}m"}

    def test_a_deployment_has_room_for_a_new_task(self) -> None:
        with pytest.raises(ValueError, match="no room for a new task beside 5"):
            service(scaling=Scaling(min_tasks=5, max_tasks=50), maximum_percent=119)

    def test_a_single_writer_stops_before_the_next_starts(self) -> None:
        graph = service(scaling=1, target_groups=[], minimum_healthy_percent=0, maximum_percent=100)
        inputs = only(graph, SERVICE).inputs
        assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (0, 100)
        # AWS refuses it there.
        assert inputs["availabilityZoneRebalancing"] == "DISABLED"
        assert not {"alarms", "healthCheckGracePeriodSeconds"} & inputs.keys()

    def test_prometheus_finds_tasks_by_tags(self, smarttab: list[Registration]) -> None:
        inputs = only(smarttab, SERVICE).inputs
        assert inputs["tags"]["prometheus.io/scrape"] == "true"
        assert inputs["tags"]["prometheus.io/port"] == "8001"
        assert inputs["propagateTags"] == "SERVICE"

    def test_without_metrics_it_is_not_scraped(self) -> None:
        assert only(service(scrape=None), SERVICE).inputs["tags"] == {"Name": "mpac-prod-smarttab"}

    def test_joins_its_target_group(self, smarttab: list[Registration]) -> None:
        inputs = only(smarttab, SERVICE).inputs
        assert inputs["loadBalancers"] == [
            {"targetGroupArn": "tg-arn", "containerName": "app", "containerPort": 8001}
        ]
        assert inputs["healthCheckGracePeriodSeconds"] == 60

    def test_other_tasks_find_it_by_name(self) -> None:
        hosts: list[str | None] = []

        def program() -> None:
            args = FargateServiceArgs(
                context=CONTEXT,
                task=FargateTaskArgs(
                    context=CONTEXT,
                    cpu=1024,
                    memory_mib=2048,
                    containers=[Container(name="alloy", image="grafana/alloy:v1.12.0")],
                ),
                cluster=cluster(),
                subnet_ids=["subnet-a"],
                security_group_ids=["sg-observability"],
                scaling=2,
                discovery_name="alloy",
            )
            hosts.append(FargateService("alloy", args).host_name)

        graph = record(program)
        assert hosts == ["alloy.cluster.prod.mpac.internal"]
        registry = only(graph, "aws:servicediscovery/service:Service")
        assert registry.inputs["dnsConfig"]["dnsRecords"] == [{"type": "A", "ttl": 10}]
        assert only(graph, SERVICE).property_dependencies["serviceRegistries"] == {registry.urn}


class TestScaling:
    def test_between_the_least_and_the_most(self, smarttab: list[Registration]) -> None:
        inputs = only(smarttab, TARGET).inputs
        assert (inputs["minCapacity"], inputs["maxCapacity"]) == (5, 50)
        assert inputs["resourceId"] == "service/mpac-prod-cluster/mpac-prod-smarttab"

    def test_the_number_of_tasks_is_left_to_it(self, smarttab: list[Registration]) -> None:
        created = only(smarttab, SERVICE)
        assert created.inputs["desiredCount"] == 5
        assert created.ignore_changes == ("desiredCount",)

    def test_a_fixed_number_stays(self) -> None:
        graph = service(scaling=2)
        assert only(graph, SERVICE).inputs["desiredCount"] == 2
        assert only(graph, SERVICE).ignore_changes == ()
        assert not of_type(graph, TARGET)

    @pytest.mark.parametrize(
        ("name", "metric", "target"),
        [
            ("cpu", {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}, 60),
            ("memory", {"predefinedMetricType": "ECSServiceAverageMemoryUtilization"}, 70),
            (
                "requests",
                {
                    "predefinedMetricType": "ALBRequestCountPerTarget",
                    "resourceLabel": "app/mpac-prod/2/targetgroup/smarttab/1",
                },
                15000,
            ),
        ],
    )
    def test_follows_targets(
        self, smarttab: list[Registration], name: str, metric: dict[str, str], target: float
    ) -> None:
        policy = of_type(smarttab, POLICY)[f"smarttab-{name}"].inputs
        tracking = policy["targetTrackingScalingPolicyConfiguration"]
        assert policy["policyType"] == "TargetTrackingScaling"
        assert tracking["predefinedMetricSpecification"] == metric
        assert tracking["targetValue"] == target
        assert (tracking["scaleOutCooldown"], tracking["scaleInCooldown"]) == (60, 300)

    def test_follows_websockets_per_task(self, smarttab: list[Registration]) -> None:
        policy = of_type(smarttab, POLICY)["smarttab-task-metric"].inputs
        tracking = policy["targetTrackingScalingPolicyConfiguration"]
        assert tracking["targetValue"] == 8000
        assert tracking["customizedMetricSpecification"] == {
            "namespace": "MPAC/WebSocket",
            "metricName": "ActiveConnections",
            "statistic": "Average",
            "dimensions": [
                {"name": "ClusterName", "value": "mpac-prod-cluster"},
                {"name": "ServiceName", "value": "mpac-prod-smarttab"},
            ],
        }

    @pytest.mark.parametrize(
        ("name", "metric", "threshold"),
        [
            ("cpu", "CPUUtilization", 70),
            ("memory", "MemoryUtilization", 80),
            ("latency", "TargetResponseTime", 0.5),
        ],
    )
    def test_alarms_add_tasks_and_take_none_away(
        self, smarttab: list[Registration], name: str, metric: str, threshold: float
    ) -> None:
        alarm = of_type(smarttab, ALARM)[f"smarttab-scale-out-{name}"]
        assert (alarm.inputs["metricName"], alarm.inputs["threshold"]) == (metric, threshold)
        policy = of_type(smarttab, POLICY)["smarttab-scale-out"]
        assert policy.urn in alarm.property_dependencies["alarmActions"]
        steps = policy.inputs["stepScalingPolicyConfiguration"]
        assert steps["stepAdjustments"] == [{"metricIntervalLowerBound": "0", "scalingAdjustment": 25}]
        assert (steps["adjustmentType"], steps["cooldown"]) == ("PercentChangeInCapacity", 60)
        assert "okActions" not in policy.inputs

    def test_latency_is_the_95th_percentile(self, smarttab: list[Registration]) -> None:
        alarm = of_type(smarttab, ALARM)["smarttab-scale-out-latency"].inputs
        assert alarm["extendedStatistic"] == "p95"

    def test_without_a_load_balancer_requests_are_not_counted(self) -> None:
        graph = service(target_groups=[])
        names = of_type(graph, POLICY).keys()
        assert names == {"smarttab-cpu", "smarttab-memory", "smarttab-task-metric", "smarttab-scale-out"}


class TestAlarms:
    def alarm(self, graph: list[Registration], name: str) -> dict[str, Any]:
        return of_type(graph, ALARM)[f"smarttab-{name}"].inputs

    def test_errors_are_a_share_of_the_requests(self, smarttab: list[Registration]) -> None:
        errors = self.alarm(smarttab, "errors")
        queries = {query["id"]: query for query in errors["metricQueries"]}
        assert queries["errors"]["metric"]["metricName"] == "HTTPCode_Target_5XX_Count"
        assert queries["requests"]["metric"]["metricName"] == "RequestCount"
        assert queries["result"]["expression"] == "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"
        assert (errors["threshold"], errors["datapointsToAlarm"], errors["evaluationPeriods"]) == (1, 3, 5)

    def test_too_few_healthy_targets(self, smarttab: list[Registration]) -> None:
        healthy = self.alarm(smarttab, "healthy-targets")
        assert healthy["metricName"] == "HealthyHostCount"
        assert healthy["comparisonOperator"] == "LessThanThreshold"
        assert healthy["threshold"] == 5
        assert healthy["treatMissingData"] == "breaching"
        assert healthy["dimensions"] == {
            "TargetGroup": "targetgroup/smarttab/1",
            "LoadBalancer": "app/mpac-prod/2",
        }

    def test_behind_a_network_load_balancer_too(self) -> None:
        network = TargetGroup(
            arn="nlb-arn",
            arn_suffix="targetgroup/ws/1",
            load_balancer_arn_suffix="net/mpac-prod-ws/2",
            kind="network",
            port=8001,
            label="websocket",
        )
        graph = service(target_groups=[SMARTTAB, network])
        assert self.alarm(graph, "healthy-targets-websocket")["namespace"] == "AWS/NetworkELB"
        assert self.alarm(graph, "healthy-targets")["namespace"] == "AWS/ApplicationELB"

    def test_without_a_load_balancer_running_tasks_are_counted(self) -> None:
        running = self.alarm(service(target_groups=[], scaling=2), "running-tasks")
        assert (running["namespace"], running["metricName"]) == ("ECS/ContainerInsights", "RunningTaskCount")
        assert running["threshold"] == 2

    def test_everybody_is_told_and_knows_what_to_do(self, smarttab: list[Registration]) -> None:
        for alarm in of_type(smarttab, ALARM).values():
            assert TOPIC in alarm.inputs["alarmActions"]
            assert alarm.inputs["alarmDescription"]


def test_nothing_depends_on_what_is_known_late() -> None:
    unknown: Callable[[], FargateService] = lambda: FargateService(  # noqa: E731
        "smarttab",
        FargateServiceArgs(
            context=CONTEXT,
            task=FargateTaskArgs(
                context=CONTEXT,
                cpu=2048,
                memory_mib=4096,
                containers=[Container(name="app", image=pulumi.Output.from_input("app:1"), ports=[8001])],
            ),
            cluster=cluster(),
            subnet_ids=["subnet-a"],
            security_group_ids=["sg-app"],
            scaling=Scaling(min_tasks=1, max_tasks=2),
        ),
    )
    names = {(item.type, item.name) for item in record(unknown, preview=True)}
    assert names == {(item.type, item.name) for item in record(unknown)}


def web(name: str, context: Context, of: Cluster, *, cpu: int = 256, memory_mib: int = 512) -> FargateService:
    return FargateService(
        name,
        FargateServiceArgs(
            context=context,
            task=FargateTaskArgs(
                context=context,
                cpu=cpu,
                memory_mib=memory_mib,
                containers=[Container(name="web", image="nginx:1.29.3", ports=[8080])],
            ),
            cluster=of,
            subnet_ids=["subnet-a"],
            security_group_ids=["sg-web"],
            scaling=Scaling(min_tasks=1, max_tasks=2),
            discovery_name="web",
        ),
    )


class TestElsewhere:
    """In other programs."""

    def test_two_stand_side_by_side(self) -> None:
        shells = ComputeSettings(exec_enabled=True)

        def program() -> None:
            for area in ("one", "two"):
                web(f"{area}-web", CONTEXT, cluster(area, settings=shells))

        graph = record(program)
        assert repeated_names(graph) == []
        clusters = of_type(graph, "aws:ecs/cluster:Cluster").values()
        assert {each.inputs["name"] for each in clusters} == {"mpac-prod-one", "mpac-prod-two"}
        assert {each.inputs["name"] for each in of_type(graph, LOGS).values()} == {
            "/mpac/prod/one-exec",
            "/mpac/prod/two-exec",
            "/mpac/prod/one-web",
            "/mpac/prod/two-web",
        }

    def test_another_prefix_without_keys_and_topic(self) -> None:
        graph = record(lambda: web("web", PLAIN, cluster(context=PLAIN)))
        assert only(graph, SERVICE).inputs["name"] == "acme-test-web"
        assert only(graph, "aws:ecs/cluster:Cluster").inputs["name"] == "acme-test-cluster"
        for alarm in of_type(graph, ALARM).values():
            # What remains is the policy that adds tasks.
            assert all(action.startswith("web-scale-out") for action in alarm.inputs.get("alarmActions", []))
        assert not of_type(graph, "aws:cloudwatch/eventRule:EventRule")
        assert "kmsKeyId" not in only(graph, LOGS).inputs
        assert not [each for each in graph if "mpac" in json.dumps(each.inputs, default=str)]

    def test_a_size_that_fargate_has_not_is_refused_at_once(self) -> None:
        with pytest.raises(SettingsError, match="memoryMib = 4096") as error:
            record(lambda: web("web", CONTEXT, cluster(), memory_mib=4096))
        assert "FargateTask web" in str(error.value)
        assert "is no memory that Fargate has with 256 CPU units" in str(error.value)
