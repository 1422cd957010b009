"""`docs/settings.md` and `docs/components.md` have all that there is."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from operations import reference

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_a_setting_has_its_default_and_what_to_give() -> None:
    page = reference.settings_page()
    wanted = "| `maxConnections` | `5000` | connections from 20 to 5000 that each instance takes; a change"
    assert wanted in page
    assert "## `mpac:services.smarttab`" in page


def test_every_class_of_components_is_there() -> None:
    sources = [path.read_text() for path in (ROOT / "components").rglob("*.py")]
    classes = {
        name for text in sources for name in re.findall(r"class (\w+)\(pulumi\.ComponentResource\)", text)
    }
    page = reference.components_page()
    assert {name for name in classes if f"\n## `{name}`\n" not in page} == set()
    assert len(re.findall("^## ", page, re.MULTILINE)) == len(classes)
    assert {"Vpc", "PostgresCluster", "RedisCluster", "FargateService", "ObsStack", "FailoverDns"} <= classes


def test_an_input_has_its_type_and_whether_it_is_required() -> None:
    page = reference.components_page()
    redis = page.partition("\n## `RedisCluster`\n")[2].partition("\n## ")[0]
    assert (
        "| `subnet_ids` (required) | `Sequence[pulumi.Input[str]]` | Subnets in at least two zones" in redis
    )
    assert "| `settings` | `CacheSettings` |" in redis


def test_a_page_that_does_not_follow_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reference, "PAGES", tmp_path)
    assert CliRunner().invoke(reference.main, []).exit_code == 0
    assert CliRunner().invoke(reference.main, ["--check"]).exit_code == 0
    (tmp_path / "settings.md").write_text("")
    result = CliRunner().invoke(reference.main, ["--check"])
    assert (result.exit_code, "settings.md" in result.output) == (1, True)
