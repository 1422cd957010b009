"""The index of the documents, by their titles: `python -m operations.index` writes `docs/README.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

DOCS = Path(__file__).parents[1] / "docs"
TARGET = DOCS / "README.md"
RUNBOOK = "Runbook: "
INTRODUCTION = """\
# Documents

Written by `make docs` from the titles of the documents. The way through the code is in
[AGENTS.md](../AGENTS.md), what changed for deployed stacks in [CHANGELOG.md](../CHANGELOG.md).
"""


def render() -> str:
    """Return the index: runbooks, guides, decisions."""
    pages = {path: title(path) for path in sorted(DOCS.glob("*.md")) if path != TARGET}
    runbooks = {
        path: text[len(RUNBOOK)].upper() + text[len(RUNBOOK) + 1 :]
        for path, text in pages.items()
        if text.startswith(RUNBOOK)
    }
    guides = {path: text for path, text in pages.items() if path not in runbooks}
    guides[DOCS / "policies" / "README.md"] = title(DOCS / "policies" / "README.md")
    decisions = {path: title(path) for path in sorted(DOCS.glob("adr/*.md"))}
    return "\n".join(
        [
            INTRODUCTION,
            *_section("Runbooks", runbooks),
            *_section("Guides and lists", guides),
            *_section("Decisions", decisions),
        ]
    )


def title(path: Path) -> str:
    """Return the first heading of a document."""
    return path.read_text().partition("\n")[0].removeprefix("# ")


def _section(heading: str, pages: dict[Path, str]) -> Iterator[str]:
    yield f"## {heading}"
    yield from (f"- [{text}]({path.relative_to(DOCS)})" for path, text in pages.items())
    yield ""


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if the index is not what would be written.")
def main(*, check: bool) -> None:
    """Write docs/README.md."""
    text = render()
    if not check:
        TARGET.write_text(text)
    elif not TARGET.is_file() or TARGET.read_text() != text:
        sys.exit("docs/README.md does not follow from the titles of the documents; run: make docs")


if __name__ == "__main__":
    main()
