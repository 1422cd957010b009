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
PROGRAM = ("__main__.py", "components", "operations", "requirements.txt", "settings", "wiring")


def recorded() -> dict[str, Plan]:
    """Return the plans by the names of the stacks."""
    directory = ROOT / "build" / "recorded"
    directory.mkdir(parents=True, exist_ok=True)
    program = [*(ROOT / name for name in PROGRAM), *sorted(ROOT.glob("Pulumi*.yaml"))]
    path = directory / key(program, sys.version)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            plans = plan(STACKS)
            for older in directory.iterdir():
                if older.name != "lock":
                    older.unlink()
            path.write_bytes(pickle.dumps(plans))
    plans = pickle.loads(path.read_bytes())  # noqa: S301  nobody but this function writes it
    return {name: plans[name] for name in STACKS}
