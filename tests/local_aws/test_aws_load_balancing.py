"""Load balancers and certificates in the local AWS: what AWS refuses, and what reads back."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local_aws.harness import ACCOUNT, OSAKA, TOKYO, VIRGINIA, Aws, Client, Refused

POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
NOT_FOUND = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


@dataclass(frozen=True)
class Edge:
    """A network with a load balancer, and an issued certificate."""

    vpc: str
    subnets: list[str]
    group: str
    balancer: str
    certificate: str


def certificate(aws: Aws, domain: str, region: str, *, proved: bool = True) -> str:
    """Request one; with ``proved``, with its validation record in a new public zone."""
    acm = aws("acm", region)
    arn = acm.request_certificate(
        DomainName=domain, SubjectAlternativeNames=[f"*.{domain}"], ValidationMethod="DNS"
    )["CertificateArn"]
    if proved:
        prove(aws, domain, arn, region)
    return str(arn)


def prove(aws: Aws, domain: str, arn: str, region: str) -> None:
    options = aws("acm", region).describe_certificate(CertificateArn=arn)["Certificate"]
    record = options["DomainValidationOptions"][0]["ResourceRecord"]
    route53 = aws("route53")
    zone = route53.create_hosted_zone(Name=domain, CallerReference=arn)["HostedZone"]["Id"]
    change(
        route53,
        zone,
        {
            "Name": record["Name"],
            "Type": record["Type"],
            "TTL": 300,
            "ResourceRecords": [{"Value": record["Value"]}],
        },
    )


def change(route53: Client, zone: str, record: dict[str, Any]) -> None:
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )


@pytest.fixture(scope="module")
def edge(aws: Aws) -> Edge:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=f"{TOKYO}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("aca")
    ]
    group = ec2.create_security_group(GroupName="edge", Description="edge", VpcId=vpc)["GroupId"]
    balancer = aws("elbv2").create_load_balancer(
        Name="edge", Subnets=subnets[:2], SecurityGroups=[group], Type="application"
    )["LoadBalancers"][0]["LoadBalancerArn"]
    return Edge(vpc, subnets, group, balancer, certificate(aws, "edge.example", TOKYO))


def listener(aws: Aws, edge: Edge, **given: Any) -> str:  # noqa: ANN401 (boto3 has no types)
    request = {
        "LoadBalancerArn": edge.balancer,
        "Protocol": "HTTPS",
        "Port": 443,
        "SslPolicy": POLICY,
        "Certificates": [{"CertificateArn": edge.certificate}],
        "DefaultActions": NOT_FOUND,
    } | given
    created = aws("elbv2").create_listener(**{name: value for name, value in request.items() if value})
    return str(created["Listeners"][0]["ListenerArn"])


def target_group(aws: Aws, edge: Edge, name: str, protocol: str = "HTTP") -> str:
    created = aws("elbv2").create_target_group(
        Name=name, Protocol=protocol, Port=8001, VpcId=edge.vpc, TargetType="ip"
    )
    return str(created["TargetGroups"][0]["TargetGroupArn"])


class TestCertificates:
    def test_is_issued_when_its_record_can_be_resolved(self, aws: Aws) -> None:
        arn = certificate(aws, "late.example", TOKYO, proved=False)
        acm = aws("acm")
        assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
        prove(aws, "late.example", arn, TOKYO)
        assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"

    def test_one_record_proves_those_of_all_regions(self, aws: Aws) -> None:
        certificate(aws, "regions.example", TOKYO)
        other = certificate(aws, "regions.example", OSAKA, proved=False)
        read = aws("acm", OSAKA).describe_certificate(CertificateArn=other)["Certificate"]
        assert read["Status"] == "ISSUED"
        assert len({str(each["ResourceRecord"]) for each in read["DomainValidationOptions"]}) == 1

    def test_stays_while_a_listener_shows_it(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        arn = listener(aws, edge, Port=8443)
        with refused("ResourceInUseException"):
            aws("acm").delete_certificate(CertificateArn=edge.certificate)
        aws("elbv2").delete_listener(ListenerArn=arn)


class TestListeners:
    @pytest.mark.parametrize("protocol", ["HTTPS"])
    def test_needs_a_certificate(self, aws: Aws, edge: Edge, refused: Refused, protocol: str) -> None:
        with refused("ValidationError"):
            listener(aws, edge, Protocol=protocol, Certificates=None)

    def test_takes_no_certificate_of_another_region(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        arn = certificate(aws, "virginia.example", VIRGINIA)
        with refused("CertificateNotFound"):
            listener(aws, edge, Certificates=[{"CertificateArn": arn}])

    def test_takes_no_certificate_before_it_is_issued(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        arn = certificate(aws, "pending.example", TOKYO, proved=False)
        with refused("UnsupportedCertificate"):
            listener(aws, edge, Certificates=[{"CertificateArn": arn}])

    def test_knows_its_policies(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        with refused("SSLPolicyNotFound"):
            listener(aws, edge, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-60")
        with refused("ValidationError"):
            listener(aws, edge, Protocol="HTTP", Port=80, Certificates=None)

    def test_has_its_port_alone(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        arn = listener(aws, edge, Port=9443)
        with refused("DuplicateListener"):
            listener(aws, edge, Port=9443)
        aws("elbv2").delete_listener(ListenerArn=arn)


class TestRules:
    def test_have_priorities_of_their_own(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb, arn = aws("elbv2"), listener(aws, edge, Port=7443)
        host = [{"Field": "host-header", "HostHeaderConfig": {"Values": ["portal.edge.example"]}}]
        elb.create_rule(ListenerArn=arn, Priority=10, Conditions=host, Actions=NOT_FOUND)
        second = elb.create_rule(ListenerArn=arn, Priority=20, Conditions=host, Actions=NOT_FOUND)
        with refused("PriorityInUse"):
            elb.create_rule(ListenerArn=arn, Priority=10, Conditions=host, Actions=NOT_FOUND)
        with refused("PriorityInUse"):
            elb.set_rule_priorities(
                RulePriorities=[{"RuleArn": second["Rules"][0]["RuleArn"], "Priority": 10}]
            )
        elb.delete_listener(ListenerArn=arn)

    def test_have_five_values(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb, arn = aws("elbv2"), listener(aws, edge, Port=6443)
        conditions = [
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example", "b.example"]}},
            {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{each}/*" for each in range(4)]}},
        ]
        with refused("ValidationError"):
            elb.create_rule(ListenerArn=arn, Priority=10, Conditions=conditions, Actions=NOT_FOUND)
        elb.delete_listener(ListenerArn=arn)

    def test_lead_to_groups_that_speak_http(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        group = target_group(aws, edge, "speaks-tcp", "TCP")
        with refused("InvalidConfigurationRequest"):
            listener(aws, edge, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])

    def test_share_no_group_with_another_balancer(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb, group = aws("elbv2"), target_group(aws, edge, "one-balancer")
        forward = [{"Type": "forward", "TargetGroupArn": group}]
        first = listener(aws, edge, Port=5443, DefaultActions=forward)
        other = elb.create_load_balancer(Name="second", Subnets=edge.subnets[:2])["LoadBalancers"][0]
        with refused("TargetGroupAssociationLimit"):
            listener(aws, edge, LoadBalancerArn=other["LoadBalancerArn"], DefaultActions=forward)
        elb.delete_listener(ListenerArn=first)


class TestLoadBalancers:
    def test_lie_in_two_zones(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb = aws("elbv2")
        with refused("ValidationError"):
            elb.create_load_balancer(Name="one-zone", Subnets=edge.subnets[:1])
        with refused("InvalidConfigurationRequest"):
            elb.create_load_balancer(Name="same-zone", Subnets=[edge.subnets[0], edge.subnets[2]])
        with refused("DuplicateLoadBalancerName"):
            elb.create_load_balancer(Name="edge", Subnets=edge.subnets[:2])
        with refused("InvalidSecurityGroup"):
            elb.create_load_balancer(
                Name="no-group", Subnets=edge.subnets[:2], SecurityGroups=["sg-0123456789abcdef0"]
            )

    def test_face_the_internet_unless_told_otherwise(self, aws: Aws, edge: Edge) -> None:
        elb = aws("elbv2")
        for name, told, scheme in (
            ("outer", {}, "internet-facing"),
            ("inner", {"Scheme": "internal"}, "internal"),
        ):
            made = elb.create_load_balancer(Name=name, Subnets=edge.subnets[:2], **told)["LoadBalancers"]
            (read,) = elb.describe_load_balancers(Names=[name])["LoadBalancers"]
            assert made[0]["Scheme"] == read["Scheme"] == scheme

    def test_need_a_way_to_the_internet(self, aws: Aws, refused: Refused) -> None:
        ec2 = aws("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.78.{number}.0/24", AvailabilityZone=f"{TOKYO}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for number, zone in enumerate("ac")
        ]
        with refused("InvalidSubnet"):
            aws("elbv2").create_load_balancer(Name="island", Subnets=subnets)
        aws("elbv2").create_load_balancer(Name="island", Subnets=subnets, Scheme="internal")

    def test_of_the_network_never_get_a_first_group(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb = aws("elbv2")
        bare = elb.create_load_balancer(Name="bare", Subnets=edge.subnets[:2], Type="network")
        with refused("InvalidConfigurationRequest"):
            elb.set_security_groups(
                LoadBalancerArn=bare["LoadBalancers"][0]["LoadBalancerArn"], SecurityGroups=[edge.group]
            )

    def test_write_logs_only_where_a_policy_lets_them(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        s3, elb = aws("s3"), aws("elbv2")
        location = {"LocationConstraint": TOKYO}
        s3.create_bucket(Bucket="edge-logs", CreateBucketConfiguration=location)
        wanted = [
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": "edge-logs"},
            {"Key": "access_logs.s3.prefix", "Value": "alb"},
        ]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::edge-logs/nlb/AWSLogs/{ACCOUNT}/*",
        }

        def put(resource: str) -> None:
            document = {"Version": "2012-10-17", "Statement": [statement | {"Resource": resource}]}
            s3.put_bucket_policy(Bucket="edge-logs", Policy=json.dumps(document))

        put(f"arn:aws:s3:::edge-logs/nlb/AWSLogs/{ACCOUNT}/*")
        with refused("InvalidConfigurationRequest"):
            elb.modify_load_balancer_attributes(LoadBalancerArn=edge.balancer, Attributes=wanted)
        put(f"arn:aws:s3:::edge-logs/alb/AWSLogs/{ACCOUNT}/*")
        elb.modify_load_balancer_attributes(LoadBalancerArn=edge.balancer, Attributes=wanted)

    def test_stay_while_they_are_protected(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        elb = aws("elbv2")
        arn = elb.create_load_balancer(Name="protected", Subnets=edge.subnets[:2])["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        protection = {"Key": "deletion_protection.enabled", "Value": "true"}
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
        with refused("OperationNotPermitted"):
            elb.delete_load_balancer(LoadBalancerArn=arn)
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection | {"Value": "false"}])
        elb.delete_load_balancer(LoadBalancerArn=arn)


class TestFirewall:
    def web_acl(self, aws: Aws, name: str, scope: str = "REGIONAL", region: str = TOKYO, **given: Any) -> str:  # noqa: ANN401
        visibility = {
            "SampledRequestsEnabled": True,
            "CloudWatchMetricsEnabled": True,
            "MetricName": name,
        }
        created = aws("wafv2", region).create_web_acl(
            Name=name, Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=visibility, **given
        )
        return str(created["Summary"]["ARN"])

    def rule(self, name: str, priority: int, group: str = "AWSManagedRulesCommonRuleSet") -> dict[str, Any]:
        return {
            "Name": name,
            "Priority": priority,
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": group}},
            "OverrideAction": {"None": {}},
            "VisibilityConfig": {
                "SampledRequestsEnabled": True,
                "CloudWatchMetricsEnabled": True,
                "MetricName": name,
            },
        }

    def test_is_one_scope_and_region(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        with refused("WAFInvalidParameterException"):
            self.web_acl(aws, "global-in-tokyo", "CLOUDFRONT")
        everywhere = self.web_acl(aws, "everywhere", "CLOUDFRONT", VIRGINIA)
        osaka = self.web_acl(aws, "osaka", region=OSAKA)
        for arn, code in (
            (everywhere, "WAFInvalidParameterException"),
            (osaka, "WAFNonexistentItemException"),
        ):
            with refused(code):
                aws("wafv2").associate_web_acl(WebACLArn=arn, ResourceArn=edge.balancer)

    def test_goes_in_front_of_what_is_there(self, aws: Aws, edge: Edge, refused: Refused) -> None:
        waf, arn = aws("wafv2"), self.web_acl(aws, "in-front")
        with refused("WAFUnavailableEntityException"):
            waf.associate_web_acl(WebACLArn=arn, ResourceArn=f"{edge.balancer[:-1]}x")
        waf.associate_web_acl(WebACLArn=arn, ResourceArn=edge.balancer)
        assert waf.get_web_acl_for_resource(ResourceArn=edge.balancer)["WebACL"]["ARN"] == arn
        (acl,) = [each for each in waf.list_web_acls(Scope="REGIONAL")["WebACLs"] if each["ARN"] == arn]
        identity = {"Scope": "REGIONAL"} | {name: acl[name] for name in ("Name", "Id", "LockToken")}
        with refused("WAFAssociatedItemException"):
            waf.delete_web_acl(**identity)
        waf.disassociate_web_acl(ResourceArn=edge.balancer)
        waf.delete_web_acl(**identity)

    def test_has_rules_with_names_priorities_and_groups(self, aws: Aws, refused: Refused) -> None:
        for rules, code in (
            ([self.rule("one", 1), self.rule("two", 1)], "WAFInvalidParameterException"),
            ([self.rule("one", 1), self.rule("one", 2)], "WAFInvalidParameterException"),
            ([self.rule("one", 1) | {"Action": {"Block": {}}}], "WAFInvalidParameterException"),
            ([self.rule("one", 1, "AWSManagedRulesCommon")], "WAFNonexistentItemException"),
        ):
            with refused(code):
                self.web_acl(aws, "rules", Rules=rules)
        self.web_acl(aws, "rules", Rules=[self.rule("one", 1), self.rule("two", 2)])

    def test_logs_where_waf_does(self, aws: Aws, refused: Refused) -> None:
        waf, arn = aws("wafv2"), self.web_acl(aws, "logged")
        for region, name, code in (
            (TOKYO, "mpac-waf", "WAFInvalidParameterException"),
            (OSAKA, "aws-waf-logs-osaka", "WAFInvalidParameterException"),
            (TOKYO, "aws-waf-logs-test", None),
        ):
            aws("logs", region).create_log_group(logGroupName=name)
            configuration = {
                "ResourceArn": arn,
                "LogDestinationConfigs": [f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}"],
            }
            if code is None:
                waf.put_logging_configuration(LoggingConfiguration=configuration)
                continue
            with refused(code):
                waf.put_logging_configuration(LoggingConfiguration=configuration)
