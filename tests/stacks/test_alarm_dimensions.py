"""An alarm on dimensions that a metric is not published with never sees a value.

The dimensions are those of AWS's documentation of each service's metrics.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from operations.plan import Plan

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
BALANCER, TARGETS = {"LoadBalancer"}, {"LoadBalancer", "TargetGroup"}
# By namespace where all metrics in use have the same, else by metric.
DIMENSIONS: Mapping[str, set[str]] = {
    "AWS/ApplicationELB HTTPCode_ELB_5XX_Count": BALANCER,
    "AWS/ApplicationELB HTTPCode_Target_5XX_Count": TARGETS,
    "AWS/ApplicationELB HealthyHostCount": TARGETS,
    "AWS/ApplicationELB RejectedConnectionCount": BALANCER,
    "AWS/ApplicationELB RequestCount": TARGETS,
    "AWS/ApplicationELB TargetConnectionErrorCount": BALANCER,
    "AWS/ApplicationELB TargetResponseTime": TARGETS,
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    "AWS/NetworkELB": TARGETS,
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    "AWS/CloudFront": {"DistributionId", "Region"},
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    "AWS/ECS": {"ClusterName", "ServiceName"},
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    "ECS/ContainerInsights": {"ClusterName", "ServiceName"},
    # https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html
    "AWS/EFS": {"FileSystemId"},
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html
    "AWS/ElastiCache": {"CacheClusterId", "CacheNodeId"},
    # https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-CW-usage-metrics.html
    "AWS/Prometheus AlertManagerAlertsReceived": {"Workspace"},
    "AWS/Prometheus AlertManagerNotificationsFailed": {"Workspace"},
    "AWS/Prometheus RuleEvaluationFailures": {"Workspace", "RuleGroup"},
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/dimensions.html
    "AWS/RDS": {"DBInstanceIdentifier"},
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html
    "AWS/Route53": {"HealthCheckId"},
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
    "AWS/S3": {"DestinationBucket", "RuleId", "SourceBucket"},
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": {"QueueName"},
}


def metrics(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name of the alarm and each metric that it watches."""
    for resource in plan.resources:
        if resource.type == ALARM:
            queries = resource.inputs.get("metricQueries", [{"metric": resource.inputs}])
            for query in queries:
                if "metric" in query:
                    yield resource.name, query["metric"]


@pytest.mark.parametrize("stack_name", ["prod", "dr", "staging"])
def test_every_alarm_watches_what_is_published(plans: dict[str, Plan], stack_name: str) -> None:
    wrong = []
    for name, metric in metrics(plans[stack_name]):
        namespace, own = metric["namespace"], metric.get("dimensions", {})
        if namespace.startswith(("MPAC/", "mpac/")):
            continue  # published by the programs of the platform
        documented = DIMENSIONS.get(f"{namespace} {metric['metricName']}") or DIMENSIONS[namespace]
        if own.keys() != documented:
            wrong.append((name, namespace, metric["metricName"], sorted(own)))
    assert wrong == []


def test_rules_that_fail_are_counted_for_each_group(plans: dict[str, Plan]) -> None:
    """`namespace;group`, each with the name of its file."""
    for stack in ("prod", "dr"):
        files = {
            each.inputs["name"]
            for each in plans[stack].resources
            if each.type == "aws:amp/ruleGroupNamespace:RuleGroupNamespace"
        }
        watched = {
            metric["dimensions"]["RuleGroup"]
            for _, metric in metrics(plans[stack])
            if metric["metricName"] == "RuleEvaluationFailures"
        }
        assert watched == {f"{name};{name}" for name in files}
        assert "heartbeat" in files
