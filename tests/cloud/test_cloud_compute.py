"""The deployed services hold the requirement's figures, and their roles no more than they need."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cloud.conftest import STACKS, Aws, Client, Place
from tests.iam import Document, Request, allowed

ACCOUNT = "123456789012"
SERVICES = ("svc-portal", "svc-smarttab", "mpac-pgw")
PORTS = {"svc-portal": 8002, "svc-smarttab": 8001, "mpac-pgw": 8003}
# CPU units and MiB of a task, least and most tasks.
SEED = {
    "svc-portal": ("1024", "2048", 2, 20),
    "svc-smarttab": ("2048", "4096", 5, 50),
    "mpac-pgw": ("1024", "2048", 3, 30),
}
SIZES = {
    "prod": SEED,
    # As large, and as many at the most: Osaka takes all of Tokyo's load.
    "dr": {name: (cpu, memory, 2, most) for name, (cpu, memory, _, most) in SEED.items()},
    "staging": dict.fromkeys(SERVICES, ("512", "1024", 1, 2)),
}
# A part of svc-smarttab's sockets goes at a time; of its two tasks in Osaka one more is the least.
PACE = {("prod", "svc-smarttab"): 120, ("dr", "svc-smarttab"): 150}
REQUESTS_PER_MINUTE = {"svc-portal": 7500, "svc-smarttab": 15000, "mpac-pgw": 7500}


@pytest.fixture(params=SERVICES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def ecs(aws: Aws, stack: Place) -> Client:
    return aws("ecs", stack.region)


@pytest.fixture
def service(ecs: Client, stack: Place, name: str) -> Client:
    (found,) = ecs.describe_services(
        cluster=f"mpac-{stack.name}-cluster", services=[f"mpac-{stack.name}-{name}"], include=["TAGS"]
    )["services"]
    return found


@pytest.fixture
def task(ecs: Client, service: Client) -> Client:
    return ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]


@pytest.fixture
def policies(aws: Aws, stack: Place, name: str) -> dict[str, Client]:
    found = aws("application-autoscaling", stack.region).describe_scaling_policies(
        ServiceNamespace="ecs", ResourceId=f"service/mpac-{stack.name}-cluster/mpac-{stack.name}-{name}"
    )
    return {each["PolicyName"]: each for each in found["ScalingPolicies"]}


def alarms(aws: Aws, stack: Place, name: str) -> dict[str, Client]:
    prefix = f"mpac-{stack.name}-{name}-"
    pages = aws("cloudwatch", stack.region).get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    return {each["AlarmName"].removeprefix(prefix): each for page in pages for each in page["MetricAlarms"]}


class TestCluster:
    def test_measures_every_task(self, ecs: Client, stack: Place) -> None:
        (cluster,) = ecs.describe_clusters(clusters=[f"mpac-{stack.name}-cluster"], include=["SETTINGS"])[
            "clusters"
        ]
        assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
        assert cluster["status"] == "ACTIVE"

    def test_has_private_names(self, aws: Aws, stack: Place, vpc_id: str) -> None:
        namespaces = aws("servicediscovery", stack.region).list_namespaces()["Namespaces"]
        (namespace,) = [each for each in namespaces if each["Name"] == f"cluster.{stack.name}.mpac.internal"]
        zone = aws("route53", "us-east-1").get_hosted_zone(
            Id=namespace["Properties"]["DnsProperties"]["HostedZoneId"]
        )
        assert zone["HostedZone"]["Config"]["PrivateZone"] is True
        assert zone["VPCs"] == [{"VPCRegion": stack.region, "VPCId": vpc_id}]


class TestTask:
    def test_size(self, stack: Place, name: str, task: Client) -> None:
        assert (task["cpu"], task["memory"]) == SIZES[stack.name][name][:2]
        assert task["requiresCompatibilities"] == ["FARGATE"]
        assert task["networkMode"] == "awsvpc"

    def test_port_is_the_container_s_and_the_target_group_s(
        self, aws: Aws, stack: Place, name: str, service: Client, task: Client
    ) -> None:
        (container,) = task["containerDefinitions"]
        (attached,) = service["loadBalancers"]
        (group,) = aws("elbv2", stack.region).describe_target_groups(
            TargetGroupArns=[attached["targetGroupArn"]]
        )["TargetGroups"]
        ports = {container["portMappings"][0]["containerPort"], attached["containerPort"], group["Port"]}
        assert ports == {PORTS[name]}
        assert {"name": "PORT", "value": str(PORTS[name])} in container["environment"]

    def test_image_is_pinned_and_of_the_region(self, stack: Place, name: str, task: Client) -> None:
        owner = "prod" if stack.name == "dr" else stack.name
        (container,) = task["containerDefinitions"]
        assert container["image"] == (
            f"{ACCOUNT}.dkr.ecr.{stack.region}.amazonaws.com/mpac-{owner}/{name}:2.1.0"
        )

    def test_has_little_of_linux(self, task: Client) -> None:
        (container,) = task["containerDefinitions"]
        assert container["readonlyRootFilesystem"] is True
        assert container["user"] == "65534:65534"
        assert container["linuxParameters"]["initProcessEnabled"] is True
        assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"]

    def test_secrets_are_of_the_region_and_whole_arns(self, aws: Aws, stack: Place, task: Client) -> None:
        (container,) = task["containerDefinitions"]
        secrets = {each["name"]: each["valueFrom"] for each in container["secrets"]}
        assert secrets.keys() >= {"CACHE_USERNAME", "CACHE_PASSWORD"}
        for value_from in secrets.values():
            arn = ":".join(value_from.split(":")[:7])
            assert aws("secretsmanager", stack.region).describe_secret(SecretId=arn)["ARN"] == arn

    def test_logs_are_encrypted_and_kept(self, aws: Aws, stack: Place, name: str) -> None:
        wanted = f"/mpac/{stack.name}/{name}"
        groups = aws("logs", stack.region).describe_log_groups(logGroupNamePrefix=wanted)["logGroups"]
        (group,) = [each for each in groups if each["logGroupName"] == wanted]
        assert group["retentionInDays"] == 90
        assert f":kms:{stack.region}:" in group["kmsKeyId"]


class TestService:
    def test_runs(self, stack: Place, name: str, service: Client) -> None:
        least = SIZES[stack.name][name][2]
        assert service["status"] == "ACTIVE"
        assert service["runningCount"] == service["desiredCount"] >= least
        assert service["launchType"] == "FARGATE"
        assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]

    def test_takes_failed_deployments_back(self, stack: Place, name: str, service: Client) -> None:
        deployment = service["deploymentConfiguration"]
        assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        alarms = deployment["alarms"]
        assert alarms | {"alarmNames": sorted(alarms["alarmNames"])} == {
            "alarmNames": [f"mpac-{stack.name}-{name}-{what}" for what in ("errors", "latency")],
            "enable": True,
            "rollback": True,
        }
        most = PACE.get((stack.name, name), 200)
        assert (deployment["minimumHealthyPercent"], deployment["maximumPercent"]) == (100, most)

    def test_is_spread_and_closed(self, service: Client) -> None:
        assert service["availabilityZoneRebalancing"] == "ENABLED"
        assert service["enableExecuteCommand"] is False
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert len(network["subnets"]) == 3
        assert network["assignPublicIp"] == "DISABLED"

    def test_prometheus_finds_it_and_its_tasks(self, name: str, service: Client) -> None:
        tags = {tag["key"]: tag["value"] for tag in service["tags"]}
        assert tags["prometheus.io/scrape"] == "true"
        assert tags["prometheus.io/port"] == str(PORTS[name])
        assert service["propagateTags"] == "SERVICE"


class TestScaling:
    def test_limits(self, aws: Aws, stack: Place, name: str) -> None:
        (target,) = aws("application-autoscaling", stack.region).describe_scalable_targets(
            ServiceNamespace="ecs",
            ResourceIds=[f"service/mpac-{stack.name}-cluster/mpac-{stack.name}-{name}"],
        )["ScalableTargets"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == SIZES[stack.name][name][2:]

    @pytest.mark.parametrize(
        ("policy", "metric", "target"),
        [
            ("cpu", "ECSServiceAverageCPUUtilization", 60),
            ("memory", "ECSServiceAverageMemoryUtilization", 70),
        ],
    )
    def test_follows_cpu_and_memory(
        self, policies: dict[str, Client], policy: str, metric: str, target: float
    ) -> None:
        tracking = policies[policy]["TargetTrackingScalingPolicyConfiguration"]
        assert tracking["PredefinedMetricSpecification"]["PredefinedMetricType"] == metric
        assert tracking["TargetValue"] == target
        assert (tracking["ScaleOutCooldown"], tracking["ScaleInCooldown"]) == (60, 300)

    def test_follows_requests(self, name: str, service: Client, policies: dict[str, Client]) -> None:
        tracking = policies["requests"]["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking["PredefinedMetricSpecification"]
        assert metric["PredefinedMetricType"] == "ALBRequestCountPerTarget"
        assert tracking["TargetValue"] == REQUESTS_PER_MINUTE[name]
        suffix = service["loadBalancers"][0]["targetGroupArn"].rpartition(":")[2]
        assert metric["ResourceLabel"].endswith(suffix)

    def test_smarttab_follows_its_websockets(self, name: str, policies: dict[str, Client]) -> None:
        assert ("task-metric" in policies) == (name == "svc-smarttab")
        if name == "svc-smarttab":
            tracking = policies["task-metric"]["TargetTrackingScalingPolicyConfiguration"]
            assert tracking["TargetValue"] == 8000
            assert tracking["CustomizedMetricSpecification"]["MetricName"] == "ActiveConnections"

    def test_alarms_add_tasks(self, aws: Aws, stack: Place, name: str, policies: dict[str, Client]) -> None:
        found = alarms(aws, stack, name)
        policy = policies["scale-out"]
        steps = policy["StepScalingPolicyConfiguration"]["StepAdjustments"]
        assert [step["ScalingAdjustment"] for step in steps] == [25]
        for what, metric, threshold in (
            ("scale-out-cpu", "CPUUtilization", 70),
            ("scale-out-memory", "MemoryUtilization", 80),
            ("scale-out-latency", "TargetResponseTime", 0.5),
        ):
            assert (found[what]["MetricName"], found[what]["Threshold"]) == (metric, threshold)
            assert policy["PolicyARN"] in found[what]["AlarmActions"]
        assert found["scale-out-latency"]["ExtendedStatistic"] == "p95"


class TestAlarms:
    def test_errors_latency_and_healthy_targets(self, aws: Aws, stack: Place, name: str) -> None:
        found = alarms(aws, stack, name)
        assert found["errors"]["Threshold"] == 1
        assert (found["latency"]["MetricName"], found["latency"]["Threshold"]) == ("TargetResponseTime", 1)
        assert found["healthy-targets"]["MetricName"] == "HealthyHostCount"
        assert found["healthy-targets"]["Threshold"] == SIZES[stack.name][name][2]
        topic = f"arn:aws:sns:{stack.region}:{ACCOUNT}:mpac-{stack.name}-alarms"
        assert all(topic in each["AlarmActions"] for each in found.values())


ROLE_NAMES = [
    (place, f"mpac-{place.name}-{service}{suffix}")
    for place, service, suffix in itertools.product(STACKS.values(), SERVICES, ("", "-execution"))
]
# No role of a task may do any of these, on whatever there is in its stack.
NEVER = (
    "iam:PassRole",
    "sts:AssumeRole",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "ecs:UpdateService",
    "ecs:RunTask",
    "ecr:PutImage",
    "rds:DeleteDBInstance",
    "elasticache:DeleteReplicationGroup",
    "secretsmanager:PutSecretValue",
    "s3:DeleteObject",
    "s3:BypassGovernanceRetention",
    "logs:DeleteLogGroup",
    "ssmmessages:OpenDataChannel",
)
# Documents that a service may read and those that it may write, by kind of bucket.
DOCUMENTS: Mapping[str, tuple[set[str], set[str]]] = {
    "svc-portal": ({"app-apk", "receipts", "settlements", "exports"}, {"app-apk", "exports"}),
    "svc-smarttab": ({"receipts"}, {"receipts"}),
    "mpac-pgw": ({"settlements"}, {"settlements"}),
}


def policies_of(aws: Aws, place: Place, role: str) -> list[Document]:
    iam = aws("iam", place.region)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    return [iam.get_role_policy(RoleName=role, PolicyName=each)["PolicyDocument"] for each in names]


def everything(aws: Aws, place: Place) -> list[str]:
    """ARNs of what a role could reach for in a stack's region."""
    keys = [key["KeyArn"] for key in aws("kms", place.region).list_keys()["Keys"]]
    secrets = [each["ARN"] for each in aws("secretsmanager", place.region).list_secrets()["SecretList"]]
    buckets = [each["Name"] for each in aws("s3", place.region).list_buckets()["Buckets"]]
    return [
        "*",
        *keys,
        *secrets,
        *(f"arn:aws:s3:::{each}/document" for each in buckets),
        f"arn:aws:iam::{ACCOUNT}:role/mpac-{place.name}-svc-portal",
        f"arn:aws:ecs:{place.region}:{ACCOUNT}:service/mpac-{place.name}-cluster/mpac-{place.name}-svc-portal",
        f"arn:aws:ecr:{place.region}:{ACCOUNT}:repository/mpac-{place.name}/svc-portal",
        f"arn:aws:rds:{place.region}:{ACCOUNT}:db:mpac-{place.name}-database",
        f"arn:aws:logs:{place.region}:{ACCOUNT}:log-group:/mpac/{place.name}/svc-portal:log-stream:",
    ]


