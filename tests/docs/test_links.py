"""What a document links to is there."""

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
