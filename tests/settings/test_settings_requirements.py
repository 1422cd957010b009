"""Figures of the requirements that no plan shows, for they end up in text that a deployment makes."""

from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from settings import Settings, load
from settings.stack_files import read_stack_file, stack_files

ROOT = Path(__file__).parents[2]


def figure_of(stack: str, setting: str) -> Any:  # noqa: ANN401 (of any setting)
    settings: Settings = load(stack, read_stack_file(stack_files(ROOT)[stack]))
    return reduce(getattr, setting.split("."), settings)


@pytest.mark.parametrize(
    ("setting", "figure"),
    [
        ("services.smarttab.expected_connections", 400000),
        ("services.portal.image", "2.1.0"),
        ("services.smarttab.image", "2.1.0"),
        ("services.pgw.image", "2.1.0"),
        ("services.frontend.port", 3000),
        ("observability.alloy.image", "grafana/alloy:v1.12.0"),
        ("observability.prometheus.image", "prom/prometheus:v3.8.0"),
        ("observability.loki.image", "grafana/loki:3.6.0"),
        ("observability.tempo.image", "grafana/tempo:2.9.0"),
        ("observability.grafana.image", "grafana/grafana:12.3.0"),
        ("pooler.max_client_connections", 10000),
        ("pooler.default_pool_size", 25),
    ],
)
def test_prod(setting: str, figure: Any) -> None:  # noqa: ANN401
    assert figure_of("prod", setting) == figure


def test_staging_has_a_domain_of_its_own() -> None:
    assert figure_of("staging", "dns.domain") == "mpac-cloud-stg.com"
