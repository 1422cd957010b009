"""More than one of everything, in more than one zone."""

from collections.abc import Iterator

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import ABSENT, Unknown, read
from ..verdicts import IS_TRUE, Check, Outcome, Verdict, any_of, at_least, equals
from .encryption_keys import INSTANCE, is_beside_source
from .load_balancing import TARGET_GROUP, figure, serves_http

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVICE = "aws:ecs/service:Service"
CLUSTER = "aws:ecs/cluster:Cluster"
SCALING = "aws:appautoscaling/target:Target"
SCALING_POLICY = "aws:appautoscaling/policy:Policy"
# Tasks are moved by starting new ones before old ones stop. ECS may do so unless told not to.
SPREADS = Check("more than 100", lambda value: value is ABSENT or at_least(101).test(value))


@resource_rule(
    "rds-multi-az",
    INSTANCE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("RDS.5",), cis=("3.2.4",), checkov=("CKV_AWS_157",)),
    reason="The loss of one zone must not stop payments.",
    remedy="Set multi_az=True.",
    url=f"{SECURITY_HUB}/rds-controls.html#rds-5",
)
def rds_multi_az(instance: Resource, _: Settings) -> Iterator[Verdict]:
    """A replica is a copy already: its primary is the one that must stand in two zones."""
    if not instance.has("replicateSourceDb"):
        yield instance.must("multiAz", IS_TRUE)


@graph_rule(
    "rds-replicas-apart",
    INSTANCE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="Replicas in one zone are lost together, and with them all reading.",
    remedy="Set availability_zone of each replica to another zone.",
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html",
)
def rds_replicas_apart(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of the replicas in the region of one source, where there are several."""
    zones: dict[str, str] = {}
    for replica in graph.of(INSTANCE):
        if not replica.has("replicateSourceDb") or not is_beside_source(graph, replica):
            continue
        zone = replica.get("availabilityZone")
        if isinstance(zone, Unknown):
            yield replica.not_judged("availabilityZone")
        elif zone is not ABSENT and zones.setdefault(str(zone), replica.urn) != replica.urn:
            yield replica.fails("availabilityZone", "another replica stands in the same zone")
        else:
            yield replica.passes("availabilityZone")


@resource_rule(
    "elasticache-multi-az",
    CACHE,
    severity=Severity.HIGH,
    reach=Reach.PRODUCTION,
    controls=Controls(fsbp=("ElastiCache.3",), checkov=("CKV2_AWS_50",)),
    reason="Without a replica in another zone that takes over, sessions and limits are lost with the node.",
    remedy="Set automatic_failover_enabled=True, multi_az_enabled=True and replicas_per_node_group=1 or up.",
    url=f"{SECURITY_HUB}/elasticache-controls.html#elasticache-3",
)
def elasticache_multi_az(cache: Resource, _: Settings) -> Iterator[Verdict]:
    """Both switches are off by default; a replica is counted by shard or by node."""
    yield cache.must("automaticFailoverEnabled", IS_TRUE)
    yield cache.must("multiAzEnabled", IS_TRUE)
    yield any_of(
        [cache.must("replicasPerNodeGroup", at_least(1)), cache.must("numCacheClusters", at_least(2))]
    )


@resource_rule(
    "ecs-circuit-breaker",
    SERVICE,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A version that does not start goes on replacing the one that works.",
    remedy="Set deployment_circuit_breaker with enable and rollback to True.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
)
def ecs_circuit_breaker(service: Resource, _: Settings) -> Iterator[Verdict]:
    """Of services that ECS itself deploys; off unless switched on."""
    if service.get("deploymentController.type") in (ABSENT, "ECS"):
        for name in ("enable", "rollback"):
            yield service.must(f"deploymentCircuitBreaker.{name}", IS_TRUE)


@resource_rule(
    "ecs-zone-rebalancing",
    SERVICE,
    severity=Severity.LOW,
    reach=Reach.PRODUCTION,
    reason="After the outage of a zone, all tasks stay in the others until somebody moves them.",
    remedy='Set availability_zone_rebalancing="ENABLED".',
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html",
)
def ecs_zone_rebalancing(service: Resource, _: Settings) -> Iterator[Verdict]:
    """Not of services that stop a task before they start its successor, which ECS cannot rebalance."""
    may_exceed = service.must("deploymentMaximumPercent", SPREADS)
    if may_exceed.outcome is Outcome.NOT_JUDGED:
        yield may_exceed
    elif may_exceed.outcome is Outcome.PASS and service.get("schedulingStrategy") != "DAEMON":
        yield service.must("availabilityZoneRebalancing", equals("ENABLED"))


def scaling_of(graph: Graph, service: Resource, type_: str = SCALING) -> list[Resource]:
    """Find what scales a service, its target or its policies; they name it `service/<cluster>/<name>`."""
    name = service.get("name")
    clusters = {str(cluster.get("name")) for cluster in graph.targets(service, "cluster", CLUSTER)}
    found = []
    for target in graph.of(type_):
        kind, _, rest = str(read(target.inputs, "resourceId")).partition("/")
        cluster, _, scaled = rest.partition("/")
        if kind == "service" and scaled == name and (not clusters or cluster in clusters):
            found.append(target)
    return found or graph.naming(service, "resourceId", type_)


@graph_rule(
    "ecs-two-tasks",
    SERVICE,
    SCALING,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A service of one task is away whenever that task is, and with the zone that it stands in.",
    remedy="Set desired_count, or min_capacity of the appautoscaling.Target, to 2 or more.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/availability.html",
)
def ecs_two_tasks(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Where a service is scaled, the least of the scaling counts."""
    for service in graph.of(SERVICE):
        scaling = scaling_of(graph, service)
        for target in scaling:
            yield target.must("minCapacity", at_least(2))
        if not scaling and service.get("schedulingStrategy") != "DAEMON":
            yield service.must("desiredCount", at_least(2))


@graph_rule(
    "ecs-scales",
    SERVICE,
    SCALING,
    SCALING_POLICY,
    TARGET_GROUP,
    severity=Severity.MEDIUM,
    reach=Reach.PRODUCTION,
    reason="A service that takes requests and does not grow with them fails at the peak.",
    remedy="Declare an appautoscaling.Target for the service with max_capacity above min_capacity.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
)
def ecs_scales(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """Of services behind an application load balancer, and of all that something is there to scale."""
    for service in graph.of(SERVICE):
        scaling = scaling_of(graph, service)
        for target in scaling:
            yield _has_room(target)
        if not serves_http(graph, service) and not scaling_of(graph, service, SCALING_POLICY):
            continue
        if not scaling and graph.unresolved("resourceId", SCALING):
            yield service.not_judged("", "some scaling names what is not known yet")
        elif not scaling:
            yield service.fails("", "nothing scales the service")


def _has_room(target: Resource) -> Verdict:
    least = target.get("minCapacity")
    if isinstance(least, Unknown):
        return target.not_judged("minCapacity")
    return target.must("maxCapacity", at_least(figure(least) + 1))
