"""The containers of ECS task definitions, which are a JSON document inside a resource."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .graph import Resource
from .values import Unknown, read
from .verdicts import Verdict

TASK = "aws:ecs/taskDefinition:TaskDefinition"
CONTAINERS = "containerDefinitions"
# How a part of an image that is not known yet is written.
UNKNOWN_TAG = "?"
_PLACEHOLDER = re.compile(r"<unknown: [^<>]*>")


def judge_containers(
    task: Resource, judge: Callable[[str, Mapping[str, Any]], Iterator[Verdict]]
) -> Iterator[Verdict]:
    """Judge each container of a task by its path and its definition."""
    found = task.document(CONTAINERS)
    if isinstance(found, Unknown):
        yield task.not_judged(CONTAINERS, "the containers are not known yet")
    elif not isinstance(found, list) or not found:
        yield task.fails(CONTAINERS, "containerDefinitions is no list of containers")
    else:
        for index, container in enumerate(found):
            path = f"{CONTAINERS}[{index}]"
            if isinstance(container, Mapping):
                yield from judge(path, container)
            elif isinstance(container, Unknown):
                yield task.not_judged(path)
            else:
                yield task.fails(path, f"{path} is no container")


def awaited(task: Resource) -> Mapping[str, Any]:
    """Return the containers that others wait for before they start, by name, with the condition."""
    containers = task.document(CONTAINERS)
    return {
        str(item.get("containerName")): item.get("condition")
        for container in (containers if isinstance(containers, list) else ())
        for item in _listed(read(container, "dependsOn"))
        if isinstance(item, Mapping)
    }


def is_windows(task: Resource) -> bool:
    """Whether a task runs on Windows, which has other ways to limit a container."""
    return str(task.get("runtimePlatform.operatingSystemFamily")).startswith("WINDOWS")


def tag_of(image: str) -> str:
    """Return the tag or the digest of an image; empty if it names none.

    What is not known yet before the tag, such as the address of a repository, does not matter.
    """
    name = _PLACEHOLDER.sub(UNKNOWN_TAG, image)
    if "@" in name:
        return name.partition("@")[2]
    return name.rpartition("/")[2].partition(":")[2]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
