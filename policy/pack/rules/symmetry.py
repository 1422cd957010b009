"""What stands by may be smaller, never weaker."""

from collections.abc import Iterator
from typing import Any

from ..baseline import FIELDS, Order
from ..graph import Graph, Resource
from ..rule import Reach, Severity, graph_rule
from ..settings import Settings
from ..values import ABSENT
from ..verdicts import IS_SET, Check, Verdict, at_least


@graph_rule(
    "dr-not-weaker",
    *FIELDS,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="After a failover everybody works on the stack that stood by.",
    remedy="Give it what the other stack has, or run `make plan-accept` if that was weakened on purpose.",
    url="https://docs.aws.amazon.com/whitepapers/latest/disaster-recovery-workloads-on-aws/disaster-recovery-options-in-the-cloud.html",
)
def dr_not_weaker(graph: Graph, settings: Settings) -> Iterator[Verdict]:
    """Compare what `baseline.FIELDS` lists with the resource of that name in the other stack."""
    if graph.stack not in settings.recovery_stacks:
        return
    for type_, fields in FIELDS.items():
        for resource in graph.of(type_):
            other = settings.baseline.get(f"{type_}::{resource.name}", {})
            for path, order in fields.items():
                if path in other:
                    yield _compare(resource, path, order, other[path])


def _compare(resource: Resource, path: str, order: Order, other: Any) -> Verdict:
    if order is Order.SET:
        return resource.passes(path) if resource.has(path) else resource.must(path, IS_SET)
    if order is Order.NOT_LESS:
        # Zero keeps logs for ever.
        unlimited = path == "retentionInDays" and str(resource.get(path)) == "0"
        return resource.passes(path) if unlimited else resource.must(path, at_least(float(other)))
    if order is Order.ALL_OF:
        return resource.must(path, Check(f"all of {', '.join(other)}", lambda value: _has_all(value, other)))
    if order in (Order.ON, Order.OFF):
        wanted = "true" if order is Order.ON else "false"
        if _text(other) != wanted:
            return resource.passes(path)
        return resource.must(path, Check(wanted, lambda value: _text(value) == wanted))
    return resource.must(path, Check(str(other).lower(), lambda value: _text(value) == _text(other)))


def _has_all(value: Any, other: list[str]) -> bool:
    return isinstance(value, list) and all(item in value for item in other)


def _text(value: Any) -> str:
    """Absent is off: what the baseline has off need not be set."""
    return "false" if value is ABSENT else str(value).lower()
