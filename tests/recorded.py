"""The plans of the checked-in stacks, recorded once for each state of the program.

Recording takes half a minute of processor time: the processes of a run share what the first of them recorded,
and so does the next run while the program is the same.
"""

import fcntl
import pickle
import sys
from pathlib import Path

from local.toolchain.cache import key
from operations.plan import Plan, plan

ROOT = Path(__file__).parents[1]
STACKS = ("prod", "dr", "staging")
# All that a plan depends on.
PROGRAM = ("__main__.py", "components", "operations", "requirements.txt", "program", "settings")


def recorded(*stacks: str) -> dict[str, Plan]:
    """Return the plans of some stacks by their names."""
    directory = ROOT / "build" / "recorded"
    directory.mkdir(parents=True, exist_ok=True)
    program = [*(ROOT / name for name in PROGRAM), *sorted(ROOT.glob("Pulumi*.yaml"))]
    path = directory / key(program, sys.version)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Nobody but this function writes it.
        plans: dict[str, Plan] = pickle.loads(path.read_bytes()) if path.exists() else {}  # noqa: S301
        if missing := [name for name in stacks if name not in plans]:
            plans |= plan(missing)
            for older in directory.iterdir():
                if older.name != "lock":
                    older.unlink()
            path.write_bytes(pickle.dumps(plans))
    return {name: plans[name] for name in stacks}
