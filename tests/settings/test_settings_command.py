import shutil
from pathlib import Path

import pytest

from components.network.settings import Peer
from components.storage.names import bucket_name
from settings import SettingsError, check_together, load, storage
from settings.__main__ import main
from settings.stack import Settings
from settings.stack_files import read_stack_file, stack_files
from tests.components.contexts import CONTEXT

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_checked_in_stacks_are_valid(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(project) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Pulumi.dr.yaml: valid",
        "Pulumi.prod.yaml: valid",
        "Pulumi.staging.yaml: valid",
    ]


def test_what_a_release_does_to_the_websockets_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(project)
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "in steps of 10, 5 in all" in line]
    assert told.endswith("closes up to 80000 WebSockets")


def test_what_the_load_takes_is_worked_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(project)
    prod = capsys.readouterr().out.partition("Pulumi.prod.yaml")[2].partition("Pulumi.")[0]
    for figure in (
        # Services 20 + 50 x 2 + 30, PgBouncer 3, Alloy 24, and 2 x 2 + 3 x 2 + 3 x 2 + 2 beside it.
        "up to 195 vCPU of Fargate",
        "15000 requests a second x 3 ms hold 45 connections; with one task of PgBouncer away a role has 50",
        "150000 spans and 30000 lines of log a second take 13.0 vCPU of collectors",
        "60% of 22 tasks; 24 may run",
    ):
        assert figure in prod


def test_the_problems_of_all_stacks_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stack in ("prod", "staging"):
        path = project / f"Pulumi.{stack}.yaml"
        path.write_text(path.read_text().replace("availabilityZones:", "availabilityZone:"))
    assert main(project) == 1
    out = capsys.readouterr().out
    assert out.count("did you mean availabilityZones?") == 2
    assert "Pulumi.dr.yaml: valid" in out


def test_a_network_that_overlaps_another_stacks_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "Pulumi.staging.yaml"
    path.write_text(path.read_text().replace("10.10.", "10.1."))
    assert main(project) == 1
    assert "overlaps the network of dr (10.1.0.0/16)" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["config: {a: 1, a: 2}", "config: [1]", "[1]", "config: {"])
def test_a_file_that_cannot_be_read_is_told_with_its_name(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (project / "Pulumi.prod.yaml").write_text(text)
    assert main(project) == 1
    assert "Pulumi.prod.yaml\n    rule:   cannot be read: " in capsys.readouterr().out


def test_overlaps_are_told_for_every_pair() -> None:
    alone = load("staging", read_stack_file(stack_files(ROOT)["staging"]))
    with pytest.raises(SettingsError) as error:
        check_together({"one": alone, "two": alone, "three": alone})
    assert len(error.value.problems) == 3


def test_peers_name_each_others_ranges() -> None:
    stacks = {
        name: load(name, read_stack_file(stack_files(ROOT)[name])) for name in ("prod", "dr", "staging")
    }
    check_together(stacks)
    prod, peer = stacks["prod"], stacks["dr"].network.peer
    alone = {"prod": prod, "staging": stacks["staging"]}
    for changed, rule in (
        (stacks | {"prod": _peered(prod, None)}, "is not the network of dr"),
        (stacks | {"prod": _peered(prod, peer)}, "is not the network of dr"),
        (stacks | {"staging": _peered(stacks["staging"], peer)}, "names a network that is not peered"),
        (alone, "names a network that is not peered"),
    ):
        with pytest.raises(SettingsError) as error:
            check_together(changed)
        assert [each.rule for each in error.value.problems] == [rule]


def _peered(settings: Settings, peer: Peer | None) -> Settings:
    return settings.model_copy(update={"network": settings.network.model_copy(update={"peer": peer})})


def test_values_are_read_as_the_engine_hands_them_over(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("config: {mpac:a: text, mpac:b: true, mpac:c: 7, mpac:d: {e: [1, f]}}")
    assert read_stack_file(path) == {
        "mpac:a": "text",
        "mpac:b": "true",
        "mpac:c": "7",
        "mpac:d": '{"e": [1, "f"]}',
    }


def test_a_stack_file_without_configuration_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("secretsprovider: passphrase")
    assert read_stack_file(path) == {}


def test_the_longest_bucket_name_is_the_one_that_is_checked() -> None:
    prod = load("prod", read_stack_file(stack_files(ROOT)["prod"]))
    suffix = "a" * (63 - len(bucket_name(CONTEXT, "static-assets", region="ap-northeast-3", suffix="x")) + 1)
    fits = prod.model_copy(update={"storage": prod.storage.model_copy(update={"name_suffix": suffix})})
    assert list(storage.bucket_names_fit(fits)) == []
    breaks = prod.model_copy(
        update={"storage": prod.storage.model_copy(update={"name_suffix": f"{suffix}a"})}
    )
    assert len(list(storage.bucket_names_fit(breaks))) == 1
