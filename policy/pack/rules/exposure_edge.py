"""What may be public, databases, tasks, load balancers and the CDN, and the firewall in front of it."""

from collections.abc import Iterator
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown
from ..verdicts import IS_FALSE, Check, Verdict, one_of

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


@resource_rule(
    "rds-not-public",
    "aws:rds/instance:Instance",
    "aws:rds/clusterInstance:ClusterInstance",
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.2",), cis=("3.2.3",), pci=("1.4.2",), checkov=("CKV_AWS_17",)),
    reason="A database with a public address is one stolen password away from everybody.",
    remedy="Set publicly_accessible=False.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-2",
)
def rds_not_public(instance: Resource, _: Settings) -> Iterator[Verdict]:
    """The provider's default is false."""
    yield instance.must("publiclyAccessible", IS_FALSE)


@resource_rule(
    "rds-snapshots-private",
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
    "aws:rds/snapshotCopy:SnapshotCopy",
    severity=Severity.CRITICAL,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("RDS.1",)),
    reason="A public snapshot is the database for anybody to restore.",
    remedy="Name accounts in shared_accounts, never all.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-1",
)
def rds_snapshots_private(snapshot: Resource, _: Settings) -> Iterator[Verdict]:
    """Sharing with a named account is a choice."""
    for path, _account in snapshot.items("sharedAccounts"):
        yield snapshot.must(path, Check("an account by its id", lambda value: value != "all"))


@resource_rule(
    "ecs-no-public-address",
    "aws:ecs/service:Service",
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECS.2",), checkov=("CKV_AWS_333",)),
    reason="A task with a public address is reached past the load balancer and its firewall.",
    remedy="Set assign_public_ip=False in network_configuration.",
    url=f"{SECURITY_HUB}/ecs-controls.html#ecs-2",
)
def ecs_no_public_address(service: Resource, _: Settings) -> Iterator[Verdict]:
    """AWS's default is none."""
    yield service.must("networkConfiguration.assignPublicIp", IS_FALSE)


@graph_rule(
    "lb-public-ports",
    BALANCER,
    LISTENER,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="The world needs the web's ports, and nothing that stands inside.",
    remedy="Set internal=True on the load balancer, or move the listener to one that is.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
)
def lb_public_ports(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """A load balancer is public unless it says otherwise."""
    ports = one_of(str(port) for port in settings.public_ports)
    for balancer in graph.of(BALANCER):
        internal = balancer.get("internal")
        if isinstance(internal, Unknown):
            yield balancer.not_judged("internal")
            continue
        yield balancer.passes("internal")
        for listener in () if _is_true(internal) else graph.naming(balancer, "loadBalancerArn", LISTENER):
            port = listener.get("port")
            yield ports(listener.urn, "port", port if isinstance(port, Unknown) else str(port))


def _is_true(value: Any) -> bool:
    return value is True or value == "true"


@graph_rule(
    "lb-firewall",
    BALANCER,
    ASSOCIATION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ELB.16",), pci=("6.4.2",), checkov=("CKV2_AWS_28",)),
    reason="Attacks on web applications are known by their requests, and stopped before a program sees them.",
    remedy="Declare wafv2.WebAclAssociation with the load balancer as its resource_arn.",
    url=f"{SECURITY_HUB}/elb-controls.html#elb-16",
)
def lb_firewall(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """AWS WAF stands in front of application load balancers only."""
    for balancer in graph.of(BALANCER):
        internal = balancer.get("internal")
        if isinstance(internal, Unknown):
            yield balancer.not_judged("internal")
        elif not _is_true(internal) and balancer.get("loadBalancerType") in (ABSENT, "application"):
            missing = "no web ACL is associated with this public load balancer"
            yield graph.companion(balancer, "resourceArn", ASSOCIATION, missing)[1]


@graph_rule(
    "cloudfront-firewall",
    DISTRIBUTION,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("CloudFront.6",), checkov=("CKV_AWS_68",)),
    reason="A distribution is reached by everybody.",
    remedy="Set web_acl_id to a web ACL of scope CLOUDFRONT.",
    url=f"{SECURITY_HUB}/cloudfront-controls.html#cloudfront-6",
)
def cloudfront_firewall(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """One that stands elsewhere is named by its ARN."""
    for distribution in graph.of(DISTRIBUTION):
        web_acl = distribution.get("webAclId")
        if isinstance(web_acl, Unknown) and not graph.targets(distribution, "webAclId", WEB_ACL):
            yield distribution.not_judged("webAclId")
        elif distribution.has("webAclId"):
            yield distribution.passes("webAclId")
        else:
            yield distribution.fails("webAclId", "webAclId is not set")
