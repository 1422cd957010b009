"""Draw the stacks from their plans: `python -m operations.architecture`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from operations.architecture import picture, render
from operations.plan import plan
from operations.plan.model import Resource
from settings.stack_files import stack_files

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- Drawn by `make architecture` from the plans. -->\n", "\n<!-- End of what is drawn. -->"
# The stacks that serve the platform together.
TOGETHER = ("prod", "dr")
INTRODUCTION = """\
# Architecture

Drawn by `make architecture` from the recorded plans; a test compares. A box inside a VPC is a security group
with what is in it. An arrow is a flow that its rules let through, with the ports; a dotted one is no request:
names, replication, peering. Services scale between the two numbers of tasks. Why it is so is in
[the records of decisions](README.md#decisions); every resource is in `make plan`.
"""


def texts(plans: Mapping[str, Sequence[Resource]]) -> dict[Path, str]:
    """Return the text of each file that has pictures."""
    together = render(picture({name: plans[name] for name in TOGETHER}, outline=True))
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    stacks = [f"## {name}\n{render(picture({name: resources}))}\n" for name, resources in plans.items()]
    return {
        README: f"{before}{BEGIN}{together}{END}{after}",
        PAGE: "\n".join([INTRODUCTION, *stacks]),
    }


def main() -> None:
    """Write them."""
    names = sorted(stack_files(ROOT), key=[*TOGETHER, *stack_files(ROOT)].index)
    plans = plan(names)
    for path, text in texts({name: plans[name].resources for name in names}).items():
        path.write_text(text)


if __name__ == "__main__":
    main()
