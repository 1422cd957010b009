"""Alarms of CloudWatch: what their expressions may be made of.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import re

from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

# Of the functions there those that end in one time series, or in a part of such an expression: an alarm takes
# no SEARCH.
_FUNCTIONS = frozenset(
    {
        "ABS",
        "ANOMALY_DETECTION_BAND",
        "AVG",
        "CEIL",
        "DATAPOINT_COUNT",
        "DATE",
        "DAY",
        "DB_PERF_INSIGHTS",
        "DIFF",
        "DIFF_TIME",
        "EPOCH",
        "FILL",
        "FIRST",
        "FLOOR",
        "HOUR",
        "IF",
        "INSIGHT_RULE_METRIC",
        "LAMBDA",
        "LAST",
        "LOG",
        "LOG10",
        "MAX",
        "METRICS",
        "METRIC_COUNT",
        "MIN",
        "MINUTE",
        "MONTH",
        "PERIOD",
        "RATE",
        "REMOVE_EMPTY",
        "RUNNING_SUM",
        "SERVICE_QUOTA",
        "SLICE",
        "SORT",
        "STDDEV",
        "SUM",
        "TIME_SERIES",
        "YEAR",
    }
)
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_NAMED = re.compile(r"\b([a-z]\w*)\b(?!\s*\()")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_OPERATORS = {"AND", "OR"}


@refuses("cloudwatch", "PutMetricAlarm")
def expression(call: Call) -> None:
    """Functions that are known, in capitals, of metrics that the alarm has."""
    queries = call.params.get("Metrics", [])
    ids = {query["Id"] for query in queries}
    for query in queries:
        text = _STRING.sub("", query.get("Expression", ""))
        unknown = set(_CALLED.findall(text)) - _FUNCTIONS - _OPERATORS | set(_NAMED.findall(text)) - ids
        # A query of Metrics Insights is another language.
        if unknown and not text.lstrip().upper().startswith("SELECT "):
            raise AwsError(
                "ValidationError", f"Invalid metrics list: unknown in {text!r}: {', '.join(sorted(unknown))}"
            )
