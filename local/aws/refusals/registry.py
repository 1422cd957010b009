"""The table of refusals."""

from collections import defaultdict
from collections.abc import Callable

from local.aws.call import Call

Refusal = Callable[[Call], None]
_table: defaultdict[tuple[str, str], list[Refusal]] = defaultdict(list)


def refuses(service: str, *operations: str) -> Callable[[Refusal], Refusal]:
    """Register a function that raises ``AwsError`` when AWS would refuse a call of one of the operations.

    The operation ``*`` stands for all of the service.
    """

    def register(refusal: Refusal) -> Refusal:
        for operation in operations:
            _table[(service, operation)].append(refusal)
        return refusal

    return register


def refuse(call: Call) -> None:
    """Raise the error of the first refusal that applies to the call.

    Raises:
        AwsError: AWS would refuse the call.
    """
    for operation in ("*", call.operation):
        for refusal in _table[(call.service, operation)]:
            refusal(call)