class TestLeastPrivilege:
    @pytest.mark.parametrize(("place", "role"), ROLE_NAMES, ids=[role for _, role in ROLE_NAMES])
    def test_no_role_may(self, aws: Aws, place: Place, role: str) -> None:
        documents = policies_of(aws, place, role)
        reachable = [
            (action, resource)
            for action, resource in itertools.product(NEVER, everything(aws, place))
            if allowed(documents, Request(action, resource))
        ]
        assert reachable == []

    @pytest.mark.parametrize(("place", "role"), ROLE_NAMES, ids=[role for _, role in ROLE_NAMES])
    def test_only_tasks_of_the_stack_s_region_assume_it(self, aws: Aws, place: Place, role: str) -> None:
        document = aws("iam", place.region).get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        (statement,) = document["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Condition"]["ArnLike"] == {
            "aws:SourceArn": f"arn:aws:ecs:{place.region}:{ACCOUNT}:*"
        }

    def test_programs_reach_their_documents(self, aws: Aws, stack: Place, name: str, task: Client) -> None:
        documents = policies_of(aws, stack, f"mpac-{stack.name}-{name}")
        readable, writable = DOCUMENTS[name]
        (container,) = task["containerDefinitions"]
        own = {
            each["name"].removeprefix("BUCKET_").lower().replace("_", "-"): each["value"]
            for each in container["environment"]
            if each["name"].startswith("BUCKET_")
        }
        assert own.keys() == readable | writable
        for bucket in [each["Name"] for each in aws("s3", stack.region).list_buckets()["Buckets"]]:
            kind = next((kind for kind, known in own.items() if known == bucket), None)
            document = f"arn:aws:s3:::{bucket}/2026/document"
            assert allowed(documents, Request("s3:GetObject", document)) is (kind in readable), bucket
            assert allowed(documents, Request("s3:PutObject", document)) is (kind in writable), bucket

    def test_a_start_opens_the_task_s_secrets_and_no_others(
        self, aws: Aws, stack: Place, name: str, task: Client
    ) -> None:
        documents = policies_of(aws, stack, f"mpac-{stack.name}-{name}-execution")
        programs = policies_of(aws, stack, f"mpac-{stack.name}-{name}")
        (container,) = task["containerDefinitions"]
        own = {":".join(each["valueFrom"].split(":")[:7]) for each in container["secrets"]}
        manager = aws("secretsmanager", stack.region)
        for secret in manager.list_secrets()["SecretList"]:
            read = Request("secretsmanager:GetSecretValue", secret["ARN"])
            key = secret.get("KmsKeyId", "AWS's own key")  # of secrets that operators make by hand
            decrypt = Request("kms:Decrypt", key, context_of(stack, secret["ARN"]))
            assert allowed(documents, read) is (secret["ARN"] in own)
            assert allowed(documents, decrypt) is (secret["ARN"] in own)
            assert not allowed(documents, Request("kms:Decrypt", key))
            assert not allowed(programs, read)

    def test_a_start_pulls_its_image_and_no_other(
        self, aws: Aws, stack: Place, name: str, task: Client
    ) -> None:
        documents = policies_of(aws, stack, f"mpac-{stack.name}-{name}-execution")
        (container,) = task["containerDefinitions"]
        own = container["image"].partition("/")[2].partition(":")[0]
        for repository in aws("ecr", stack.region).describe_repositories()["repositories"]:
            pull = Request("ecr:BatchGetImage", repository["repositoryArn"])
            assert allowed(documents, pull) is (repository["repositoryName"] == own)
        assert allowed(documents, Request("ecr:GetAuthorizationToken"))

    def test_a_start_writes_its_own_logs(self, aws: Aws, stack: Place, name: str) -> None:
        documents = policies_of(aws, stack, f"mpac-{stack.name}-{name}-execution")
        groups = aws("logs", stack.region).get_paginator("describe_log_groups").paginate()
        for group in (each for page in groups for each in page["logGroups"]):
            stream = f"arn:aws:logs:{stack.region}:{ACCOUNT}:log-group:{group['logGroupName']}:log-stream:x"
            own = group["logGroupName"] == f"/mpac/{stack.name}/{name}"
            assert allowed(documents, Request("logs:PutLogEvents", stream)) is own


def context_of(place: Place, secret: str) -> dict[str, Any]:
    return {
        "kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com",
        "kms:EncryptionContext:SecretARN": secret,
    }
