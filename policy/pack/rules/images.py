"""Where images are kept, and that a task runs the very image that was tested."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..graph import Graph, Resource
from ..references import SECURITY_HUB
from ..rule import Controls, Reach, Severity, graph_rule, resource_rule
from ..settings import Settings
from ..tasks import TASK, UNKNOWN_TAG, judge_containers, tag_of
from ..values import Unknown, read
from ..verdicts import IS_SET, IS_TRUE, Verdict, any_of, equals

REPOSITORY = "aws:ecr/repository:Repository"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
ECR = f"{SECURITY_HUB}/ecr-controls.html"


@resource_rule(
    "image-pinned",
    TASK,
    severity=Severity.HIGH,
    reach=Reach.EVERYWHERE,
    reason="What `latest` means changes under a running service, and nobody can tell what ran.",
    remedy="Name the image in the container definition by its digest, or by the tag of a version.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
)
def image_pinned(task: Resource, _: Settings) -> Iterator[Verdict]:
    """No tag means `latest`."""

    def judge(path: str, container: Mapping[str, Any]) -> Iterator[Verdict]:
        path = f"{path}.image"
        image = read(container, "image")
        if isinstance(image, Unknown):
            yield task.not_judged(path)
            return
        tag = tag_of(image) if isinstance(image, str) else ""
        if tag in ("", "latest"):
            yield task.fails(path, f"{path} names no digest and no tag other than latest")
        elif tag == UNKNOWN_TAG:
            yield task.not_judged(path)
        else:
            yield task.passes(path)

    yield from judge_containers(task, judge)


@resource_rule(
    "ecr-tags-immutable",
    REPOSITORY,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECR.2",), checkov=("CKV_AWS_51",)),
    reason="A tag that can be moved is a way to put another image into production.",
    remedy='Set image_tag_mutability="IMMUTABLE".',
    url=f"{ECR}#ecr-2",
)
def ecr_tags_immutable(repository: Resource, _: Settings) -> Iterator[Verdict]:
    """ECR lets tags move unless told not to."""
    yield repository.must("imageTagMutability", equals("IMMUTABLE"))


@graph_rule(
    "ecr-scan-on-push",
    REPOSITORY,
    SCANNING,
    severity=Severity.MEDIUM,
    reach=Reach.EVERYWHERE,
    controls=Controls(fsbp=("ECR.1",), checkov=("CKV_AWS_163",)),
    reason="A known hole in an image is found before it is deployed, or not at all.",
    remedy="Set image_scanning_configuration with scan_on_push=True.",
    url=f"{ECR}#ecr-1",
)
def ecr_scan_on_push(graph: Graph, _: Settings) -> Iterator[Verdict]:
    """By the repository itself, or by a configuration of the registry."""
    whole_registry = [item.must("rules", IS_SET) for item in graph.of(SCANNING)]
    for repository in graph.of(REPOSITORY):
        own = repository.must("imageScanningConfiguration.scanOnPush", IS_TRUE)
        yield any_of([own, *whole_registry])
