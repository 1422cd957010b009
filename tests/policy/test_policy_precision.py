"""What is sound and written otherwise is not flagged, by no rule of the pack."""

from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from policy.pack.cases import Resources, build
from policy.pack.judge import Judge
from policy.pack.settings import Settings

STACKS = sorted((Path(__file__).parent / "sound").glob("*.yaml"))


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_a_sound_stack_of_another_team_is_not_flagged(path: Path) -> None:
    resources = TypeAdapter(Resources).validate_python(yaml.safe_load(path.read_text()))
    # Which services are reached by endpoints is each team's own affair.
    report = Judge("prod", Settings(vpc_endpoints=frozenset())).judge(build(resources, "prod"))
    assert [item.message() for item in report.findings if item.violates] == []
