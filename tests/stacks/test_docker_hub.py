"""No task of a protected stack asks Docker Hub itself."""

import json

import pytest

from components.registry.docker_hub import docker_hub_path
from operations.plan import Plan

CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"


@pytest.mark.parametrize(("name", "region"), [("prod", "ap-northeast-1"), ("dr", "ap-northeast-3")])
def test_images_of_docker_hub_come_from_the_region_s_own_cache(
    plans: dict[str, Plan], name: str, region: str
) -> None:
    plan = plans[name]
    (rule,) = (each for each in plan.resources if each.type == CACHE)
    (template,) = (each for each in plan.resources if each.type == TEMPLATE)
    assert template.dependencies == (rule.urn,)
    assert (rule.region, rule.inputs["ecrRepositoryPrefix"]) == (region, f"mpac-{name}-docker-hub")
    cache, found = f"123456789012.dkr.ecr.{region}.amazonaws.com/mpac-{name}-docker-hub/", set()
    for task in plan.resources:
        if task.type != "aws:ecs/taskDefinition:TaskDefinition":
            continue
        images = [each["image"] for each in json.loads(task.inputs["containerDefinitions"])]
        assert [image for image in images if docker_hub_path(image) and "<unknown" not in image] == []
        cached = {image.removeprefix(cache) for image in images if image.startswith(cache)}
        # The first pull of a task fails before there is a cache, and makes the repository.
        assert (template.urn in task.dependencies) == bool(cached), task.name
        found |= cached
    assert {"edoburu/pgbouncer:v1.25.2-p0", "library/postgres:17.6", "grafana/loki:3.6.0"} <= found
