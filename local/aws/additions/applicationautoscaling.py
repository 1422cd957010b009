"""Application Auto Scaling: tags of scalable targets, and limits that move a service at once."""

from typing import Any, cast

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from local.aws.additions.operations import after, answers
from local.aws.call import Call
from local.aws.errors import AwsError
from local.aws.untyped import Moto

_SERVICE = "application-autoscaling"


@after(_SERVICE, "RegisterScalableTarget")
def keep_tags(call: Call) -> None:
    """Remember the tags of a new target."""
    for target in _targets(call):
        same = target.resource_id == call.params["ResourceId"]
        if same and target.scalable_dimension == call.params["ScalableDimension"] and "Tags" in call.params:
            target.added_tags = dict(call.params["Tags"])


@after(_SERVICE, "RegisterScalableTarget")
def move_within_limits(call: Call) -> None:
    """A service outside new limits is scaled to the nearer one."""
    if call.params["ServiceNamespace"] != "ecs":
        return
    _, cluster, name = call.params["ResourceId"].split("/")
    service = call.backend("ecs").services[f"{cluster}:{name}"]
    target = call.backend("applicationautoscaling").targets[call.params["ScalableDimension"]][
        call.params["ResourceId"]
    ]
    wanted = max(target.min_capacity, min(target.max_capacity, service.desired_count))
    if wanted != service.desired_count:
        call.backend("ecs").update_service({"cluster": cluster, "service": name, "desired_count": wanted})


@answers(_SERVICE, "ListTagsForResource", ApplicationAutoScalingResponse)
def list_tags(call: Call) -> dict[str, Any]:
    """The target's tags."""
    return {"Tags": _tags(call)}


@answers(_SERVICE, "TagResource", ApplicationAutoScalingResponse)
def tag_resource(call: Call) -> dict[str, Any]:
    """Add or change tags."""
    _tags(call).update(call.params["Tags"])
    return {}


@answers(_SERVICE, "UntagResource", ApplicationAutoScalingResponse)
def untag_resource(call: Call) -> dict[str, Any]:
    """Remove tags."""
    for name in call.params["TagKeys"]:
        _tags(call).pop(name, None)
    return {}


def _tags(call: Call) -> dict[str, str]:
    for target in _targets(call):
        if target.arn == call.params["ResourceARN"]:
            target.added_tags = getattr(target, "added_tags", {})
            return cast(dict[str, str], target.added_tags)
    raise AwsError("ResourceNotFoundException", f"{call.params['ResourceARN']} does not exist")


def _targets(call: Call) -> list[Moto]:
    by_dimension = call.backend("applicationautoscaling").targets.values()
    return [target for targets in by_dimension for target in targets.values()]
