"""What `pip install .` gives another program."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = directory.glob("*.whl")
    return zipfile.ZipFile(path)


def test_it_brings_one_package_under_a_name_of_its_own(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"mpac_infrastructure", "mpac_infrastructure-0.1.0.dist-info"}


def test_it_brings_the_files_that_classes_read(wheel: zipfile.ZipFile) -> None:
    names = {path.relative_to(ROOT / "components").as_posix() for path in (ROOT / "components").rglob("*.*")}
    wanted = {
        f"mpac_infrastructure/{name}" for name in names if not name.endswith((".pyc", "/")) and "." in name
    }
    assert {name for name in wanted if name not in wheel.namelist()} == set()


def test_it_asks_for_what_the_classes_import_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read("mpac_infrastructure-0.1.0.dist-info/METADATA").decode()
    wanted = {
        line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if "Requires-Dist" in line
    }
    names = {each.partition("<")[0].partition(">")[0] for each in wanted}
    assert names == {"pulumi", "pulumi-aws", "pulumi-random", "pydantic", "pyyaml"}


def test_every_module_of_it_loads_without_this_repository(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    modules = sorted(
        name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for name in wheel.namelist()
        if name.endswith(".py")
    )
    script = "\n".join(f"import {name}" for name in modules)
    command = [sys.executable, "-c", script]
    subprocess.run(command, cwd=tmp_path, check=True, env={"PYTHONPATH": str(tmp_path)})
    assert "mpac_infrastructure.network.vpc" in modules
