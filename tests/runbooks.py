"""Runbooks of the project, whose commands tests run as they are written."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_STEP = re.compile(r"(\d+)\. ")


def section(runbook: str, heading: str) -> str:
    """The text of a section of `docs/<runbook>.md`."""
    text = (DOCS / f"{runbook}.md").read_text()
    assert f"\n## {heading}\n" in text
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def commands(runbook: str, heading: str) -> dict[int, str]:
    """The indented lines of each step of a section, as a script; 0 is what comes before the first step."""
    steps: dict[int, list[str]] = {}
    number, before = 0, ""
    indent = ""
    for line in section(runbook, heading).splitlines():
        if step := _STEP.match(line):
            number, indent = int(step[1]), "   "
        code = line.startswith(f"{indent}    ")
        if code and (not before.strip() or number in steps):
            steps.setdefault(number, []).append(line[len(indent) + 4 :])
        before = line
    return {number: "\n".join(lines) for number, lines in steps.items()}
