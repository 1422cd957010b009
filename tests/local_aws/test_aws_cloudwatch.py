"""CloudWatch: an alarm's expression is made of what CloudWatch knows."""

import pytest

from tests.local_aws.harness import Aws, Refused


def alarm(aws: Aws, expression: str) -> None:
    metric = {"Namespace": "AWS/RDS", "MetricName": "ReplicaLag"}
    aws("cloudwatch").put_metric_alarm(
        AlarmName="lag",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=[
            {"Id": "e1", "Expression": expression},
            {
                "Id": "lag",
                "ReturnData": False,
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"},
            },
        ],
    )


@pytest.mark.parametrize("expression", ["IF(lag < 0 OR (lag > 9), 3600, lag)", "lag * 2", "SUM(METRICS())"])
def test_an_expression(aws: Aws, expression: str) -> None:
    alarm(aws, expression)


@pytest.mark.parametrize(
    "expression",
    ["COALESCE(lag, 0)", "if(lag < 0, 1, 0)", "lag + writes", "SEARCH('{AWS/RDS} ReplicaLag', 'Average')"],
)
def test_an_expression_that_cloudwatch_does_not_know(aws: Aws, refused: Refused, expression: str) -> None:
    with refused("ValidationError"):
        alarm(aws, expression)
