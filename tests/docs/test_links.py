"""What a document links to is there."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, links


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    lost = [
        f"{target}#{anchor}"
        for target, anchor in links(page)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert lost == []


def test_links_are_found() -> None:
    assert len(list(links(ROOT / "docs" / "policies" / "README.md"))) > 200
    assert len(list(links(ROOT / "docs" / "traceability.md"))) > 500


def named_files(page: Path) -> set[str]:
    folders = {each.name for each in ROOT.iterdir() if each.is_dir()} - {".local", ".venv", "build"}
    paths = re.findall(r"`([\w.-]+/[\w./-]*)`", page.read_text())
    return {path for path in paths if path.split("/")[0] in folders}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_files_that_are_named_are_there(page: Path) -> None:
    assert {path for path in named_files(page) if not (ROOT / path).exists()} == set()


def test_named_files_are_found() -> None:
    assert len(set().union(*map(named_files, PAGES))) > 100
