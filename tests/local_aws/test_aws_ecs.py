"""ECS: what is read back, deployments that end, and refusals."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from operations.verify import releases
from tests.local_aws.ecs import Network, described, newest, register, start
from tests.local_aws.harness import ACCOUNT, TOKYO, Aws, Client, Refused, Server

_numbers = itertools.count()
CLIENT, INVALID = "ClientException", "InvalidParameterException"
LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs", "awslogs-region": TOKYO}}


@pytest.fixture
def ecs(aws: Aws) -> Client:
    return aws("ecs")


@pytest.fixture
def name() -> str:
    return f"service-{next(_numbers)}"


@pytest.fixture
def cluster(ecs: Client, name: str) -> str:
    ecs.create_cluster(clusterName=name)
    return name


@pytest.fixture(scope="module")
def subnet(aws: Aws) -> str:
    return Network(aws, "10.90").subnet


@pytest.fixture
def launch(ecs: Client, cluster: str, subnet: str) -> Callable[..., Client]:
    """Start a service of the cluster's name with a small task."""
    return lambda **changes: start(ecs, cluster, register(ecs, cluster), subnet, **changes)


class TestService:
    def test_what_is_set_is_read_back(self, ecs: Client, cluster: str, subnet: str) -> None:
        given: dict[str, Any] = {
            "deploymentConfiguration": {
                "maximumPercent": 150,
                "minimumHealthyPercent": 50,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
            },
            "availabilityZoneRebalancing": "DISABLED",
            "enableECSManagedTags": True,
            "enableExecuteCommand": True,
            "platformVersion": "1.4.0",
            "propagateTags": "SERVICE",
        }
        start(ecs, cluster, register(ecs, cluster), subnet, **given)
        service = described(ecs, cluster)
        assert {key: service[key] for key in given} == given

    def test_zones_are_balanced_unless_told_otherwise(self, ecs: Client, cluster: str, subnet: str) -> None:
        start(ecs, cluster, register(ecs, cluster), subnet)
        assert described(ecs, cluster)["availabilityZoneRebalancing"] == "ENABLED"

    def test_all_tasks_run(self, ecs: Client, cluster: str, subnet: str) -> None:
        start(ecs, cluster, register(ecs, cluster), subnet)
        service = described(ecs, cluster)
        assert (service["runningCount"], service["pendingCount"]) == (2, 0)
        assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
        assert newest(ecs, cluster)["status"] == "SUCCESSFUL"

    def test_a_new_image_is_deployed(self, ecs: Client, cluster: str, subnet: str) -> None:
        start(ecs, cluster, register(ecs, cluster), subnet)
        before = newest(ecs, cluster)
        second = register(ecs, cluster, {"image": "app:2"})
        ecs.update_service(cluster=cluster, service=cluster, taskDefinition=second)
        assert described(ecs, cluster)["taskDefinition"] == second
        assert newest(ecs, cluster)["serviceDeploymentArn"] != before["serviceDeploymentArn"]

    def test_more_tasks_are_no_deployment(self, ecs: Client, cluster: str, subnet: str) -> None:
        start(ecs, cluster, register(ecs, cluster), subnet)
        ecs.update_service(cluster=cluster, service=cluster, desiredCount=5)
        assert described(ecs, cluster)["runningCount"] == 5
        assert len(ecs.list_service_deployments(cluster=cluster, service=cluster)["serviceDeployments"]) == 1

    def test_what_is_deleted_is_gone_from_the_inventory(
        self,
        server: Server,
        ecs: Client,
        cluster: str,
        subnet: str,
    ) -> None:
        task = register(ecs, cluster)
        start(ecs, cluster, task, subnet)
        ecs.delete_service(cluster=cluster, service=cluster, force=True)
        ecs.deregister_task_definition(taskDefinition=task)
        ecs.delete_cluster(cluster=cluster)
        assert [each for each in server.control("/inventory") if cluster in each["id"]] == []


