"""Roles and policies that AWS tries when a service is given them."""

import io
import itertools
import json
import zipfile
from collections.abc import Callable

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, VIRGINIA, Aws, Refused

_numbers = itertools.count()
FAILURES = f"arn:aws:sqs:{TOKYO}:{ACCOUNT}:failures"
INVALID = "InvalidParameterValueException"


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture
def role(aws: Aws) -> Callable[..., str]:
    """A role that a service can take on, and what it may do."""

    def make(service: str, actions: list[str] | None = None, resource: str = "*") -> str:
        name, iam = f"tried-{next(_numbers)}", aws("iam")
        trust = policy(Principal={"Service": service}, Action="sts:AssumeRole")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if actions:
            document = policy(Action=actions, Resource=resource)
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return arn

    return make


Role = Callable[..., str]


class TestFunction:
    @pytest.fixture
    def create(self, aws: Aws) -> Callable[..., str]:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("handler.py", "")

        def make(role: str, **given: object) -> str:
            name = f"function-{next(_numbers)}"
            aws("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="handler.handle",
                Code={"ZipFile": archive.getvalue()},
                **given,
            )
            return name

        return make

    def test_with_a_role_that_may_send_what_failed(self, role: Role, create: Callable[..., str]) -> None:
        sender = role("lambda.amazonaws.com", ["sqs:SendMessage"], FAILURES)
        assert create(sender, DeadLetterConfig={"TargetArn": FAILURES})

    @pytest.mark.parametrize(
        "allowed",
        [(), (["sqs:SendMessage"], f"{FAILURES}-other"), (["sqs:ReceiveMessage"], FAILURES)],
        ids=["no policy yet", "another queue", "another action"],
    )
    def test_with_a_role_that_may_not(
        self,
        aws: Aws,
        refused: Refused,
        role: Role,
        create: Callable[..., str],
        allowed: tuple[object, ...],
    ) -> None:
        arn = role("lambda.amazonaws.com", *allowed)
        dead = {"TargetArn": FAILURES}
        with refused(INVALID):
            create(arn, DeadLetterConfig=dead)
        name = create(arn)
        with refused(INVALID):
            aws("lambda").update_function_configuration(FunctionName=name, DeadLetterConfig=dead)

    def test_with_a_role_of_another_service(
        self, refused: Refused, role: Role, create: Callable[..., str]
    ) -> None:
        with refused(INVALID):
            create(role("events.amazonaws.com"))


class TestTarget:
    BUS = f"arn:aws:events:{OSAKA}:{ACCOUNT}:event-bus/default"

    def put(self, aws: Aws, **target: str) -> None:
        events = aws("events")
        events.put_rule(Name="forward", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
        events.put_targets(Rule="forward", Targets=[{"Id": "t", "Arn": self.BUS, **target}])

    def test_in_another_region(self, aws: Aws, refused: Refused, role: Role) -> None:
        for without in ({}, {"RoleArn": role("lambda.amazonaws.com")}):
            with refused("ValidationException"):
                self.put(aws, **without)
        self.put(aws, RoleArn=role("events.amazonaws.com"))


class TestMonitoring:
    """Of the role alone: the refusal comes before anything of the instance is looked at."""

    LOG = f"arn:aws:logs:{TOKYO}:{ACCOUNT}:log-group:RDSOSMetrics:log-stream:*"
    WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")

    def create(self, aws: Aws, role: str) -> None:
        aws("rds").create_db_instance(
            DBInstanceIdentifier=f"monitored-{next(_numbers)}",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="mpac",
            MasterUserPassword="long-enough",
            MonitoringInterval=60,
            MonitoringRoleArn=role,
        )

    def test_with_a_role_that_may_write_its_log(self, aws: Aws, role: Role) -> None:
        self.create(aws, role("monitoring.rds.amazonaws.com", [*self.WRITE], self.LOG))

    @pytest.mark.parametrize(
        ("service", "actions"),
        [
            ("ec2.amazonaws.com", [*WRITE]),
            ("monitoring.rds.amazonaws.com", None),
            ("monitoring.rds.amazonaws.com", ["logs:PutLogEvents"]),
        ],
        ids=["of another service", "without its policy yet", "too narrow"],
    )
    def test_with_another(
        self, aws: Aws, refused: Refused, role: Role, service: str, actions: list[str] | None
    ) -> None:
        with refused("InvalidParameterValue"):
            self.create(aws, role(service, actions, self.LOG))
        with refused("InvalidParameterValue"):
            self.create(aws, f"arn:aws:iam::{ACCOUNT}:role/missing")


def test_query_logs_need_a_policy_of_their_group(aws: Aws, refused: Refused) -> None:
    route53, logs = aws("route53"), aws("logs", VIRGINIA)
    group = "/aws/route53/tried.example"
    arn = f"arn:aws:logs:{VIRGINIA}:{ACCOUNT}:log-group:{group}"
    logs.create_log_group(logGroupName=group)
    zone = route53.create_hosted_zone(Name="tried.example", CallerReference="tried")["HostedZone"]["Id"]

    def let(**changes: object) -> None:
        given = {
            "Principal": {"Service": "route53.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{arn}:*",
        }
        logs.put_resource_policy(policyName="tried", policyDocument=policy(**given | changes))

    def create() -> None:
        route53.create_query_logging_config(
            HostedZoneId=zone.removeprefix("/hostedzone/"), CloudWatchLogsLogGroupArn=arn
        )

    with refused("InsufficientCloudWatchLogsResourcePolicy"):
        create()
    for changes in (
        {"Resource": arn},
        {"Action": "logs:PutLogEvents"},
        {"Principal": {"Service": "delivery.logs.amazonaws.com"}},
    ):
        let(**changes)
        with refused("InsufficientCloudWatchLogsResourcePolicy"):
            create()
    let()
    create()
