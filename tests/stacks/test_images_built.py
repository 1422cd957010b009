"""An image that the deployment builds: the one thing that awsx is used for, off in the checked-in stacks."""

import json
from dataclasses import replace
from pathlib import Path

from components.registry.build_tag import content_tag
from operations.plan import Plan, read_configuration, record

IMAGE = "awsx:ecr:Image"
ROOT = Path(__file__).parents[2]
CONTEXT = "tests/stacks/image"


def test_no_checked_in_stack_builds_images(stack: Plan) -> None:
    assert [resource.urn for resource in stack.resources if resource.type == IMAGE] == []


def test_a_service_with_a_build_context_gets_the_image_that_is_built() -> None:
    given = read_configuration(ROOT, "staging")
    services = json.loads(given.values["mpac:services"])
    del services["portal"]["image"]
    services["portal"]["build"] = {"context": CONTEXT}
    plan = record("staging", replace(given, values={**given.values, "mpac:services": json.dumps(services)}))

    (image,) = (resource for resource in plan.resources if resource.type == IMAGE)
    assert image.inputs["context"] == CONTEXT
    # Repositories are immutable, and awsx's own tag stays the same when the content changes.
    assert image.inputs["imageTag"] == content_tag(ROOT / CONTEXT, "Dockerfile", "linux/amd64")
    assert image.inputs["platform"] == "linux/amd64"
    (definition,) = (
        resource
        for resource in plan.resources
        if resource.type == "aws:ecs/taskDefinition:TaskDefinition" and resource.name == "svc-portal"
    )
    assert image.urn in definition.property_dependencies["containerDefinitions"]
