"""What Application Auto Scaling refuses and moto accepts."""

from local.aws.call import Call, backend
from local.aws.errors import AwsError
from local.aws.refusals.registry import refuses

_SERVICE = "application-autoscaling"
_INVALID = "ValidationException"


@refuses(_SERVICE, "RegisterScalableTarget")
def capacities(call: Call) -> None:
    """Both limits for a new target, the right way round."""
    known = call.backend("applicationautoscaling").targets.get(call.params["ScalableDimension"], {})
    target = known.get(call.params["ResourceId"])
    least = call.params.get("MinCapacity", getattr(target, "min_capacity", None))
    most = call.params.get("MaxCapacity", getattr(target, "max_capacity", None))
    if least is None or most is None:
        message = "Minimum and maximum capacity must be specified when registering a new scalable target"
        raise AwsError(_INVALID, message)
    if least > most:
        raise AwsError(_INVALID, "Maximum capacity cannot be less than minimum capacity")


@refuses(_SERVICE, "PutScalingPolicy", "DeregisterScalableTarget")
def registered_target(call: Call) -> None:
    """A policy belongs to a scalable target, and what is not there cannot be taken away."""
    known = call.backend("applicationautoscaling").targets.get(call.params["ScalableDimension"], {})
    if call.params["ResourceId"] not in known:
        message = (
            f"No scalable target registered for service namespace: {call.params['ServiceNamespace']}, "
            f"resource ID: {call.params['ResourceId']}, "
            f"scalable dimension: {call.params['ScalableDimension']}"
        )
        raise AwsError("ObjectNotFoundException", message)


@refuses(_SERVICE, "DeleteScalingPolicy")
def existing_policy(call: Call) -> None:
    """What is not there cannot be deleted."""
    wanted = tuple(call.params[name] for name in ("PolicyName", "ResourceId", "ScalableDimension"))
    policies = call.backend("applicationautoscaling").policies.values()
    if not any((each.policy_name, each.resource_id, each.scalable_dimension) == wanted for each in policies):
        raise AwsError("ObjectNotFoundException", f"No scaling policy found: {', '.join(wanted)}")


@refuses(_SERVICE, "PutScalingPolicy")
def requests_per_target(call: Call) -> None:
    """Requests are counted at a target group of an application load balancer that the service uses."""
    metric = call.params.get("TargetTrackingScalingPolicyConfiguration", {}).get(
        "PredefinedMetricSpecification", {}
    )
    if metric.get("PredefinedMetricType") != "ALBRequestCountPerTarget":
        return
    label = metric.get("ResourceLabel")
    if not label:
        message = "ResourceLabel must be specified for the predefined metric type ALBRequestCountPerTarget"
        raise AwsError(_INVALID, message)
    balancer, marker, suffix = label.partition("/targetgroup/")
    group = next(
        (
            each
            for each in backend("elbv2", call.region).target_groups.values()
            if each.arn.endswith(f":targetgroup/{suffix}")
        ),
        None,
    )
    if (
        not marker
        or group is None
        or not any(arn.endswith(f"/{balancer}") for arn in group.load_balancer_arns)
    ):
        message = f"The load balancer or target group of the resource label {label} does not exist"
        raise AwsError(_INVALID, message)
