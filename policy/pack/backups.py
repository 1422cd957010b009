"""What a backup selection takes, and where things are."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from .graph import Graph, Resource
from .values import ABSENT, Unknown, has_unknown, read
from .verdicts import Outcome

SELECTION = "aws:backup/selection:Selection"
# By type, the service in the ARN of what a plan can take.
SERVICES = {"aws:efs/fileSystem:FileSystem": "elasticfilesystem", "aws:rds/instance:Instance": "rds"}
# By type, what a restore test calls it:
# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html
RESTORED_AS = {"aws:efs/fileSystem:FileSystem": "EFS", "aws:rds/instance:Instance": "RDS"}
TAG = "aws:ResourceTag/"
_ARN_PARTS = 6


def region(graph: Graph, resource: Resource) -> Any:
    """Return the region of a resource: its own, or its provider's."""
    own = resource.get("region")
    provider = graph.resources.get(resource.provider or "")
    return provider.get("region") if own is ABSENT and provider else own


def default_tags(graph: Graph, resource: Resource) -> Any:
    """Return the tags that a provider gives to all; an `Unknown` if they cannot be read."""
    provider = graph.resources.get(resource.provider or "")
    defaults = provider.document("defaultTags") if provider else {}
    found = defaults.get("tags") if isinstance(defaults, Mapping) else defaults
    return found if isinstance(found, Mapping | Unknown) else {}


def tags(graph: Graph, resource: Resource) -> Any:
    """Return the tags of a resource, those of its provider included; an `Unknown` if they cannot be read."""
    found: dict[str, Any] = {}
    for part in (default_tags(graph, resource), resource.get("tagsAll"), resource.get("tags")):
        if isinstance(part, Unknown):
            return part
        found |= part if isinstance(part, Mapping) else {}
    return found


def elements(value: Any) -> list[Any]:
    """Return the elements of a list; none of what is none."""
    return value if isinstance(value, list) else []


def service(arn: Any) -> str:
    """Return the service in an ARN; nothing if it is none."""
    parts = arn.split(":", _ARN_PARTS - 1) if isinstance(arn, str) else []
    return parts[2] if len(parts) == _ARN_PARTS else ""


def covers(graph: Graph, selection: Resource, resource: Resource) -> Outcome:
    """Whether a backup selection takes a resource, by its service, its conditions and its tags."""
    arns, listed = selection.get("resources"), selection.get("selectionTags")
    if isinstance(arns, Unknown) or isinstance(listed, Unknown):
        return Outcome.NOT_JUDGED
    outcomes = [_names(graph, selection, path, resource) for path, _ in selection.items("resources")]
    outcomes += [_has_tags(graph, resource, [_pair(item)]) for item in elements(listed)]
    if Outcome.PASS in outcomes:
        return _has_tags(graph, resource, _conditions(selection))
    return Outcome.NOT_JUDGED if Outcome.NOT_JUDGED in outcomes else Outcome.FAIL


def restores(graph: Graph, selection: Resource, resource: Resource) -> Outcome:
    """Whether the selection of a restore test takes a resource, by its type, its ARNs and its tags."""
    arns, path = selection.get("protectedResourceArns"), "protectedResourceArns"
    type_, wanted = selection.get("protectedResourceType"), RESTORED_AS[resource.type]
    if isinstance(type_, Unknown) or isinstance(arns, Unknown):
        return Outcome.NOT_JUDGED
    named = (
        arns is ABSENT or "*" in elements(arns) or resource in graph.targets(selection, path, resource.type)
    )
    if type_ != wanted or not named:
        return Outcome.FAIL
    return _has_tags(graph, resource, _tags_of(selection.get("protectedResourceConditions")))


def _names(graph: Graph, selection: Resource, path: str, resource: Resource) -> Outcome:
    """Whether an ARN, perhaps with `*`, is that of a resource; databases have their names in theirs."""
    arn = read(selection.inputs, path)
    if isinstance(arn, Unknown) and arn.source is None:
        return Outcome.NOT_JUDGED
    if arn == "*" or resource in graph.targets(selection, path, resource.type):
        return Outcome.PASS
    if service(arn) != SERVICES.get(resource.type):
        return Outcome.FAIL
    name = arn.rpartition("/" if "/" in arn else ":")[2]
    identifier = resource.get("identifier")
    if name != "*" and isinstance(identifier, Unknown):
        return Outcome.NOT_JUDGED
    return Outcome.PASS if fnmatchcase(str(identifier), name) else Outcome.FAIL


def _conditions(selection: Resource) -> list[tuple[Any, Any]]:
    """Return the tags that all conditions demand. Other operators are not read and demand nothing."""
    return [pair for block in _or_unknown(selection.get("conditions")) for pair in _tags_of(block)]


def _tags_of(conditions: Any) -> list[tuple[Any, Any]]:
    return [_pair(item) for item in _or_unknown(read(conditions, "stringEquals"))]


def _or_unknown(value: Any) -> list[Any]:
    return [value] if isinstance(value, Unknown) else elements(value)


def _pair(item: Any) -> tuple[Any, Any]:
    """Return the key and the value of a condition on tags."""
    key, value = read(item, "key"), read(item, "value")
    return (key if isinstance(key, Unknown) else str(key).removeprefix(TAG)), value


def _has_tags(graph: Graph, resource: Resource, wanted: list[tuple[Any, Any]]) -> Outcome:
    found = tags(graph, resource)
    if isinstance(found, Unknown):
        return Outcome.NOT_JUDGED
    known = [(key, value) for key, value in wanted if not has_unknown([key, value, found.get(key)])]
    if any(found.get(key) != value for key, value in known):
        return Outcome.FAIL
    return Outcome.PASS if len(known) == len(wanted) else Outcome.NOT_JUDGED
