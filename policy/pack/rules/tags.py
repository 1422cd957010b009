"""Whose something is, and what for, is written on it."""

from collections.abc import Iterator, Mapping

from ..backups import default_tags
from ..graph import Graph, Resource
from ..rule import Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..values import Unknown
from ..verdicts import Verdict, one_of

TAGGABLE = tuple(
    f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
    for module, names in {
        "acm": ("Certificate",),
        "amp": ("RuleGroupNamespace", "Workspace"),
        "appautoscaling": ("Target",),
        "backup": ("Plan", "RestoreTestingPlan", "Vault"),
        "budgets": ("Budget",),
        "cloudfront": ("Distribution",),
        "cloudwatch": (
            "EventRule",
            "LogDelivery",
            "LogDeliveryDestination",
            "LogDeliverySource",
            "LogGroup",
            "MetricAlarm",
        ),
        "cognito": ("UserPool",),
        "dynamodb": ("Table",),
        "ec2": (
            "DefaultSecurityGroup",
            "Eip",
            "FlowLog",
            "Instance",
            "InternetGateway",
            "NatGateway",
            "RouteTable",
            "SecurityGroup",
            "Subnet",
            "Vpc",
            "VpcEndpoint",
            "VpcPeeringConnection",
            "VpcPeeringConnectionAccepter",
        ),
        "ecr": ("Repository",),
        "ecs": ("Cluster", "Service", "TaskDefinition"),
        "efs": ("AccessPoint", "FileSystem"),
        "elasticache": ("ParameterGroup", "ReplicationGroup", "SubnetGroup", "User", "UserGroup"),
        "iam": ("Role",),
        "kms": ("Key", "ReplicaKey"),
        "lambda": ("Function",),
        "lb": ("Listener", "ListenerRule", "LoadBalancer", "TargetGroup"),
        "rds": ("Cluster", "Instance", "ParameterGroup", "SubnetGroup"),
        "route53": ("HealthCheck", "Zone"),
        "s3": ("Bucket",),
        "secretsmanager": ("Secret",),
        "servicediscovery": ("PrivateDnsNamespace", "Service"),
        "sns": ("Topic",),
        "sqs": ("Queue",),
        "vpc": ("SecurityGroupEgressRule", "SecurityGroupIngressRule"),
        "wafv2": ("WebAcl",),
    }.items()
    for name in names
)
PROVIDER = "pulumi:providers:aws"


@graph_rule(
    "tags-required",
    *TAGGABLE,
    PROVIDER,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    reason="Costs, rights and alarms go by tags; what has none belongs to nobody.",
    remedy="Set default_tags on the provider, or tags on the resource, with the pack's requiredTags.",
    url="https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
)
def tags_required(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Tags of the provider count; a resource may say otherwise, but not nothing."""
    defaults = {}
    for resource in graph.of(*TAGGABLE):
        if resource.provider not in defaults:
            defaults[resource.provider] = default_tags(graph, resource)
        for name in sorted(settings.required_tags):
            yield _tagged(graph, resource, name, defaults[resource.provider])


def _tagged(graph: Graph, resource: Resource, name: str, defaults: object) -> Verdict:
    path = f"tags.{name}"
    places = (resource.get("tags"), resource.get("tagsAll"), defaults)
    # What stands first counts.
    for place in places:
        value = place.get(name) if isinstance(place, Mapping) else place
        if isinstance(value, Unknown):
            return resource.not_judged(path, f"whether there is a tag {name} is not known yet")
        if isinstance(place, Mapping) and name in place:
            return resource.passes(path) if value else resource.fails(path, f"the tag {name} is empty")
    if resource.provider and resource.provider not in graph.resources:
        return resource.not_judged(path, "the tags of the provider are not known")
    return resource.fails(path, f"the tag {name} is missing")


@resource_rule(
    "ecs-propagates-tags",
    "aws:ecs/service:Service",
    severity=Severity.LOW,
    reach=Reach.ADVISORY,
    reason="Tasks make the costs of a service, and have no tags of their own.",
    remedy='Set propagate_tags="SERVICE".',
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html",
)
def ecs_propagates_tags(service: Resource, _: Settings) -> Iterator[Verdict]:
    """From the service or from the definition of its tasks."""
    yield service.must("propagateTags", one_of({"SERVICE", "TASK_DEFINITION"}))
