"""Judges inputs of resources by AWS's own schemas of resource types, which the package cfn-lint ships.

CloudFormation names most properties as Pulumi does, but for the case of letters. What it names or nests
otherwise is passed over, and counted. What AWS demands to be there is not judged for the same reason: the
local AWS does so, by the service models, when the provider's calls arrive (`local/aws/validation.py`).

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schemas.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

SCHEMAS = files("cfnlint") / "data" / "schemas"
# What Pulumi calls a type of CloudFormation's whose service and name are not its own.
TYPES: Mapping[str, str] = {
    "acm/certificate:Certificate": "CertificateManager::Certificate",
    "amp/ruleGroupNamespace:RuleGroupNamespace": "APS::RuleGroupsNamespace",
    "amp/workspace:Workspace": "APS::Workspace",
    "appautoscaling/policy:Policy": "ApplicationAutoScaling::ScalingPolicy",
    "appautoscaling/target:Target": "ApplicationAutoScaling::ScalableTarget",
    "backup/plan:Plan": "Backup::BackupPlan",
    "backup/selection:Selection": "Backup::BackupSelection",
    "backup/vault:Vault": "Backup::BackupVault",
    "cloudwatch/eventRule:EventRule": "Events::Rule",
    "cloudwatch/logDelivery:LogDelivery": "Logs::Delivery",
    "cloudwatch/logDeliveryDestination:LogDeliveryDestination": "Logs::DeliveryDestination",
    "cloudwatch/logDeliverySource:LogDeliverySource": "Logs::DeliverySource",
    "cloudwatch/logGroup:LogGroup": "Logs::LogGroup",
    "cloudwatch/logMetricFilter:LogMetricFilter": "Logs::MetricFilter",
    "cloudwatch/logResourcePolicy:LogResourcePolicy": "Logs::ResourcePolicy",
    "cloudwatch/metricAlarm:MetricAlarm": "CloudWatch::Alarm",
    "ec2/routeTableAssociation:RouteTableAssociation": "EC2::SubnetRouteTableAssociation",
    "lb/listener:Listener": "ElasticLoadBalancingV2::Listener",
    "lb/listenerRule:ListenerRule": "ElasticLoadBalancingV2::ListenerRule",
    "lb/loadBalancer:LoadBalancer": "ElasticLoadBalancingV2::LoadBalancer",
    "lb/targetGroup:TargetGroup": "ElasticLoadBalancingV2::TargetGroup",
    "rds/instance:Instance": "RDS::DBInstance",
    "rds/parameterGroup:ParameterGroup": "RDS::DBParameterGroup",
    "rds/subnetGroup:SubnetGroup": "RDS::DBSubnetGroup",
    "route53/record:Record": "Route53::RecordSet",
    "route53/zone:Zone": "Route53::HostedZone",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": "EC2::SecurityGroupEgress",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": "EC2::SecurityGroupIngress",
    "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "WAFv2::LoggingConfiguration",
}
_UNKNOWN = ("$unknown", "$secret")
Schema = Mapping[str, Any]


def type_name(token: str) -> str | None:
    """Name the type of CloudFormation's that a resource of Pulumi's is of; None if there is none."""
    own = token.partition(":")[2]
    if own in TYPES:
        return f"AWS::{TYPES[own]}"
    module, _, name = own.partition(":")
    return _by_lower_case().get(f"aws::{module.partition('/')[0]}::{name}".lower())


def is_in(region: str, type_: str) -> bool:
    """Tell whether a region has a type."""
    return type_ in _types(region)


class Judge:
    """Holds the inputs of a resource against the schema of its type in a region.

    Attributes:
        properties: How many properties the schema has.
        passed_over: How many it names or nests otherwise.
        limits: How many limits of the schema values were held against.
        problems: Values past one, each with its path and the limit.
    """

    def __init__(self, region: str, type_: str, inputs: Mapping[str, Any]) -> None:
        self.properties = self.passed_over = self.limits = 0
        self.problems: list[str] = []
        self._root = _schema(_types(region)[type_])
        self._name = type_.rpartition("::")[2]
        known = self._root["properties"]
        # `DistributionConfig` of a distribution, `BackupPlan` of a plan: all that it has but for tags.
        nested = [known[key] for key in (f"{self._name}Config", self._name) if key in known]
        self._walk([self._root, *nested], inputs, "")

    def _walk(self, schemas: list[Schema], value: Any, path: str) -> None:  # noqa: ANN401 (a document)
        schemas = list(self._alternatives(schemas))
        if isinstance(value, Mapping):
            self._walk_properties(schemas, value, path)
        elif isinstance(value, list):
            # A block that may be there once is a list to Pulumi where it is none to AWS.
            items = [each["items"] for each in schemas if "items" in each]
            for item in value if items or len(value) == 1 else ():
                self._walk(items or schemas, item, path)
        elif len(schemas) == 1 and "<unknown: " not in str(value):
            for limit, holds in _limits(schemas[0], value):
                self.limits += 1
                if not holds:
                    self.problems.append(f"{path} is {value}: {limit}")

    def _walk_properties(self, schemas: list[Schema], value: Mapping[str, Any], path: str) -> None:
        known = {name.lower(): each for schema in schemas for name, each in _properties(schema)}
        if not known or any(key in value for key in _UNKNOWN):
            return
        for name, inner in value.items():
            schema = known.get(name.lower()) or known.get(f"{self._name}{name}".lower())
            if schema is None:
                self.passed_over += 1
            else:
                self.properties += 1
                self._walk([schema], inner, f"{path}.{name}".lstrip("."))

    def _alternatives(self, schemas: list[Schema]) -> Iterator[Schema]:
        for schema in schemas:
            resolved: Any = schema
            while "$ref" in resolved:
                path, resolved = resolved["$ref"].removeprefix("#/").split("/"), self._root
                for part in path:
                    resolved = resolved[part]
            yield resolved
            for kind in ("anyOf", "oneOf", "allOf"):
                yield from self._alternatives(resolved.get(kind, []))


def _properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from schema.get("properties", {}).items()


def _limits(schema: Schema, value: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 (any value)
    text = str(value)
    if "enum" in schema:
        yield f"one of {schema['enum']}", text in map(str, schema["enum"])
    if "pattern" in schema:
        yield schema["pattern"], re.search(schema["pattern"], text) is not None
    if "minLength" in schema:
        yield f"{schema['minLength']} characters or more", len(text) >= schema["minLength"]
    if "maxLength" in schema:
        yield f"{schema['maxLength']} characters or fewer", len(text) <= schema["maxLength"]
    if "minimum" in schema:
        yield f"{schema['minimum']} or more", float(value) >= schema["minimum"]
    if "maximum" in schema:
        yield f"{schema['maximum']} or less", float(value) <= schema["maximum"]


@cache
def _schema(name: str) -> Schema:
    found: Schema = json.loads((SCHEMAS / "resources" / f"{name}.json").read_text())
    return found


@cache
def _types(region: str) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads((SCHEMAS / "providers" / f"{region}.json").read_text())
    return found


@cache
def _by_lower_case() -> Mapping[str, str]:
    return {name.lower(): name for name in _types("us-east-1")}
