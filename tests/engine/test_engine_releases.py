"""A release whose tasks fail: what the engine says of it, of its repetition and of the one that mends it."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from local import recovery
from local.run_directory import LocalCloudError
from tests.engine.checkouts import REPOSITORY, Checkout

pytestmark = pytest.mark.engine

TOKYO = "ap-northeast-1"
PARAMETER = f"arn:aws:ssm:{TOKYO}:123456789012:parameter/jwt/key"
QUEUE = f"arn:aws:sqs:{TOKYO}:123456789012:orders"
CLUSTER, SERVICE = "mpac-staging-cluster", "mpac-staging-svc-portal"
# The components of the platform, as small as they get.
PROGRAM = f"""
    import sys
    sys.path.insert(0, {str(REPOSITORY)!r})

    import json
    import pulumi
    import pulumi_aws as aws
    from components.compute.cluster import Cluster, ClusterArgs
    from components.compute.containers import Container, HealthCommand
    from components.compute.permissions import Permission, SecretValue
    from components.compute.service import FargateService, FargateServiceArgs
    from components.compute.task import FargateTaskArgs
    from components.context import Context, DataClass
    from components.network.settings import NetworkSettings
    from components.network.vpc import Vpc, VpcArgs

    async def main():
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="{TOKYO}"))
        topic = aws.sns.Topic("alarms", name="alarms", opts=opts)
        allow = dict(Effect="Allow", Action="kms:*", Resource="*")
        allow["Principal"] = dict(AWS="arn:aws:iam::123456789012:root", Service="logs.{TOKYO}.amazonaws.com")
        key = aws.kms.Key("logs", policy=json.dumps(dict(Version="2012-10-17", Statement=[allow])), opts=opts)
        context = Context(
            prefix="mpac",
            environment="staging",
            account_id="123456789012",
            region="{TOKYO}",
            protect=False,
            key_arns={{DataClass.LOGS: key.arn}},
            alarm_topic_arn=topic.arn,
        )
        vpc = Vpc(
            "vpc",
            VpcArgs(
                context=context,
                settings=NetworkSettings(
                    cidr="10.0.0.0/16",
                    availability_zones=("{TOKYO}a", "{TOKYO}c", "{TOKYO}d"),
                    public_subnets=("10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"),
                    private_subnets=("10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"),
                    database_subnets=("10.0.21.0/24", "10.0.22.0/24", "10.0.23.0/24"),
                    nat_gateways="single",
                    interface_endpoints=(),
                ),
            ),
            opts,
        )
        group = aws.ec2.SecurityGroup("tasks", name="tasks", vpc_id=vpc.vpc_id, opts=opts)
        egress = aws.vpc.SecurityGroupEgressRule(
            "tasks",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            opts=opts,
        )
        cluster = Cluster("cluster", ClusterArgs(context=context, vpc_id=vpc.vpc_id), opts)
        secret = aws.secretsmanager.Secret("acquirer", name="acquirer", opts=opts)
        value = aws.secretsmanager.SecretVersion(
            "acquirer", secret_id=secret.id, secret_string='{{"key": "x"}}', opts=opts
        )
        FargateService(
            "svc-portal",
            FargateServiceArgs(
                context=context,
                task=FargateTaskArgs(
                    context=context,
                    cpu=1024,
                    memory_mib=2048,
                    containers=[
                        Container(
                            name="svc-portal",
                            image=pulumi.Config("mpac").require("image"),
                            ports=[8002],
                            environment=dict(LOG_LEVEL="info"),
                            secrets=dict(
                                ACQUIRER_KEY=SecretValue(arn=secret.arn, key_arn=key.arn, json_field="key"),
                                JWT_KEY=SecretValue(arn="{PARAMETER}", key_arn=None),
                            ),
                            user="1000:1000",
                            read_only_root=False,
                            tmpfs_mib={{"/run": 128, "/var/cache/app": 32}},
                            health=HealthCommand(command=["/app", "health"]),
                            stop_seconds=30,
                            many_sockets=True,
                        )
                    ],
                    permissions=[
                        Permission(sid="SendOrders", actions=["sqs:SendMessage"], resources=["{QUEUE}"])
                    ],
                ),
                # Else its tasks would start before there is a way to their images.
                after=[vpc, egress, value],
                cluster=cluster,
                subnet_ids=vpc.private_subnet_ids,
                security_group_ids=[group.id],
                scaling=2,
            ),
            opts,
        )
        pulumi.export("cluster", dict(arn=cluster.arn))

    pulumi.run(main)
