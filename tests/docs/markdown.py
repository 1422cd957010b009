"""Headings and links of the project's documents, as GitHub reads them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md")]
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\[([^]]*)\]\(([^()\s]+)\)")


def _text(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings: lower case, hyphens for spaces, repeated ones numbered.

    https://docs.github.com/en/get-started/writing-on-github (Basic syntax, section links).
    """
    found = [
        re.sub(r"[^\w -]", "", LINK.sub(r"\1", heading).lower()).replace(" ", "-")
        for heading in HEADING.findall(_text(page))
    ]
    repeated = {f"{name}-{number}" for name in found for number in range(1, found.count(name))}
    return repeated.union(found)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield file and anchor of each link of a page that stays in the project."""
    for _, target in LINK.findall(_text(page)):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path if path else page), anchor
