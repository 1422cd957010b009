"""Names of images, by the grammar of distribution/reference."""

import pytest

from components.registry.docker_hub import docker_hub_path


@pytest.mark.parametrize(
    ("image", "path"),
    [
        # A dot or a colon before the first slash makes a host; without a slash it belongs to the tag.
        ("postgres:17.6", "library/postgres:17.6"),
        ("postgres:17", "library/postgres:17"),
        ("postgres@sha256:abc", "library/postgres@sha256:abc"),
        ("docker.io/postgres:17.6", "library/postgres:17.6"),
        ("grafana/loki:3.6.0", "grafana/loki:3.6.0"),
        ("docker.io/grafana/loki:3.6.0", "grafana/loki:3.6.0"),
        ("index.docker.io/grafana/loki:3.6.0", "grafana/loki:3.6.0"),
        ("library/postgres:17", "library/postgres:17"),
        ("public.ecr.aws/aws-cli/aws-cli:2.27.0", None),
        ("quay.io/prometheus/prometheus:v3.8.0", None),
        ("registry:5000/loki:1", None),
        ("localhost/loki:1", None),
    ],
)
def test_what_docker_hub_has_is_known_by_its_path(image: str, path: str | None) -> None:
    assert docker_hub_path(image) == path
