"""Operations that the local AWS answers itself, or that it completes after moto.

Both see the call as the service model has it, whatever the protocol; results are written by the model too.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from botocore import xform_name

from local.aws.additions.patching import expect_absent, expect_unchanged
from local.aws.call import Call

Answerer = Callable[[Call], dict[str, Any]]
Completion = Callable[[Call], None]

_answerers: dict[tuple[str, str], Answerer] = {}
_completions: defaultdict[tuple[str, str], list[Completion]] = defaultdict(list)


def answers(
    service: str, operation: str, moto: type, *, method: str = "", digest: str = ""
) -> Callable[[Answerer], Answerer]:
    """Answer an operation with the result that the function returns.

    Args:
        service: the service's name in boto3.
        operation: the operation's name in the service model.
        moto: moto's response class of the service.
        method: its method for the operation, when moto has one that falls short; else it must have none.
        digest: of that method's source, see ``patching.wrap``.
    """
    if digest:
        expect_unchanged(moto, method, digest)
    else:
        expect_absent(moto, xform_name(operation))

    def register(answerer: Answerer) -> Answerer:
        _answerers[(service, operation)] = answerer
        return answerer

    return register


def after(service: str, *operations: str) -> Callable[[Completion], Completion]:
    """Run a function after moto has performed an operation without an error."""

    def register(completion: Completion) -> Completion:
        for operation in operations:
            _completions[(service, operation)].append(completion)
        return completion

    return register


def answerer_of(call: Call) -> Answerer | None:
    """The function that answers the call, if it is none of moto's."""
    return _answerers.get((call.service, call.operation))


def complete(call: Call) -> None:
    """Run what is registered to follow the call."""
    for completion in _completions[(call.service, call.operation)]:
        completion(call)
