"""ECS: a task that Fargate cannot start, and the circuit breaker that ends its deployment."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.ecs import Network, described, newest, register, start
from tests.local_aws.harness import ACCOUNT, BACKUP_TRUST, OSAKA, TOKYO, Aws, Client

_numbers = itertools.count()
GROUP = "/ecs/start"
LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": GROUP, "awslogs-region": TOKYO}}
LAYERS = f"arn:aws:s3:::prod-{TOKYO}-starport-layer-bucket/*"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
REPOSITORY = f"arn:aws:ecr:{TOKYO}:{ACCOUNT}:repository/app"


@pytest.fixture
def ecs(aws: Aws) -> Client:
    return aws("ecs")


@pytest.fixture
def cluster(ecs: Client) -> str:
    name = f"start-{next(_numbers)}"
    ecs.create_cluster(clusterName=name)
    return name


@pytest.fixture(scope="module")
def network(aws: Aws) -> Network:
    """One that no test changes."""
    return Network(aws, "10.93")


@pytest.fixture(scope="module", autouse=True)
def _log_group(aws: Aws) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)


@pytest.fixture
def own_network(aws: Aws) -> Network:
    return Network(aws, "10.94")


@pytest.fixture
def secret(aws: Aws, cluster: str) -> str:
    arn: str = aws("secretsmanager").create_secret(Name=cluster, SecretString='{"password": "x"}')["ARN"]
    return arn


@pytest.fixture
def role(aws: Aws, cluster: str, secret: str) -> Callable[..., str]:
    """Make an execution role that may do everything that the tasks here need, or what a test gives."""

    def make(allowed: dict[str, Any] | None = None, trust: str = TRUST) -> str:
        wanted: dict[str, Any] = {
            "ecr:GetAuthorizationToken": "*",
            **dict.fromkeys(PULL, REPOSITORY),
            "logs:CreateLogStream": f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:{GROUP}:*",
            "logs:PutLogEvents": f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:{GROUP}:*",
            "secretsmanager:GetSecretValue": secret,
            "ssm:GetParameters": "*",
        }
        iam = aws("iam")
        arn: str = iam.create_role(RoleName=cluster, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": resource}
            for action, resource in (wanted | (allowed or {})).items()
            if resource
        ]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=cluster, PolicyName="p", PolicyDocument=document)
        return arn

    return make


@pytest.fixture
def outcome(ecs: Client, cluster: str, secret: str) -> Callable[..., str]:
    """Start a task that needs all that tasks need; say how its deployment ended."""

    def run(network: Network, role: str, **container: object) -> str:
        given = {
            "image": f"{ACCOUNT}.dkr.ecr.{TOKYO}.amazonaws.com/app:1",
            "secrets": [{"name": "PASSWORD", "valueFrom": f"{secret}:password::"}],
            "logConfiguration": LOGS,
        }
        task = register(ecs, cluster, given | container, executionRoleArn=role)
        placed = {"subnets": [network.subnet], "securityGroups": [network.group]}
        start(ecs, cluster, task, network.subnet, networkConfiguration={"awsvpcConfiguration": placed})
        deployment = newest(ecs, cluster)
        return str(deployment.get("statusReason", deployment["status"]))

    return run


Role = Callable[..., str]
Outcome = Callable[..., str]


class TestRole:
    """What the execution role may do when the deployment begins."""

    def test_with_all_that_it_needs(self, network: Network, role: Role, outcome: Outcome) -> None:
        assert outcome(network, role()) == "SUCCESSFUL"

    @pytest.mark.parametrize(
        "action",
        ["ecr:GetAuthorizationToken", *PULL, "logs:CreateLogStream", "logs:PutLogEvents"],
    )
    def test_without(self, network: Network, role: Role, outcome: Outcome, action: str) -> None:
        assert f"is not authorized to perform {action}" in outcome(network, role({action: None}))

    def test_without_reading_a_parameter(self, network: Network, role: Role, outcome: Outcome) -> None:
        arn = f"arn:aws:ssm:{TOKYO}:{ACCOUNT}:parameter/key"
        secrets = [{"name": "KEY", "valueFrom": arn}]
        reason = outcome(network, role({"ssm:GetParameters": None}), secrets=secrets)
        assert f"is not authorized to perform ssm:GetParameters on {arn}" in reason

    def test_that_ecs_cannot_assume(self, network: Network, role: Role, outcome: Outcome) -> None:
        assert "ECS was unable to assume the role" in outcome(network, role(trust=BACKUP_TRUST))

    def test_that_is_denied_by_no_policy_yet(
        self, ecs: Client, cluster: str, network: Network, role: Role, outcome: Outcome
    ) -> None:
        nothing = dict.fromkeys(
            (
                "ecr:GetAuthorizationToken",
                *PULL,
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "secretsmanager:GetSecretValue",
                "ssm:GetParameters",
            )
        )
        assert "not authorized" in outcome(network, role(nothing))
        assert described(ecs, cluster)["runningCount"] == 0
        assert newest(ecs, cluster)["status"] == "ROLLBACK_FAILED"


class TestSecret:
    def value_from(self, name: str) -> list[dict[str, str]]:
        return [{"name": "PASSWORD", "valueFrom": name}]

    def test_with_a_field_that_it_lacks(
        self, network: Network, role: Role, outcome: Outcome, secret: str
    ) -> None:
        secrets = self.value_from(f"{secret}:username::")
        assert "no JSON key username" in outcome(network, role(), secrets=secrets)

    def test_of_another_region(self, network: Network, role: Role, outcome: Outcome, secret: str) -> None:
        secrets = self.value_from(secret.replace(TOKYO, OSAKA))
        allowed = {"secretsmanager:GetSecretValue": "*"}
        assert f"is not in {TOKYO}" in outcome(network, role(allowed), secrets=secrets)

    def test_without_a_value(
        self, aws: Aws, network: Network, role: Role, outcome: Outcome, cluster: str
    ) -> None:
        empty = aws("secretsmanager").create_secret(Name=f"{cluster}-empty")["ARN"]
        allowed = {"secretsmanager:GetSecretValue": empty}
        reason = outcome(network, role(allowed), secrets=self.value_from(empty))
        assert "can't find the value" in reason

    def test_that_the_role_may_not_read(
        self, network: Network, role: Role, outcome: Outcome, secret: str
    ) -> None:
        allowed = {"secretsmanager:GetSecretValue": f"{secret}-other"}
        assert "not authorized to perform GetSecretValue" in outcome(network, role(allowed))


class TestLogGroup:
    def test_that_is_not_there(self, network: Network, role: Role, outcome: Outcome) -> None:
        options = {"awslogs-group": "/absent", "awslogs-region": TOKYO}
        logs = {"logDriver": "awslogs", "options": options}
        assert "log group /absent does not exist" in outcome(network, role(), logConfiguration=logs)


class TestNetwork:
    """What the task reaches from its subnet when the deployment begins."""

    def test_without_a_route(self, own_network: Network, role: Role, outcome: Outcome) -> None:
        own_network.ec2.delete_route(RouteTableId=own_network.table, DestinationCidrBlock="0.0.0.0/0")
        reason = outcome(own_network, role())
        assert "ResourceInitializationError: unable to pull secrets or registry auth" in reason
        assert f"{own_network.subnet} has no route to a NAT gateway" in reason

    def test_without_the_association_of_its_route_table(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        (table,) = own_network.ec2.describe_route_tables(RouteTableIds=[own_network.table])["RouteTables"]
        (association,) = table["Associations"]
        own_network.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        assert "has no route to a NAT gateway" in outcome(own_network, role())

    def test_with_a_nat_gateway_that_is_gone(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        own_network.ec2.delete_nat_gateway(NatGatewayId=own_network.nat)
        assert "has no route to a NAT gateway" in outcome(own_network, role())

    def test_with_a_nat_gateway_that_has_no_route_itself(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        own_network.ec2.delete_route(RouteTableId=own_network.public_table, DestinationCidrBlock="0.0.0.0/0")
        reason = outcome(own_network, role())
        assert f"the subnet of {own_network.nat} has no route to an internet gateway" in reason

    def test_in_a_public_subnet_without_an_address(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        own_network.subnet = own_network.public_subnet
        assert "has no route to a NAT gateway" in outcome(own_network, role())

    def test_with_a_group_that_lets_nothing_out(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        own_network.group = own_network.security_group("closed")
        assert "no security group lets it reach 0.0.0.0/0 at 443" in outcome(own_network, role())

    def test_with_a_group_that_lets_another_port_out(
        self, own_network: Network, role: Role, outcome: Outcome
    ) -> None:
        own_network.group = own_network.security_group("closed")
        own_network.allow("egress", own_network.group, "0.0.0.0/0", 80)
        assert "at 443" in outcome(own_network, role())

    def test_of_an_image_elsewhere(self, own_network: Network, role: Role, outcome: Outcome) -> None:
        own_network.ec2.delete_route(RouteTableId=own_network.table, DestinationCidrBlock="0.0.0.0/0")
        assert "CannotPullContainerError: app:1" in outcome(own_network, role(), image="app:1")

    def test_in_one_of_two_subnets(self, ecs: Client, cluster: str, own_network: Network) -> None:
        lonely, _ = own_network.tier("10.94.3.0/24")
        placed = {"subnets": [own_network.subnet, lonely], "securityGroups": [own_network.group]}
        start(
            ecs,
            cluster,
            register(ecs, cluster),
            own_network.subnet,
            networkConfiguration={"awsvpcConfiguration": placed},
        )
        assert f"{lonely} has no route to a NAT gateway" in newest(ecs, cluster)["statusReason"]

    def test_the_one_before_goes_on(self, ecs: Client, cluster: str, own_network: Network) -> None:
        first = register(ecs, cluster)
        start(ecs, cluster, first, own_network.subnet)
        own_network.ec2.delete_route(RouteTableId=own_network.table, DestinationCidrBlock="0.0.0.0/0")
        second = register(ecs, cluster)
        ecs.update_service(cluster=cluster, service=cluster, taskDefinition=second)
        assert newest(ecs, cluster)["status"] == "ROLLBACK_SUCCESSFUL"
        service = described(ecs, cluster)
        assert (service["taskDefinition"], service["runningCount"]) == (first, 2)


class TestEndpoints:
    """A subnet without a way out: what the task needs has endpoints."""

    INTERFACES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")

    @pytest.fixture
    def closed(self, own_network: Network) -> Network:
        own_network.ec2.delete_route(RouteTableId=own_network.table, DestinationCidrBlock="0.0.0.0/0")
        self.inside = own_network.security_group("endpoints")
        own_network.allow("ingress", self.inside, "10.94.0.0/16")
        return own_network

    def connect(self, network: Network, *services: str, policy: str | None = None) -> None:
        for service in services:
            if service != "s3":
                network.endpoint(service, self.inside)
                continue
            network.ec2.create_vpc_endpoint(
                VpcId=network.vpc,
                ServiceName=f"com.amazonaws.{TOKYO}.s3",
                RouteTableIds=[network.table],
                **({"PolicyDocument": policy} if policy else {}),
            )

    def test_with_all(self, closed: Network, role: Role, outcome: Outcome) -> None:
        self.connect(closed, *self.INTERFACES, "s3")
        assert outcome(closed, role()) == "SUCCESSFUL"

    @pytest.mark.parametrize("missing", [*INTERFACES, "s3"])
    def test_without(self, closed: Network, role: Role, outcome: Outcome, missing: str) -> None:
        self.connect(closed, *({*self.INTERFACES, "s3"} - {missing}))
        assert "has no route to a NAT gateway" in outcome(closed, role())

    @pytest.mark.parametrize("service", INTERFACES)
    def test_whose_group_lets_nobody_in(
        self, own_network: Network, role: Role, outcome: Outcome, service: str
    ) -> None:
        # Though there is a way out: with private DNS the service's name leads to the endpoint.
        own_network.endpoint(service, own_network.security_group("closed"))
        assert f"the endpoint of {service} does not let it in at 443" in outcome(own_network, role())

    def test_by_the_groups_alone(self, closed: Network, role: Role, outcome: Outcome) -> None:
        self.connect(closed, *self.INTERFACES, "s3")
        s3 = closed.security_group("narrow")
        closed.allow("egress", s3, self.inside)
        closed.group = s3
        assert "no security group lets it reach S3 at 443" in outcome(closed, role())

    @pytest.mark.parametrize(
        ("statement", "starts"),
        [
            ({"Resource": LAYERS}, True),
            ({"Resource": "arn:aws:s3:::own-bucket/*"}, False),
            (
                {"Resource": "*", "Condition": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}},
                False,
            ),
        ],
        ids=["layers of images", "another bucket", "buckets of the account"],
    )
    def test_whose_policy(
        self, closed: Network, role: Role, outcome: Outcome, statement: dict[str, Any], starts: bool
    ) -> None:
        allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"} | statement
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self.connect(closed, *self.INTERFACES, "s3", policy=policy)
        reason = outcome(closed, role())
        assert (reason == "SUCCESSFUL") == starts
        assert starts or "does not allow s3:GetObject" in reason


class TestFiles:
    """A task that mounts a file system."""

    @pytest.fixture
    def file_system(self, aws: Aws) -> str:
        found: str = aws("efs").create_file_system(CreationToken=f"t-{next(_numbers)}")["FileSystemId"]
        return found

    def reason(self, ecs: Client, cluster: str, network: Network, file_system: str) -> str:
        volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": file_system}}
        task = register(ecs, cluster, volumes=[volume])
        placed = {"subnets": [network.subnet], "securityGroups": [network.group]}
        start(ecs, cluster, task, network.subnet, networkConfiguration={"awsvpcConfiguration": placed})
        deployment = newest(ecs, cluster)
        return str(deployment.get("statusReason", deployment["status"]))

    def test_without_a_mount_target(
        self, ecs: Client, cluster: str, network: Network, file_system: str
    ) -> None:
        reason = self.reason(ecs, cluster, network, file_system)
        assert f"{file_system} has no mount target in {TOKYO}a" in reason

    def test_with_one(
        self, aws: Aws, ecs: Client, cluster: str, own_network: Network, file_system: str
    ) -> None:
        group = own_network.security_group("files")
        aws("efs").create_mount_target(
            FileSystemId=file_system, SubnetId=own_network.subnet, SecurityGroups=[group]
        )
        assert "no security group lets it reach" in self.reason(ecs, cluster, own_network, file_system)
        own_network.allow("egress", own_network.group, group, 2049)
        ecs.update_service(cluster=cluster, service=cluster, forceNewDeployment=True)
        assert "does not let it in at 2049" in newest(ecs, cluster)["statusReason"]
        own_network.allow("ingress", group, own_network.group, 2049)
        ecs.update_service(cluster=cluster, service=cluster, forceNewDeployment=True)
        assert newest(ecs, cluster)["status"] == "SUCCESSFUL"