"""


@dataclass
class Deployment:
    """What the tests do with the service."""

    checkout: Checkout

    def release(self, version: str) -> str:
        self.checkout.write(PROGRAM, staging={"mpac:image": f"portal:{version}"})
        return self.checkout.up()

    def fail_next(self) -> None:
        self.checkout.server.control("POST", f"/deployments/fail/{SERVICE}")

    def running(self) -> str:
        """The image of the tasks; and all of them run."""
        ecs = self._ecs()
        (service,) = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        assert service["runningCount"] == 2
        task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        assert task["status"] == "ACTIVE"
        image: str = task["containerDefinitions"][0]["image"]
        return image

    def container(self) -> dict[str, Any]:
        """The definition of the only container."""
        found = self._ecs().describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
        (container,) = found["containerDefinitions"]
        return dict(container)

    def policy(self, role: str) -> list[dict[str, Any]]:
        """The statements of a role's only policy."""
        iam = recovery.clients_of(self.checkout.server)("iam", TOKYO)
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return list(document["Statement"])

    def deployments(self) -> int:
        found = self._ecs().list_service_deployments(cluster=CLUSTER, service=SERVICE)
        return len(found["serviceDeployments"])

    def _ecs(self) -> Any:  # noqa: ANN401  boto3 has no types
        return recovery.clients_of(self.checkout.server)("ecs", TOKYO)

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the shell that `make env` makes."""
        return self.checkout.shell(f'eval "$("$1" -m local env)"; {command}')

    def verify(self) -> subprocess.CompletedProcess[str]:
        return self.shell('"$1" -m operations.verify --stack staging')


@pytest.fixture
def released(make_checkout: Callable[[], Checkout]) -> Deployment:
    """A service that runs portal:1."""
    deployment = Deployment(make_checkout())
    deployment.release("1")
    assert deployment.running() == "portal:1"
    return deployment


@pytest.fixture
def deployed(released: Deployment) -> Deployment:
    """A service that runs portal:1, and whose release of portal:2 has just failed."""
    deployment = released
    assert deployment.verify().returncode == 0
    deployment.fail_next()
    with pytest.raises(LocalCloudError):
        deployment.release("2")
    assert "circuit breaker: tasks failed to start" in " ".join(deployment.checkout.printed.split())
    assert deployment.running() == "portal:1"
    return deployment


def test_what_a_container_is_given_is_read_back_and_does_not_change(released: Deployment) -> None:
    container = released.container()
    (secret,) = (
        each["valueFrom"].removesuffix(":key::")
        for each in container["secrets"]
        if each["name"] == "ACQUIRER_KEY"
    )
    expected = {
        "image": "portal:1",
        "memory": 2048,
        "environment": [{"name": "LOG_LEVEL", "value": "info"}],
        "secrets": [
            {"name": "ACQUIRER_KEY", "valueFrom": f"{secret}:key::"},
            {"name": "JWT_KEY", "valueFrom": PARAMETER},
        ],
        "user": "1000:1000",
        "readonlyRootFilesystem": False,
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [
                {"containerPath": path, "size": mib, "mountOptions": ["nosuid", "nodev", "mode=1777"]}
                for path, mib in (("/run", 128), ("/var/cache/app", 32))
            ],
        },
        "healthCheck": {
            "command": ["CMD", "/app", "health"],
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 60,
        },
        "stopTimeout": 30,
        "ulimits": [{"name": "nofile", "softLimit": 1048576, "hardLimit": 1048576}],
        "portMappings": [{"containerPort": 8002, "hostPort": 8002, "protocol": "tcp"}],
    }
    assert {name: container.get(name) for name in expected} == expected

    (sent,) = released.policy(SERVICE)
    assert (sent["Sid"], sent["Action"], sent["Resource"]) == ("SendOrders", ["sqs:SendMessage"], [QUEUE])
    reads = {each["Action"]: each["Resource"] for each in released.policy(f"{SERVICE}-execution")[1:4]}
    assert (reads["secretsmanager:GetSecretValue"], reads["ssm:GetParameters"]) == (secret, PARAMETER)
    assert reads["kms:Decrypt"].startswith(f"arn:aws:kms:{TOKYO}:123456789012:key/")

    assert "Nothing to change" in released.checkout.up()


def test_a_failed_release_fails_each_time_until_it_is_mended(deployed: Deployment) -> None:
    preview = deployed.shell("pulumi preview --stack staging --json")
    assert json.loads(preview.stdout)["changeSummary"]["update"] == 1
    for version in ("2", "3"):
        deployed.fail_next()
        with pytest.raises(LocalCloudError):
            deployed.release(version)
        assert deployed.running() == "portal:1"
    # The very same update, when the reason has passed.
    deployed.checkout.up()
    assert deployed.running() == "portal:3"
    assert "Nothing to change" in deployed.checkout.up()
    assert deployed.verify().returncode == 0


def test_what_goes_unseen_without_a_refresh_is_verified(deployed: Deployment) -> None:
    before = deployed.deployments()
    update = deployed.shell("pulumi up --stack staging --yes --skip-preview --refresh=false")
    # The engine believes that portal:2 runs, and says that all is well.
    assert update.returncode == 0, update.stdout + update.stderr
    assert deployed.deployments() == before
    assert deployed.running() == "portal:1"
    verified = deployed.verify()
    assert verified.returncode == 1
    assert f"{SERVICE} runs {SERVICE}:1, released is {SERVICE}:2" in verified.stderr
    assert "tasks failed to start" in verified.stderr