class TestFailingDeployment:
    def test_the_next_one_only_is_taken_back(
        self, ecs: Client, cluster: str, subnet: str, server: Server
    ) -> None:
        first = register(ecs, cluster)
        start(ecs, cluster, first, subnet)
        server.control(f"/deployments/fail/{cluster}", "POST")
        second = register(ecs, cluster)
        ecs.update_service(cluster=cluster, service=cluster, taskDefinition=second)
        assert newest(ecs, cluster)["status"] == "ROLLBACK_SUCCESSFUL"
        assert "tasks failed to start" in newest(ecs, cluster)["statusReason"]
        service = described(ecs, cluster)
        assert (service["taskDefinition"], service["runningCount"]) == (first, 2)
        assert [each["rolloutState"] for each in service["deployments"]] == ["FAILED"]
        ecs.update_service(cluster=cluster, service=cluster, taskDefinition=second)
        assert described(ecs, cluster)["taskDefinition"] == second

    def test_the_release_shows_it(self, ecs: Client, cluster: str, subnet: str, server: Server) -> None:
        start(ecs, cluster, register(ecs, cluster), subnet)
        (before,) = releases(ecs, cluster)
        assert before.is_current
        server.control(f"/deployments/fail/{cluster}", "POST")
        ecs.update_service(cluster=cluster, service=cluster, taskDefinition=register(ecs, cluster))
        (after,) = releases(ecs, cluster)
        assert not after.is_current
        assert (after.running, after.released) == (f"{cluster}:1", f"{cluster}:2")
        assert "tasks failed to start" in after.reason


class TestRefusals:
    @pytest.mark.parametrize(
        ("cpu", "memory"),
        [
            ("1000", "2048"),
            ("1024", "1024"),
            ("1024", "9216"),
            ("256", "3072"),
            ("8192", "20000"),
            (None, "512"),
        ],
    )
    def test_a_size_that_fargate_has_not(
        self, ecs: Client, refused: Refused, name: str, cpu: str | None, memory: str
    ) -> None:
        with refused(CLIENT):
            register(ecs, name, cpu=cpu, memory=memory)

    @pytest.mark.parametrize(
        ("cpu", "memory"),
        [("256", "512"), ("512", "4096"), ("4096", "30720"), ("8192", "20480"), ("16384", "122880")],
    )
    def test_sizes_that_fargate_has(self, ecs: Client, name: str, cpu: str, memory: str) -> None:
        assert register(ecs, name, cpu=cpu, memory=memory)

    def test_a_network_of_the_host(self, ecs: Client, refused: Refused, name: str) -> None:
        with refused(CLIENT):
            register(ecs, name, networkMode="bridge")

    @pytest.mark.parametrize(
        "container",
        [
            {"secrets": [{"name": "A", "valueFrom": "arn"}]},
            {"image": f"{ACCOUNT}.dkr.ecr.{TOKYO}.amazonaws.com/app:1"},
            {"logConfiguration": LOGS},
            {"privileged": True},
            {"stopTimeout": 121},
            {"memory": 2049},
            {"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}},
            {"portMappings": [{"containerPort": 8002, "hostPort": 80}]},
            {"mountPoints": [{"sourceVolume": "absent", "containerPath": "/data"}]},
            {"dependsOn": [{"containerName": "absent", "condition": "START"}]},
            {"essential": False},
        ],
        ids=lambda container: next(iter(container)),
    )
    def test_a_container_that_fargate_does_not_run(
        self, ecs: Client, refused: Refused, name: str, container: dict[str, Any]
    ) -> None:
        with refused(CLIENT):
            register(ecs, name, container)

    def test_two_containers_of_a_name(self, ecs: Client, refused: Refused, name: str) -> None:
        with refused(CLIENT):
            register(ecs, name, containerDefinitions=[{"name": "app", "image": "app:1"}] * 2)

    @pytest.mark.parametrize(
        "changes",
        [
            {"healthCheckGracePeriodSeconds": 60},
            {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 100}},
            {
                "deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0},
                "availabilityZoneRebalancing": "ENABLED",
            },
        ],
        ids=["grace period without a load balancer", "no room for a deployment", "no room for balance"],
    )
    def test_a_service_that_cannot_be(
        self, ecs: Client, refused: Refused, cluster: str, subnet: str, changes: dict[str, Any]
    ) -> None:
        with refused(INVALID):
            start(ecs, cluster, register(ecs, cluster), subnet, **changes)

    def test_a_second_service_of_a_name(
        self, ecs: Client, refused: Refused, cluster: str, subnet: str
    ) -> None:
        task = register(ecs, cluster)
        start(ecs, cluster, task, subnet)
        with refused(INVALID):
            start(ecs, cluster, task, subnet)

    def test_a_revision_that_was_deregistered(
        self, ecs: Client, refused: Refused, cluster: str, subnet: str
    ) -> None:
        task = register(ecs, cluster)
        ecs.deregister_task_definition(taskDefinition=task)
        with refused(CLIENT):
            start(ecs, cluster, task, subnet)

    def test_a_cluster_in_use_or_deleted(
        self, ecs: Client, refused: Refused, cluster: str, subnet: str
    ) -> None:
        task = register(ecs, cluster)
        start(ecs, cluster, task, subnet)
        with refused("ClusterContainsServicesException"):
            ecs.delete_cluster(cluster=cluster)
        ecs.delete_service(cluster=cluster, service=cluster, force=True)
        ecs.delete_cluster(cluster=cluster)
        with refused("ClusterNotFoundException"):
            start(ecs, cluster, task, subnet)


