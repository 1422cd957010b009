"""Problems in words for a person at a terminal."""

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100
ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        key: Where, as a path in the stack's file: `mpac:network.publicSubnets[1]`.
        value: What stands there; left out where nothing does, or where it might be a secret.
        rule: What it breaks, to be read after the value: "must be ...".
        remedy: What to do.
    """

    key: str
    value: object = ABSENT
    rule: str
    remedy: str

    def __str__(self) -> str:
        place = self.key
        if self.value is not ABSENT:
            value = textwrap.shorten(
                json.dumps(self.value, ensure_ascii=False), WIDTH - 30, placeholder=" ..."
            )
            place = f"{self.key} = {value}"
        return "\n".join(
            [f"  {place}", _paragraph("rule:   ", self.rule), _paragraph("remedy: ", self.remedy)]
        )


def _paragraph(label: str, text: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=f"    {label}",
        subsequent_indent=" " * (4 + len(label)),
        break_long_words=False,
        break_on_hyphens=False,
    )


class SettingsError(Exception):
    """Settings, or what another stack hands over, that nothing may be deployed with.

    Attributes:
        problems: All of them.
    """

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n\n".join([f"{subject}: {count}, nothing was changed.", *map(str, self.problems)]))
