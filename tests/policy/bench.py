"""What the pack costs: `python -m tests.policy.bench`. Ratios of one run; the times are of this machine.

Judges every resource of the recorded prod with the pack and with a pack that says nothing; where prod is
deployed on the local cloud, previews it with the pack and without.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.policy.analyzer import PACK, running

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "build" / "plan" / "prod.json"
MOST_PER_RESOURCE = 3.0
MOST_PER_PREVIEW = 1.25
ROUNDS = 5


def per_resource(pack: Path) -> float:
    """Return the time in which the pack judges each resource of prod once, at its best."""
    items = json.loads(PLAN.read_text())
    with running(pack) as analyzer:

        def judge() -> None:
            for item in items:
                analyzer.analyze(item)

        judge()
        return min(_timed(judge) for _ in range(ROUNDS))


def preview(*options: str) -> float:
    """Return the time of a preview of prod on the local cloud, at its best."""
    command = (
        f'eval "$({sys.executable} -m local env)" && pulumi preview -s prod {" ".join(options)} >/dev/null'
    )
    return min(_timed(lambda: subprocess.run(["sh", "-ec", command], cwd=ROOT, check=True)) for _ in range(3))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    rows = [
        ("judge each resource of prod", per_resource(PACK), per_resource(PACK.parent / "tests/policy/empty"))
    ]
    limits = [MOST_PER_RESOURCE]
    if (ROOT / ".local" / "state" / ".pulumi" / "stacks" / "mpac" / "prod.json").exists():
        pack = "--policy-pack policy --policy-pack-config policy/config.json"
        rows.append(("preview prod", preview(pack), preview()))
        limits.append(MOST_PER_PREVIEW)
    table = Table("what", "with the pack", "without, or with an empty one", "ratio", "at most")
    for (what, with_pack, without), limit in zip(rows, limits, strict=True):
        table.add_row(
            what, f"{with_pack:.2f} s", f"{without:.2f} s", f"{with_pack / without:.2f}", f"{limit}"
        )
    console = Console(width=120)
    console.print(table)
    if len(rows) == 1:
        console.print("prod is not deployed here (make up), so its preview was not measured.")
    return 0 if all(a / b <= limit for (_, a, b), limit in zip(rows, limits, strict=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