class TestLoadBalancer:
    @pytest.fixture
    def groups(self, aws: Aws, name: str) -> dict[str, str]:
        """Target groups: one on a load balancer, one on none, one for instances."""
        ec2, elb = aws("ec2"), aws("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.91.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.91.{index}.0/24", AvailabilityZone=f"{TOKYO}{zone}")
            for index, zone in enumerate("ac")
        ]
        balancer = elb.create_load_balancer(
            Name=name, Subnets=[each["Subnet"]["SubnetId"] for each in subnets], Scheme="internal"
        )["LoadBalancers"][0]["LoadBalancerArn"]
        groups: dict[str, str] = {
            label: elb.create_target_group(
                Name=f"{name}-{label}", Protocol="HTTP", Port=8002, VpcId=vpc, TargetType=kind
            )["TargetGroups"][0]["TargetGroupArn"]
            for label, kind in (("used", "ip"), ("unused", "ip"), ("instances", "instance"))
        }
        elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups["used"]}],
        )
        return groups | {"balancer": balancer}

    @pytest.mark.parametrize(
        ("label", "changes"),
        [
            ("unused", {}),
            ("instances", {}),
            ("used", {"containerPort": 8080}),
            ("used", {"containerName": "other"}),
        ],
    )
    def test_a_target_group_that_does_not_fit(
        self,
        refused: Refused,
        launch: Callable[..., Client],
        groups: dict[str, str],
        label: str,
        changes: dict[str, Any],
    ) -> None:
        given = {"targetGroupArn": groups[label], "containerName": "app", "containerPort": 8002} | changes
        with refused(INVALID):
            launch(loadBalancers=[given])

    def test_one_that_fits(self, ecs: Client, cluster: str, subnet: str, groups: dict[str, str]) -> None:
        given = {"targetGroupArn": groups["used"], "containerName": "app", "containerPort": 8002}
        start(
            ecs,
            cluster,
            register(ecs, cluster),
            subnet,
            loadBalancers=[given],
            healthCheckGracePeriodSeconds=60,
        )
        assert described(ecs, cluster)["healthCheckGracePeriodSeconds"] == 60

    def test_requests_are_counted_where_they_arrive(
        self, aws: Aws, refused: Refused, cluster: str, launch: Callable[..., Client], groups: dict[str, str]
    ) -> None:
        launch()
        scaling = aws("application-autoscaling")
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{cluster}/{cluster}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        balancer = groups["balancer"].partition(":loadbalancer/")[2]

        def follow(label: str | None) -> None:
            metric = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
            metric |= {"ResourceLabel": label} if label else {}
            scaling.put_scaling_policy(
                PolicyName="requests",
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": 7500,
                    "PredefinedMetricSpecification": metric,
                },
                **target,
            )

        suffix = groups["used"].rpartition(":")[2]
        with refused("ObjectNotFoundException"):
            follow(f"{balancer}/{suffix}")
        scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **target)
        unused = groups["unused"].rpartition(":")[2]
        for label in (None, f"{balancer}/targetgroup/absent/1", f"{balancer}/{unused}", suffix):
            with refused("ValidationException"):
                follow(label)
        follow(f"{balancer}/{suffix}")


