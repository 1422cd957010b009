"""Health checks and failover pairs in the local AWS: what Route 53 refuses, and where it leads."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local_aws.harness import OSAKA, TOKYO, VIRGINIA, Aws, Client, Refused, Server

ENDPOINT = {
    "Type": "HTTPS",
    "FullyQualifiedDomainName": "portal-tokyo.pair.example",
    "RequestInterval": 10,
    "FailureThreshold": 3,
    "Regions": ["us-west-2", "ap-southeast-1", "ap-southeast-2"],
}
OF_ALARM = {"Type": "CLOUDWATCH_METRIC", "InsufficientDataHealthStatus": "LastKnownStatus"}
CALCULATED = {"Type": "CALCULATED", "HealthThreshold": 1}
Check = Callable[..., str]


@pytest.fixture
def check(aws: Aws) -> Check:
    """``check(config)`` -> id of a new health check."""

    def create(config: dict[str, Any]) -> str:
        answer = aws("route53").create_health_check(
            CallerReference=uuid.uuid4().hex, HealthCheckConfig=config
        )
        return str(answer["HealthCheck"]["Id"])

    return create


@pytest.mark.parametrize(
    "config",
    [
        ENDPOINT | {"Regions": ["us-west-2", "ap-southeast-1", OSAKA]},
        ENDPOINT | {"Regions": ["us-west-2", "us-west-2", "ap-southeast-1"]},
        ENDPOINT | {"RequestInterval": 20},
        ENDPOINT | {"FailureThreshold": 11},
        CALCULATED,
        CALCULATED | {"ChildHealthChecks": ["00000000-0000-0000-0000-000000000000"]},
        CALCULATED | {"FullyQualifiedDomainName": "portal-tokyo.pair.example"},
        OF_ALARM,
        OF_ALARM | {"AlarmIdentifier": {"Region": OSAKA, "Name": "none"}},
    ],
    ids=[
        "region without checkers",
        "a region twice",
        "interval",
        "threshold",
        "no children",
        "unknown child",
        "calculated endpoint",
        "no alarm",
        "unknown alarm",
    ],
)
def test_refused_checks(check: Check, refused: Refused, config: dict[str, Any]) -> None:
    with refused("InvalidInput"):
        check(config)


@pytest.mark.parametrize(
    "watched",
    [
        {"ExtendedStatistic": "p99", "Period": 60, "EvaluationPeriods": 1},
        {"Statistic": "Maximum", "Period": 10, "EvaluationPeriods": 1},
        {"Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2},
    ],
    ids=["percentile", "high resolution", "two of three"],
)
def test_alarms_that_cannot_be_followed(
    aws: Aws, check: Check, refused: Refused, watched: dict[str, Any]
) -> None:
    aws("cloudwatch", OSAKA).put_metric_alarm(
        AlarmName="not-to-follow",
        Namespace="Test",
        MetricName="Any",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        **watched,
    )
    with refused("InvalidInput"):
        check(OF_ALARM | {"AlarmIdentifier": {"Region": OSAKA, "Name": "not-to-follow"}})


@pytest.mark.parametrize("name", ["none", "elsewhere"])
def test_a_check_cannot_be_led_to_an_alarm_that_is_not_there(
    aws: Aws, check: Check, refused: Refused, name: str
) -> None:
    aws("cloudwatch", OSAKA).put_metric_alarm(
        AlarmName="elsewhere",
        Namespace="Test",
        MetricName="Any",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
    )
    made = check(OF_ALARM | {"AlarmIdentifier": {"Region": OSAKA, "Name": "elsewhere"}})
    with refused("InvalidInput"):
        aws("route53").update_health_check(
            HealthCheckId=made, AlarmIdentifier={"Region": TOKYO, "Name": name}
        )


@dataclass(frozen=True)
class Balancer:
    """A load balancer whose only target group is empty."""

    dns_name: str
    zone: str
    group: str


@pytest.fixture(scope="module")
def balancers(aws: Aws) -> dict[str, Balancer]:
    return {region: _balancer(aws, region) for region in (TOKYO, OSAKA)}


def _balancer(aws: Aws, region: str) -> Balancer:
    ec2, elbv2 = aws("ec2", region), aws("elbv2", region)
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.78.{number}.0/24", AvailabilityZone=f"{region}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("ac")
    ]
    made = elbv2.create_load_balancer(Name="pair", Subnets=subnets, Type="network")["LoadBalancers"][0]
    group = elbv2.create_target_group(Name="pair", Protocol="TCP", Port=8002, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    elbv2.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="TCP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return Balancer(made["DNSName"], made["CanonicalHostedZoneId"], group)


@pytest.fixture(scope="module")
def zone(aws: Aws) -> str:
    answer = aws("route53").create_hosted_zone(Name="pair.example", CallerReference="pair")
    return str(answer["HostedZone"]["Id"])


Change = Callable[[dict[str, Any]], Client]


@pytest.fixture
def change(aws: Aws, zone: str) -> Change:
    def put(record: dict[str, Any], action: str = "UPSERT") -> Client:
        changes = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        return aws("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)

    return put


def test_a_record_is_created_once_and_taken_over_by_upsert(change: Change, refused: Refused) -> None:
    record = {
        "Name": "once.pair.example",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    }
    change(record, "CREATE")
    for again in (record, record | {"TTL": 300}):
        with refused("InvalidChangeBatch"):
            change(again, "CREATE")
    change(record | {"TTL": 300})
    change(record | {"TTL": 300}, "DELETE")
    change(record | {"Name": "twice.pair.example"}, "CREATE")
    change(record, "CREATE")


def half(name: str, role: str, to: Balancer) -> dict[str, Any]:
    return {
        "Name": f"{name}.pair.example",
        "Type": "A",
        "SetIdentifier": role.lower(),
        "Failover": role,
        "AliasTarget": {"DNSName": to.dns_name, "HostedZoneId": to.zone, "EvaluateTargetHealth": True},
    }


def test_a_pair_has_one_primary(change: Change, refused: Refused, balancers: dict[str, Balancer]) -> None:
    change(half("one", "PRIMARY", balancers[TOKYO]))
    change(half("one", "PRIMARY", balancers[TOKYO]))  # the same one
    with refused("InvalidChangeBatch"):
        change(half("one", "PRIMARY", balancers[OSAKA]) | {"SetIdentifier": "other"})
    change(half("one", "SECONDARY", balancers[OSAKA]))


def test_a_pair_and_a_plain_record_exclude_each_other(
    change: Change, refused: Refused, balancers: dict[str, Balancer]
) -> None:
    pair = half("mixed", "PRIMARY", balancers[TOKYO])
    plain = {key: pair[key] for key in ("Name", "Type", "AliasTarget")}
    change(pair)
    with refused("InvalidChangeBatch"):
        change(plain)
    change(plain | {"Type": "AAAA"})
    with refused("InvalidChangeBatch"):
        change(pair | {"Type": "AAAA"})


def test_a_half_needs_an_identifier(change: Change, refused: Refused, balancers: dict[str, Balancer]) -> None:
    record = half("nameless", "PRIMARY", balancers[TOKYO])
    del record["SetIdentifier"]
    with refused("InvalidInput"):
        change(record)


def test_a_record_needs_its_check(change: Change, refused: Refused, balancers: dict[str, Balancer]) -> None:
    with refused("NoSuchHealthCheck"):
        change(half("checked", "PRIMARY", balancers[TOKYO]) | {"HealthCheckId": "none"})


@pytest.mark.parametrize(
    "target",
    [{"HostedZoneId": "Z2FDTNDATAQYW2"}, {"DNSName": "gone.ap-northeast-1.elb.amazonaws.com"}],
    ids=["zone", "name"],
)
def test_an_alias_needs_its_load_balancer(
    change: Change, refused: Refused, balancers: dict[str, Balancer], target: dict[str, Any]
) -> None:
    record = half("aliased", "PRIMARY", balancers[TOKYO])
    with refused("InvalidChangeBatch"):
        change(record | {"AliasTarget": record["AliasTarget"] | target})


def test_an_empty_target_group_makes_its_half_unhealthy(
    server: Server, aws: Aws, change: Change, balancers: dict[str, Balancer]
) -> None:
    change(half("portal", "PRIMARY", balancers[TOKYO]))
    change(half("portal", "SECONDARY", balancers[OSAKA]))
    # Nothing is well anywhere: the primary may be.
    both = {"PRIMARY": False, "SECONDARY": False}
    assert answer(server) == ("primary", both)
    register(aws, OSAKA, balancers[OSAKA])
    assert answer(server) == ("secondary", both | {"SECONDARY": True})
    register(aws, TOKYO, balancers[TOKYO])
    assert answer(server) == ("primary", {"PRIMARY": True, "SECONDARY": True})


def answer(server: Server) -> tuple[str, dict[str, bool]]:
    resolved = server.control("/resolve/portal.pair.example")
    return resolved["answer"], resolved["healthy"]


def register(aws: Aws, region: str, balancer: Balancer) -> None:
    aws("elbv2", region).register_targets(
        TargetGroupArn=balancer.group, Targets=[{"Id": "10.78.0.10", "Port": 8002}]
    )


def test_query_logging_is_listed_by_zone(aws: Aws, refused: Refused) -> None:
    route53, logs = aws("route53"), aws("logs", VIRGINIA)
    group = "/aws/route53/logged.example"
    logs.create_log_group(logGroupName=group)
    write = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [write]})
    logs.put_resource_policy(policyName="logged", policyDocument=document)
    created = {}
    for name in ("logged.example", "other.example"):
        zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
        id_ = zone.removeprefix("/hostedzone/")
        created[id_] = route53.create_query_logging_config(
            HostedZoneId=id_,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:123456789012:log-group:{group}",
        )["QueryLoggingConfig"]["Id"]
    for id_, config in created.items():
        found = route53.list_query_logging_configs(HostedZoneId=id_)["QueryLoggingConfigs"]
        assert [each["Id"] for each in found] == [config]
    with refused("NoSuchHostedZone"):
        route53.list_query_logging_configs(HostedZoneId="ZNONE")


def test_one_record_of_a_set_is_deleted_and_no_other(aws: Aws) -> None:
    route53 = aws("route53")
    zone = route53.create_hosted_zone(Name="sets.example", CallerReference="sets")["HostedZone"]["Id"]
    records = [
        {
            "Name": f"{name}.sets.example.",
            "Type": "A",
            "SetIdentifier": "osaka",
            "Weight": 1,
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
        for name in ("one", "two")
    ]
    for action, given in (("CREATE", records), ("DELETE", records[:1])):
        changes = [{"Action": action, "ResourceRecordSet": record} for record in given]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    kept = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [record["Name"] for record in kept if record["Type"] == "A"] == ["two.sets.example."]


def test_tags_go_with_the_check_that_has_them(aws: Aws, server: Server) -> None:
    route53 = aws("route53")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "tagged.example"}
    check = route53.create_health_check(CallerReference="tagged", HealthCheckConfig=config)["HealthCheck"][
        "Id"
    ]
    route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=check, AddTags=[{"Key": "Name", "Value": "tagged"}]
    )
    route53.delete_health_check(HealthCheckId=check)
    assert [each for each in server.control("/inventory") if check in each["id"]] == []
