"""What tests of one group share is used by one process: of parallel runs, each file goes to one."""

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import group

HERE = Path(__file__).parent


def test_each_file_goes_to_one_process() -> None:
    files = ["components/test_build_tag.py", "settings/test_images.py"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadscope"]
        + [str(HERE / each) for each in files],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    by_file: dict[str, set[str]] = {}
    for process, file in re.findall(r"^\[(gw\d)\].* PASSED tests/([\w/.]+)::", ran.stdout, re.MULTILINE):
        by_file.setdefault(file, set()).add(process)
    assert sorted(by_file) == files
    assert sorted(len(processes) for processes in by_file.values()) == [1, 1]


def test_all_that_share_the_deployed_stacks_go_to_one() -> None:
    assert {group("cloud/test_cloud_cdn.py"), group("stacks/test_plan_is_deployed.py")} == {"cloud"}
