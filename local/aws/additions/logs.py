"""CloudWatch Logs: the class of a log group is read back."""

from collections.abc import Callable
from typing import Any

from moto.logs.models import LogGroup

from local.aws.additions.operations import after
from local.aws.additions.patching import attribute, wrap
from local.aws.call import Call
from local.aws.untyped import Moto

attribute(LogGroup, "log_group_class", "STANDARD")


@after("logs", "CreateLogGroup")
def keep_class(call: Call) -> None:
    """Remember the class."""
    group = call.backend("logs").groups[call.params["logGroupName"]]
    group.log_group_class = call.params.get("logGroupClass", "STANDARD")


@wrap(LogGroup, "to_describe_dict", digest="6947d6e1")
def to_describe_dict(original: Callable[..., Any], self: Moto) -> dict[str, Any]:
    """With the class."""
    return {**original(self), "logGroupClass": self.log_group_class}