class TestScaling:
    @pytest.fixture
    def target(self, ecs: Client, cluster: str, subnet: str) -> dict[str, str]:
        start(ecs, cluster, register(ecs, cluster), subnet)
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{cluster}/{cluster}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }

    def test_limits_the_wrong_way_round(self, aws: Aws, refused: Refused, target: dict[str, str]) -> None:
        scaling = aws("application-autoscaling")
        with refused("ValidationException"):
            scaling.register_scalable_target(MinCapacity=3, MaxCapacity=2, **target)
        with refused("ValidationException"):
            scaling.register_scalable_target(MinCapacity=3, **target)
        scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **target)
        with refused("ValidationException"):
            scaling.register_scalable_target(MinCapacity=3, **target)

    def test_limits_move_the_service(
        self, aws: Aws, ecs: Client, cluster: str, target: dict[str, str]
    ) -> None:
        scaling = aws("application-autoscaling")
        scaling.register_scalable_target(MinCapacity=5, MaxCapacity=50, **target)
        assert described(ecs, cluster)["runningCount"] == 5
        scaling.register_scalable_target(MinCapacity=1, MaxCapacity=3, **target)
        assert described(ecs, cluster)["desiredCount"] == 3

    def test_what_is_not_there(self, aws: Aws, refused: Refused, target: dict[str, str]) -> None:
        scaling = aws("application-autoscaling")
        with refused("ObjectNotFoundException"):
            scaling.deregister_scalable_target(**target)
        with refused("ObjectNotFoundException"):
            scaling.delete_scaling_policy(PolicyName="absent", **target)


class TestNamespace:
    @pytest.fixture
    def vpc(self, aws: Aws) -> str:
        vpc: str = aws("ec2").create_vpc(CidrBlock="10.92.0.0/16")["Vpc"]["VpcId"]
        return vpc

    def create(self, aws: Aws, name: str, vpc: str) -> str:
        cloud_map = aws("servicediscovery")
        operation = cloud_map.create_private_dns_namespace(Name=name, Vpc=vpc)["OperationId"]
        found = cloud_map.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
        return str(found)

    def test_has_a_zone_that_goes_with_it(self, aws: Aws, name: str, vpc: str) -> None:
        namespace = self.create(aws, f"{name}.internal", vpc)
        other = self.create(aws, f"{name}-other.internal", vpc)
        cloud_map, route53 = aws("servicediscovery"), aws("route53")
        properties = cloud_map.get_namespace(Id=namespace)["Namespace"]["Properties"]["DnsProperties"]
        zone = route53.get_hosted_zone(Id=properties["HostedZoneId"])
        assert zone["HostedZone"]["Name"] == f"{name}.internal."
        assert zone["VPCs"] == [{"VPCRegion": TOKYO, "VPCId": vpc}]
        cloud_map.delete_namespace(Id=namespace)
        names = [each["Name"] for each in route53.list_hosted_zones()["HostedZones"]]
        assert f"{name}.internal." not in names
        assert f"{name}-other.internal." in names
        cloud_map.delete_namespace(Id=other)

    def test_names_are_taken_once(self, aws: Aws, refused: Refused, name: str, vpc: str) -> None:
        namespace = self.create(aws, f"{name}.internal", vpc)
        with refused("NamespaceAlreadyExists"):
            self.create(aws, f"{name}.internal", vpc)
        cloud_map = aws("servicediscovery")
        config = {"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": 10}]}
        cloud_map.create_service(Name="alloy", DnsConfig=config)
        with refused("ServiceAlreadyExists"):
            cloud_map.create_service(Name="alloy", DnsConfig=config)
        with refused("ResourceInUse"):
            cloud_map.delete_namespace(Id=namespace)


def test_a_task_that_ended_holds_no_security_group(ecs: Client, aws: Aws, cluster: str, subnet: str) -> None:
    ec2 = aws("ec2")
    (described,) = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    ec2.modify_vpc_attribute(VpcId=described["VpcId"], EnableDnsHostnames={"Value": True})
    group = ec2.create_security_group(GroupName="ended", Description="d", VpcId=described["VpcId"])["GroupId"]
    run = ecs.run_task(
        cluster=cluster,
        launchType="FARGATE",
        taskDefinition=register(ecs, "ended", {"cpu": 256, "memory": 512}),
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
    )
    ecs.stop_task(cluster=cluster, task=run["tasks"][0]["taskArn"])
    ec2.delete_security_group(GroupId=group)
