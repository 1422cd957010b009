"""What Route 53 refuses of health checks, and moto accepts."""

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
_INTERVALS = (10, 30)
_REGIONS = 3
_OF_ENDPOINTS = ("FullyQualifiedDomainName", "IPAddress", "Port", "ResourcePath", "Regions")
# Extended statistics, high resolution, metric math and "M out of N" cannot be followed:
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
_SHORTEST_PERIOD = 60


@refuses("route53", "CreateHealthCheck")
def how_an_endpoint_is_asked(call: Call) -> None:
    """Every 10 or 30 seconds, from three regions or more."""
    config = call.params["HealthCheckConfig"]
    if config.get("RequestInterval", 30) not in _INTERVALS:
        raise AwsError("InvalidInput", "Invalid parameter : RequestInterval must be 10 or 30.")
    if len(set(config.get("Regions", range(_REGIONS)))) < _REGIONS:
        raise AwsError("InvalidInput", f"Invalid parameter : At least {_REGIONS} regions must be given.")


@refuses("route53", "CreateHealthCheck")
def what_has_no_endpoint(call: Call) -> None:
    """A check of alarms or of other checks asks nobody."""
    config = call.params["HealthCheckConfig"]
    given = [name for name in _OF_ENDPOINTS if config.get(name)]
    if config["Type"] in ("CALCULATED", "CLOUDWATCH_METRIC") and given:
        message = f"Invalid parameter : {given[0]} is not valid for health checks of type {config['Type']}."
        raise AwsError("InvalidInput", message)


@refuses("route53", "CreateHealthCheck", "UpdateHealthCheck")
def children(call: Call) -> None:
    """A calculated check counts checks that are there."""
    config = call.params.get("HealthCheckConfig", call.params)
    known = call.backend("route53").health_checks
    if config.get("Type") == "CALCULATED" and not config.get("ChildHealthChecks"):
        raise AwsError("InvalidInput", "Invalid parameter : A calculated health check needs children.")
    for child in config.get("ChildHealthChecks") or []:
        if child not in known:
            raise AwsError("InvalidInput", f"Invalid parameter : Child health check {child} does not exist.")


@refuses("route53", "CreateHealthCheck", "UpdateHealthCheck")
def alarm(call: Call) -> None:
    """A check follows an alarm that is there, and plain enough."""
    config = call.params.get("HealthCheckConfig", call.params)
    identifier = config.get("AlarmIdentifier")
    if identifier is None:
        if config.get("Type") == "CLOUDWATCH_METRIC":
            raise AwsError("InvalidInput", "Invalid parameter : AlarmIdentifier must be given.")
        return
    name, region = identifier["Name"], identifier["Region"]
    followed = backend("cloudwatch", region).alarms.get(name)
    if followed is None:
        message = f"Invalid parameter : The CloudWatch alarm {name} does not exist in {region}."
        raise AwsError("InvalidInput", message)
    points = int(followed.datapoints_to_alarm or followed.evaluation_periods)
    if (
        followed.metric_data_queries
        or followed.extended_statistic
        or int(followed.period) < _SHORTEST_PERIOD
        or points != int(followed.evaluation_periods)
    ):
        message = f"Invalid parameter : Route 53 cannot follow an alarm such as {name}."
        raise AwsError("InvalidInput", message)
